"""Random numbers that are a function of (seed, epoch, sample): nothing is drawn in advance, and
nothing has to be remembered."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

# The finaliser of SplitMix64 (Steele, Lea and Flood 2014); as signed numbers of 64 bits.
_GOLDEN = 0x9E3779B97F4A7C15 - 2**64
_FIRST = 0xBF58476D1CE4E5B9 - 2**64
_SECOND = 0x94D049BB133111EB - 2**64


def uniform(seed: int, epoch: int, stream: int, counters: Tensor) -> Tensor:
    """A number from [0, 1) for every counter (int64, any shape), float32: the same on every device.

    ``stream`` sets apart what is drawn for different purposes.
    """
    bits = _mixed(counters + _mixed_number(seed, epoch, stream))
    return (bits >> 40 & 0xFFFFFF).float() * 2.0**-24


def normal(seed: int, epoch: int, stream: int, counters: Tensor) -> Tensor:
    """A standard normal number for every counter, float32 (Box and Muller 1958)."""
    radius = 1.0 - uniform(seed, epoch, 2 * stream, counters)
    angle = uniform(seed, epoch, 2 * stream + 1, counters)
    return torch.sqrt(-2.0 * torch.log(radius)) * torch.cos(2.0 * math.pi * angle)


@lru_cache(maxsize=256)
def _mixed_number(seed: int, epoch: int, stream: int) -> int:
    """One number for the three, far from that of any others."""
    mixed = 0
    for part in (seed, epoch, stream):
        value = torch.tensor(mixed ^ part, dtype=torch.int64)
        mixed = int(_mixed(value))
    return mixed


def _mixed(value: Tensor) -> Tensor:
    value = value * _GOLDEN + _GOLDEN
    value = (value ^ _shifted(value, 30)) * _FIRST
    value = (value ^ _shifted(value, 27)) * _SECOND
    return value ^ _shifted(value, 31)


def _shifted(value: Tensor, bits: int) -> Tensor:
    """Shifted to the right as an unsigned number."""
    return (value >> bits) & ((1 << (64 - bits)) - 1)
