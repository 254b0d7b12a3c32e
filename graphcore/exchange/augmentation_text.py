"""How a written program varies its samples: functions for the variations that a recipe uses.

The same draws as :mod:`graphcore.training.data.draws` and
:mod:`graphcore.training.data.augmentation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphcore.exchange.experiment import Experiment
from graphcore.exchange.piece import Piece, indented
from graphcore.training.data.augmentation_rules import (
    CUT_COLUMN,
    CUT_ROW,
    DOWN,
    FLIP,
    NOISE,
    RIGHT,
    varies,
)

DRAWS = (
    Piece(
        '''
        def mixed(value):
            """The finaliser of SplitMix64 (Steele, Lea and Flood 2014), on signed numbers."""
            value = value * (0x9E3779B97F4A7C15 - 2**64) + (0x9E3779B97F4A7C15 - 2**64)
            value = (value ^ (value >> 30 & 2**34 - 1)) * (0xBF58476D1CE4E5B9 - 2**64)
            value = (value ^ (value >> 27 & 2**37 - 1)) * (0x94D049BB133111EB - 2**64)
            return value ^ (value >> 31 & 2**33 - 1)
        '''
    ),
    Piece(
        '''
        def uniform(epoch, stream, counters):
            """From [0, 1), a function of (seed, epoch, stream, counter) alone."""
            state = torch.zeros((), dtype=torch.int64)
            for part in (seed, epoch, stream):
                state = mixed(state ^ part)
            bits = mixed(counters + state)
            return (bits >> 40 & 0xFFFFFF).float() * 2.0**-24
        '''
    ),
)


NORMAL = Piece(
    '''
    def normal(epoch, stream, counters):
        """A standard normal number for every counter (Box and Muller 1958)."""
        radius = 1.0 - uniform(epoch, 2 * stream, counters)
        angle = uniform(epoch, 2 * stream + 1, counters)
        return torch.sqrt(-2.0 * torch.log(radius)) * torch.cos(2.0 * math.pi * angle)
    ''',
    ("import math",),
)

MOVED = Piece(
    '''
    def moved(size, stream, indices, epoch):
        """Which row or column of an image stands at each place; edges are repeated."""
        by = (uniform(epoch, stream, indices) * (2 * shift + 1)).long() - shift
        places = torch.arange(size, device=device).expand(len(indices), size)
        return (places + by[:, None]).clamp(0, size - 1)
    '''
)

IN_SQUARE = Piece(
    '''
    def is_near(size, stream, indices, epoch):
        """Which rows or columns the square of an image covers."""
        middle = (uniform(epoch, stream, indices) * size).floor() + cutout % 2 / 2
        places = torch.arange(size, device=device) + 0.5
        return (places - middle[:, None]).abs() < cutout / 2
    '''
)


@dataclass(frozen=True)
class Variation:
    """What a variation needs, and what it does to ``inputs``."""

    functions: tuple[Piece, ...]
    lines: str


PLACES = """
    rows = torch.arange(inputs.shape[-2], device=device).expand(len(inputs), -1)
    columns = torch.arange(inputs.shape[-1], device=device).expand(len(inputs), -1)
"""

CHANGED = {
    "shift": Variation(
        (MOVED,),
        f"""
        rows = moved(inputs.shape[-2], {DOWN}, indices, epoch)
        columns = moved(inputs.shape[-1], {RIGHT}, indices, epoch)
        """,
    ),
    "flip": Variation(
        (),
        f"""
        mirrored = uniform(epoch, {FLIP}, indices) < 0.5
        columns = torch.where(mirrored[:, None], columns.flip(1), columns)
        """,
    ),
}
"""What changes the ``rows`` and ``columns`` of an image, in this order."""

TAKEN = """
    rows, columns = rows[:, :, None], columns[:, None, :]
    place = torch.arange(len(inputs), device=device)[:, None, None]
    inputs = inputs.movedim(1, -1)[place, rows, columns].movedim(-1, 1).contiguous()
"""

TARGETS_TAKEN = "targets = targets[place, rows, columns]"

FILLED = {
    "noise": Variation(
        (NORMAL,),
        f"""
        counters = torch.arange(inputs[0].numel(), device=device)
        counters = indices[:, None] * inputs[0].numel() + counters
        inputs = inputs + noise * normal(epoch, {NOISE}, counters).view_as(inputs)
        """,
    ),
    "cutout": Variation(
        (IN_SQUARE,),
        f"""
        rows = is_near(inputs.shape[-2], {CUT_ROW}, indices, epoch)
        columns = is_near(inputs.shape[-1], {CUT_COLUMN}, indices, epoch)
        square = rows[:, None, :, None] & columns[:, None, None, :]
        inputs = inputs.masked_fill(square, 0.0)
        """,
    ),
}
"""What changes the values of a sample, in this order."""

VARIATIONS: Mapping[str, Variation] = {**CHANGED, **FILLED}


def augmentation_text(experiment: Experiment) -> list[Piece]:
    """The functions of the variations that the recipe uses, the last of them ``augment``."""
    recipe = experiment.recipe
    if not varies(recipe):
        return []
    used = [name for name in VARIATIONS if getattr(recipe, name)]
    body = ['"""The samples of an epoch: what varies is a function of (seed, epoch, index)."""']
    if any(name in CHANGED for name in used):
        body += [] if recipe.shift else Piece(PLACES).lines
        body += _lines(name for name in used if name in CHANGED)
        body += Piece(TAKEN).lines
        if experiment.info.target_shape and experiment.info.classes is not None:
            body.append(TARGETS_TAKEN)
    body += [*_lines(name for name in used if name in FILLED), "return inputs, targets"]
    augment = ["def augment(inputs, targets, indices, epoch):", *indented(body)]
    settings = {name: value for name in used if (value := getattr(recipe, name)) is not True}
    functions = [piece for name in used for piece in VARIATIONS[name].functions]
    return [*DRAWS, *functions, Piece("\n".join(augment), settings=settings)]


def _lines(names: Iterable[str]) -> list[str]:
    return [line for name in names for line in Piece(VARIATIONS[name].lines).lines]
