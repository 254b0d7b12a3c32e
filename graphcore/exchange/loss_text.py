"""How a written program names its loss and its accuracy: lines in ``output`` and ``targets``.

Each says the same as :mod:`graphcore.training.losses`, for the shapes of one experiment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from graphcore.exchange.experiment import Experiment


def loss_text(experiment: Experiment) -> list[str]:
    """The lines that give ``loss``, the mean of a minibatch."""
    return LOSSES_TEXT[experiment.loss](experiment)


def accuracy_text(experiment: Experiment) -> str:
    """Which predictions are right, as booleans; empty where values are predicted."""
    info = experiment.info
    if info.classes is None:
        return ""
    if _is_single(experiment):
        return "(output > 0).view_as(targets) == targets.bool()"
    return f"output.argmax({'-1' if info.classes_last else '1'}) == targets"


def _cross_entropy(experiment: Experiment) -> list[str]:
    """Of tokens in rows, and of pixels where a GPU is asked for, which then repeats bit for bit."""
    smoothing = experiment.recipe.label_smoothing
    more = f", label_smoothing={smoothing!r}" if smoothing else ""
    axes, on_gpu = len(experiment.output_shape), experiment.recipe.device.startswith("cuda")
    if axes == 2 or (axes > 2 and on_gpu):
        rows = "output" if experiment.info.classes_last else "output.movedim(1, -1)"
        return [
            f"rows = {rows}.flatten(0, -2)",
            f"loss = F.cross_entropy(rows, targets.flatten(){more})",
        ]
    return [f"loss = F.cross_entropy(output, targets{more})"]


def _binary_cross_entropy(experiment: Experiment) -> list[str]:
    wanted, smoothing = _as_values(experiment), experiment.recipe.label_smoothing
    if smoothing:
        wanted = f"{wanted} * {1 - smoothing!r} + {smoothing / 2!r}"
    return _missed("binary_cross_entropy_with_logits", wanted)


def _missed(function: str, wanted: str) -> list[str]:
    if wanted == "targets":
        return [f"loss = F.{function}(output, targets)"]
    return [f"wanted = {wanted}", f"loss = F.{function}(output, wanted)"]


def _of_values(function: str) -> Callable[[Experiment], list[str]]:
    return lambda experiment: _missed(function, _as_values(experiment))


LOSSES_TEXT: Mapping[str, Callable[[Experiment], list[str]]] = {
    "cross_entropy": _cross_entropy,
    "bce": _binary_cross_entropy,
    "mse": _of_values("mse_loss"),
    "l1": _of_values("l1_loss"),
    "huber": _of_values("huber_loss"),
}
"""Every loss of the recipe."""


def _as_values(experiment: Experiment) -> str:
    """The targets in the shape of the output: classes as one-hot vectors, or as 0 and 1."""
    info = experiment.info
    same = experiment.output_shape == info.target_shape
    if info.classes is None:
        return "targets" if same else "targets.view_as(output)"
    if _is_single(experiment):
        return "targets.float()" if same else "targets.float().view_as(output)"
    scores = experiment.output_shape[0]
    moved = ".movedim(-1, 1)" if info.target_shape else ""
    return f"F.one_hot(targets, {scores}){moved}.float()"


def _is_single(experiment: Experiment) -> bool:
    """Whether one score stands for two classes."""
    shape, target = experiment.output_shape, experiment.info.target_shape
    return not experiment.info.classes_last and (len(shape) == len(target) or shape[0] == 1)
