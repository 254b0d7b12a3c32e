"""The weights of a run that is over, read from its last checkpoint without torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from graphcore.analysis import analyse
from graphcore.diagram import Diagram, Instance
from graphcore.module_names import module_names, parameter_keys
from graphcore.training.events import HistogramTaken
from graphcore.training.measuring.distribution import distribution_of

FILES = {"last.safetensors": "The last weights", "best.safetensors": "The best weights"}
"""What is looked for, in this order, and what it holds."""

LEFT = "as saved. Gradients and outputs are to be had only while it trains."


def saved_histogram(
    checkpoints: Path, diagram: Diagram, instance: Instance, step: int
) -> HistogramTaken:
    """The histogram of the saved weights of ``instance``; gradients and outputs are gone with the
    run. Why there is none stands in the answer."""
    analysis = analyse(diagram)
    name = module_names(analysis).get(instance, "")
    keys = parameter_keys(analysis, instance)
    if not keys:
        reason = "it has no weights, and of a run that is over only weights are left"
        return HistogramTaken(step, instance, name, (), reason)
    for file, title in FILES.items():
        if (checkpoints / file).exists():
            try:
                values = _read(checkpoints / file, keys)
            except (SafetensorError, OSError, TypeError) as error:
                reason = f"{checkpoints / file} cannot be read: {error}"
                return HistogramTaken(step, instance, name, (), reason)
            found = (distribution_of("weights", values),)
            return HistogramTaken(step, instance, name, found, f"{title} of the run, {LEFT}")
    reason = "this run saved no weights: it ended before its first checkpoint"
    return HistogramTaken(step, instance, name, (), reason)


def _read(path: Path, keys: tuple[str, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    with safe_open(path, framework="numpy") as file:
        return np.concatenate([file.get_tensor(key).astype(np.float64).ravel() for key in keys])
