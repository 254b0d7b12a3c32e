"""What a slider slides over: the numbers between two ends, evenly or by their magnitude."""

from __future__ import annotations

import math
from typing import NamedTuple

from graphcore.spec import FloatParam, IntParam, Param

STEPS = 1000
"""Positions of a slider over numbers that are no integers."""
SPAN = 256
"""An integer whose bounds are closer than this has a slider in a form."""


class Track(NamedTuple):
    """The numbers from ``low`` to ``high``; ``whole`` ones only, or spaced ``logarithmic``."""

    low: float
    high: float
    whole: bool = False
    logarithmic: bool = False

    @property
    def positions(self) -> int:
        """The last position; the first is 0."""
        return round(self.high - self.low) if self.whole else STEPS

    def position(self, value: float) -> int:
        """Where ``value`` is, the nearer end for one beyond."""
        value = max(self.low, min(self.high, value))
        if self.whole:
            return round(value - self.low)
        if self.logarithmic:
            return round(STEPS * math.log(value / self.low) / math.log(self.high / self.low))
        return round(STEPS * (value - self.low) / (self.high - self.low))

    def value(self, position: int) -> int | float:
        """The number at ``position``, with no more figures than the position tells apart."""
        if self.whole:
            return round(self.low) + position
        if self.logarithmic:
            return float(f"{self.low * (self.high / self.low) ** (position / STEPS):.2g}")
        return float(f"{self.low + (self.high - self.low) * position / STEPS:.3g}")


def bounded_track(param: Param) -> Track | None:
    """The track between the bounds of ``param``, or None where they are too far apart."""
    if isinstance(param, IntParam) and param.maximum - param.minimum <= SPAN:
        return Track(param.minimum, param.maximum, whole=True)
    if isinstance(param, FloatParam) and math.isfinite(param.maximum - param.minimum):
        low = param.minimum
        if param.logarithmic:
            # A logarithmic slider cannot reach zero.
            low = max(low, param.maximum * 1e-6)
        return Track(low, param.maximum, logarithmic=param.logarithmic)
    return None


def track_around(param: Param) -> Track | None:
    """A track for any number: between its bounds, or up to four times its default."""
    bounded = bounded_track(param)
    if bounded is not None:
        return bounded
    if isinstance(param, IntParam):
        middle = param.default if isinstance(param.default, int) else param.minimum
        high = min(param.maximum, max(4 * abs(middle), param.minimum + 16))
        return Track(max(param.minimum, -high), high, whole=True)
    if isinstance(param, FloatParam):
        middle_number = param.default if isinstance(param.default, int | float) else 1.0
        high_number = min(param.maximum, max(4 * abs(float(middle_number)), 1.0))
        return Track(max(param.minimum, -high_number), high_number)
    return None
