"""What a run tells of its pace, in words: ``12.3 ms``, ``forward 31 %``, ``412 MB``."""

from __future__ import annotations

import math

from graphcore.training.events import PARTS, Telemetry

PART_WORDS = {
    "data": "fetching the minibatch, augmented where the recipe says so",
    "forward": "the network's outputs and the loss",
    "backward": "the gradients of the loss",
    "optimizer": "the weights follow their gradients, clipped where the recipe says so",
    "measuring": "gradients of all layers at every step, values and gradients on the edges every "
    "few steps",
    "writing": "figures are written to the run's folder and told",
}
"""What each part of a step is, for a reader who does not know."""


def shares(told: Telemetry) -> dict[str, float]:
    """Of each part of a step its share of the step's time; empty where no time was taken."""
    whole = step_seconds(told)
    if not whole > 0:
        return {}
    return {part: told.seconds.get(part, 0.0) / whole for part in PARTS}


def step_seconds(told: Telemetry) -> float:
    """How long a step takes, all its parts together."""
    return math.fsum(told.seconds.values())


def seconds_in_words(seconds: float) -> str:
    """Three digits and a unit.

    >>> seconds_in_words(0.01234)
    '12.3 ms'
    """
    for factor, unit in ((1.0, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{_three_digits(seconds * factor)} {unit}"
    return f"{_three_digits(seconds * 1e6)} µs"


def bytes_in_words(count: float) -> str:
    """As people write sizes.

    >>> bytes_in_words(412_300_000)
    '412 MB'
    """
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= 0.9995 * factor:
            return f"{_three_digits(count / factor)} {unit}"
    return f"{count:.0f} B"


def rate_in_words(told: Telemetry) -> str:
    """``3,450 samples/s``, also of what takes many seconds each."""
    rate = told.samples_per_second
    return f"{rate:,.0f} samples/s" if rate >= 10 else f"{rate:.2g} samples/s"


def share_in_words(share: float) -> str:
    """``31 %``; what is there and would round to nothing is ``<1 %``."""
    return "<1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def memory_in_words(told: Telemetry) -> str:
    """What the process holds, and on a GPU what the tensors do: ``memory 412 MB, at most 430 MB``;
    "" where the system does not tell."""
    memory, words = told.memory, []
    for title, now, most in (
        ("memory", "process", "process_peak"),
        ("on the GPU", "allocated", "allocated_peak"),
    ):
        if now in memory and most in memory:
            held = bytes_in_words(memory[now])
            words.append(f"{title} {held}, at most {bytes_in_words(memory[most])}")
        elif most in memory:
            words.append(f"{title} at most {bytes_in_words(memory[most])}")
    return "; ".join(words)


def line_of(told: Telemetry) -> str:
    """All of it in one line."""
    parts = [f"{part} {share_in_words(share)}" for part, share in shares(told).items()]
    words = [f"a step took {seconds_in_words(step_seconds(told))}: {', '.join(parts)}"]
    words += filter(None, [rate_in_words(told), memory_in_words(told), busy_in_words(told)])
    return "; ".join(words)


def busy_in_words(told: Telemetry) -> str:
    """How busy the GPU is; "" without one."""
    if told.utilisation is not None:
        return f"GPU busy {share_in_words(told.utilisation)}"
    return f"GPU utilisation {told.note}" if told.note else ""


def _three_digits(value: float) -> str:
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f}"
