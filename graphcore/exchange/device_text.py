"""How a written program chooses its device and its precision, alone or as one of several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphcore.exchange.experiment import Experiment
from graphcore.exchange.piece import Piece
from graphcore.training.recipe import Recipe

PROCESSES = """
    # One process, or under torchrun one a device, each with its part of every minibatch
    rank = int(os.environ.get("RANK", "0"))
    world_size = int(os.environ.get("WORLD_SIZE", "1"))
    assert batch_size % world_size == 0, "all processes have parts of one size"
"""

ANY_DEVICE = """
    if world_size > 1:
        dist.init_process_group()
        if device.type == "cuda":
            device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
            torch.cuda.set_device(device)
"""

ONLY_CPU = """
    device = torch.device("cpu")
    if world_size > 1:
        dist.init_process_group("gloo")
"""

REPEATABLE = """
    # The same bits every time, where there are such algorithms
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
"""

THREADS = "torch.set_num_threads(1)  # Too small a network for several."


@dataclass(frozen=True)
class PrecisionText:
    """What a precision sets, the type of a forward pass under autocast (empty: none), and whether
    gradients are scaled."""

    setup: str = ""
    half: str = ""
    is_scaled: bool = False


PRECISIONS: Mapping[str, PrecisionText] = {
    "float32": PrecisionText("torch.backends.cudnn.allow_tf32 = False"),
    "tf32": PrecisionText('torch.set_float32_matmul_precision("high")'),
    "bf16": PrecisionText("torch.backends.cudnn.allow_tf32 = False", "torch.bfloat16"),
    "fp16": PrecisionText("torch.backends.cudnn.allow_tf32 = False", "torch.float16", True),
}
"""Every precision of the recipe; the run rounds with tf32 only where it is asked to."""


def device_text(experiment: Experiment) -> list[Piece]:
    """The lines that say where and how is computed."""
    recipe = experiment.recipe
    return [
        Piece("\n".join([*Piece(PROCESSES).lines, *_device(recipe.device)]), ("import os",)),
        Piece("\n".join(_modes(experiment))),
    ]


def _device(device: str) -> list[str]:
    if device == "cpu":
        return Piece(ONLY_CPU).lines
    chosen = f'"{device}"' if device != "auto" else '"cuda" if torch.cuda.is_available() else "cpu"'
    return [f"device = torch.device({chosen})", *Piece(ANY_DEVICE).lines]


def _modes(experiment: Experiment) -> list[str]:
    recipe, lines = experiment.recipe, list[str]()
    if recipe.deterministic:
        lines += Piece(REPEATABLE).lines
    elif recipe.device != "cpu":
        lines.append("torch.backends.cudnn.benchmark = True  # Try which are fastest.")
    if recipe.device != "cpu":
        lines.append(PRECISIONS[recipe.precision].setup)
    if experiment.is_small:
        lines.append(THREADS)
    return lines


def scaler_text(recipe: Recipe) -> Piece:
    """What scales the loss where gradients have few bits."""
    is_scaled = PRECISIONS[recipe.precision].is_scaled
    return Piece("scaler = torch.amp.GradScaler(device.type)" if is_scaled else "")
