"""How a written program goes through its steps and tells how it does."""

from __future__ import annotations

from graphcore.exchange.device_text import PRECISIONS
from graphcore.exchange.experiment import Experiment
from graphcore.exchange.loss_text import accuracy_text, loss_text
from graphcore.exchange.optimizer_text import OptimizerText
from graphcore.exchange.piece import Piece, indented
from graphcore.exchange.schedule_text import each_step
from graphcore.training.data.augmentation_rules import varies

ORDER = """
    order = np.random.default_rng((seed, epoch)).permutation(samples)
    order = torch.from_numpy(order[: steps_per_epoch * batch_size]).to(device)
    batches = order.split(batch_size)
"""

TOLD = """
    if step % log_every == 0:
        loss = loss.detach()
        if world_size > 1:
            dist.all_reduce(loss)
        if rank == 0:
            print(f"step {step + 1}: loss {loss.item() / world_size:.6f}")
"""

END = """
    if rank == 0:
        torch.save(raw_model.state_dict(), "model.pt")
    if world_size > 1:
        dist.barrier()
        dist.destroy_process_group()
"""

PARTS = """
    parts = zip(inputs.tensor_split(accumulation), targets.tensor_split(accumulation))
    loss_of_all = torch.zeros((), device=device)
    for number, (inputs, targets) in enumerate(parts, 1):
        if world_size > 1:  # Gradients are averaged once a step.
            model.require_backward_grad_sync = number == accumulation
"""


def evaluate_text(experiment: Experiment) -> Piece:
    """The function that goes through what is held out."""
    right = accuracy_text(experiment)
    lines = [
        "@torch.no_grad()",
        "def evaluate():",
        f'    """{"Loss and accuracy" if right else "The loss"} over all held-out samples."""',
        "    raw_model.eval()",
        "    total_loss, right = 0.0, 0" if right else "    total_loss = 0.0",
        "    size = 2 * batch_size",
        "    for inputs, targets in zip(x_test.split(size), y_test.split(size)):",
        *indented(_forward(experiment, "raw_model"), 8),
        "        total_loss += loss.item() * len(targets)",
    ]
    if right:
        lines.append(f"        right += ({right}).sum().item()")
    lines.append("    raw_model.train()")
    result = "total_loss / len(y_test)" + (", right / y_test.numel()" if right else "")
    return Piece("\n".join([*lines, f"    return {result}"]))


def loop_text(experiment: Experiment, optimizer: OptimizerText, each_epoch: Piece) -> list[Piece]:
    """The loop over all steps, and what comes after it."""
    recipe = experiment.recipe
    body = ["epoch, place = divmod(step, steps_per_epoch)", "if place == 0:"]
    body += indented([*each_epoch.lines, *Piece(ORDER).lines])
    body += ["batch = batches[place].tensor_split(world_size)[rank]", ""]
    body += [f"{name}.zero_grad()" for name in optimizer.names]
    body += _backward(experiment)
    body += _update(experiment, optimizer)
    body += ["", *Piece(TOLD).lines, *_told_of_epoch(experiment)]
    total = "total = steps" if recipe.steps else "total = epochs * steps_per_epoch"
    lines = [
        "steps_per_epoch = samples // batch_size",
        total,
        "log_every = max(1, total // 100)",
        "model.train()",
        "for step in range(total):",
        *indented(body),
    ]
    settings: dict[str, object] = {"batch_size": experiment.batch_size}
    settings |= {"steps": recipe.steps} if recipe.steps else {"epochs": recipe.epochs}
    if experiment.accumulation > 1:
        settings["accumulation"] = experiment.accumulation
    if recipe.clip_norm is not None:
        settings["clip_norm"] = recipe.clip_norm
    imports = (
        "import torch",
        "import torch.distributed as dist",
        "import numpy as np",
        "from torch.nn import functional as F",
    )
    return [Piece("\n".join(lines), imports, settings), Piece(END)]


def _forward(experiment: Experiment, model: str) -> list[str]:
    """From ``inputs`` and ``targets`` to ``output`` and the loss."""
    recipe = experiment.recipe
    before = []
    if recipe.channels_last and len(experiment.info.sample_shape) == 3:
        before = ["inputs = inputs.contiguous(memory_format=torch.channels_last)"]
    half = PRECISIONS[recipe.precision].half
    if half:
        return [
            *before,
            f"with torch.autocast(device.type, dtype={half}):",
            f"    output = {model}(inputs).float()",
            *indented(loss_text(experiment)),
        ]
    return [*before, f"output = {model}(inputs)", *loss_text(experiment)]


def _backward(experiment: Experiment) -> list[str]:
    """The gradients of a minibatch, at once or part by part."""
    scaled = "scaler.scale({})" if PRECISIONS[experiment.recipe.precision].is_scaled else "{}"
    if experiment.accumulation == 1:
        forward = [*_samples(experiment), *_forward(experiment, "model")]
        return [*forward, f"{scaled.format('loss')}.backward()"]
    weighed = "loss * share" if "(" in scaled else "(loss * share)"
    return [
        *_samples(experiment),
        *Piece(PARTS).lines,
        *indented(_forward(experiment, "model")),
        "    share = len(inputs) / len(batch)",
        f"    {scaled.format(weighed)}.backward()",
        "    loss_of_all += loss.detach() * share",
        "loss = loss_of_all",
    ]


def _samples(experiment: Experiment) -> list[str]:
    lines = ["inputs, targets = x[batch], y[batch]"]
    if varies(experiment.recipe):
        lines.append("inputs, targets = augment(inputs, targets, batch, epoch)")
    return lines


def _update(experiment: Experiment, optimizer: OptimizerText) -> list[str]:
    """Clip the gradients and follow them."""
    recipe = experiment.recipe
    is_scaled = PRECISIONS[recipe.precision].is_scaled
    lines = [f"scaler.unscale_({name})" for name in optimizer.names if is_scaled]
    if recipe.clip_norm is not None:
        lines.append("torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm)")
    lines += each_step(recipe, optimizer.groups)
    if is_scaled:
        return [*lines, *(f"scaler.step({name})" for name in optimizer.names), "scaler.update()"]
    return [*lines, *(f"{name}.step()" for name in optimizer.names)]


def _told_of_epoch(experiment: Experiment) -> list[str]:
    """At the end of an epoch one process looks at what is held out."""
    lines = ["if rank == 0 and (place == steps_per_epoch - 1 or step == total - 1):"]
    if accuracy_text(experiment):
        return [
            *lines,
            "    loss, accuracy = evaluate()",
            '    print(f"epoch {epoch + 1}: held-out loss {loss:.6f}, accuracy {accuracy:.2%}")',
        ]
    return [*lines, '    print(f"epoch {epoch + 1}: held-out loss {evaluate():.6f}")']
