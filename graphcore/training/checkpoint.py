"""Saved states: ``last.pt`` to go on from, ``best.safetensors`` and ``last.safetensors`` to keep.

The weights alone are safetensors, to be loaded anywhere: ``net.load_state_dict(load_file(path))``.
The whole state is read with ``weights_only``, so that it cannot run code. A file is written beside
its place, brought to the disk and moved there, so that a crash leaves the one before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor, nn

from graphcore.training.durable import replace_whole, why_unwritable
from graphcore.training.faults.explaining import is_no_memory
from graphcore.training.optimizers import Follower
from graphcore.training.run_folder import LAST
from graphcore.training.weights.file import ORDER

LAST_WEIGHTS = "last.safetensors"
BEST_WEIGHTS = "best.safetensors"


class CheckpointError(ValueError):
    """A state cannot be saved or taken up; the message says why and how to mend it."""


@dataclass(frozen=True)
class Position:
    """Where a run is: steps made, and the best held-out result so far as (accuracy, -loss)."""

    step: int
    best: tuple[float, float] | None = None


def save_state(folder: Path, module: nn.Module, optimizer: Follower, at: Position) -> Path:
    """Save all that the next step depends on. Raises CheckpointError."""
    state = {
        "step": at.step,
        "best": None if at.best is None else list(at.best),
        "module": module.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": _random_states(),
    }

    def write(path: Path) -> None:
        # Of a file that Python has opened the system's own error is told when the disk is full.
        with path.open("wb") as file:
            torch.save(state, file)

    return _write(folder / LAST, write)


def save_weights(folder: Path, name: str, module: nn.Module) -> Path:
    """Save the weights as safetensors, every key with its own tensor, and the order of the keys,
    by which a network with other names can take them. Raises CheckpointError."""
    return save_tensors(folder, name, weights_of(module))


def weights_of(module: nn.Module) -> dict[str, Tensor]:
    """A copy of the weights, on the host: every key with its own tensor."""
    state = module.state_dict()
    return {key: value.detach().cpu().contiguous().clone() for key, value in state.items()}


def save_tensors(folder: Path, name: str, tensors: Mapping[str, Tensor]) -> Path:
    """Save what :func:`weights_of` gave. Raises CheckpointError."""
    # One entry alone: the library writes several in any order, and the same weights are to be the
    # same file.
    about = {ORDER: json.dumps(list(tensors))}
    return _write(folder / name, lambda path: save_file(dict(tensors), path, about))


def load_state(folder: Path, module: nn.Module, optimizer: Follower) -> Position:
    """Take up the state of :func:`save_state`, random numbers included. Raises CheckpointError,
    and what torch raises where the memory does not hold it."""
    path = folder / LAST
    if not path.exists():
        raise CheckpointError(
            f"there is nothing to resume: {path} does not exist any more; start a new run"
        )
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    try:
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
        module.load_state_dict(state["module"])
        optimizer.load_state_dict(state["optimizer"])
        _restore_random_states(state["random"])
        best = state["best"]
        return Position(int(state["step"]), None if best is None else (best[0], best[1]))
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror or error}): see that it can be, then resume"
        ) from error
    except Exception as error:  # torch.load tells damage in as many ways as there are readers
        if is_no_memory(error):
            raise
        raise CheckpointError(
            f"{path} cannot be taken up ({str(error).splitlines()[0] if str(error) else error!r}); "
            "it was damaged or belongs to another diagram: start a new run"
        ) from error


def _random_states() -> dict[str, Tensor | list[Tensor]]:
    gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"cpu": torch.get_rng_state(), "cuda": gpus}


def _restore_random_states(states: dict[str, Any]) -> None:
    torch.set_rng_state(states["cpu"].cpu())
    if states["cuda"]:
        torch.cuda.set_rng_state_all([state.cpu() for state in states["cuda"]])


def _write(path: Path, write: Callable[[Path], object]) -> Path:
    try:
        replace_whole(path, write)
    # torch.save tells a full disk as a RuntimeError.
    except (OSError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(
            f"the checkpoint {path} cannot be saved ({why_unwritable(error)})"
        ) from error
    return path
