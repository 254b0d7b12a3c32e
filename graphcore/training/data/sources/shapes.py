"""``shapes``: generated images of discs, squares and triangles with a class for every pixel.

A sample is a function of its index (and of :data:`SEED`) alone, so that it is the same in every
run. Shapes overlap, differ in size, place, orientation and colour, and lie under noise: brightness
alone does not tell them apart, their outline does.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from graphcore.training.data.arrays import Array, Arrays, DataError, DataInfo, Dataset, Demand

SEED = 20150518
SIZE = 64
TRAIN, HELD_OUT = 1024, 256
LABELS = ("background", "disc", "square", "triangle")
NOISE = 0.1
MOST_VALUES = 2**27
"""How many numbers all images together may have: half a gigabyte."""

FEWEST = 32
"""Images fewer than which are not worth learning from."""


def sample(index: int, channels: int, height: int, width: int) -> tuple[Array, Array]:
    """Image ``index``, float32 of (channels, height, width), and the class of every pixel, int64
    of (height, width)."""
    draw = np.random.default_rng((SEED, index))
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    ground = draw.uniform(0.0, 0.3, channels)
    image = np.broadcast_to(ground[:, None, None], (channels, height, width)).astype(np.float32)
    classes = np.zeros((height, width), dtype=np.int64)
    for _ in range(draw.integers(3, 6)):
        kind = int(draw.integers(1, len(LABELS)))
        radius = draw.uniform(0.14, 0.28) * min(height, width)
        row, column = draw.uniform(0, height), draw.uniform(0, width)
        turn = draw.uniform(0, 2 * np.pi)
        color = draw.uniform(0.5, 1.0, channels).astype(np.float32)
        inside = _inside(kind, rows - row, columns - column, radius, turn)
        image[:, inside] = color[:, None]
        classes[inside] = kind
    image += draw.normal(0, NOISE, image.shape).astype(np.float32)
    return image, classes


def _inside(kind: int, down: Array, right: Array, radius: float, turn: float) -> Array:
    """Which pixels a shape covers: a disc, or a regular polygon about it."""
    if LABELS[kind] == "disc":
        disc: Array = down**2 + right**2 <= radius**2
        return disc
    corners = 4 if LABELS[kind] == "square" else 3
    inside = np.ones(down.shape, dtype=bool)
    for corner in range(corners):
        angle = turn + 2 * np.pi * corner / corners
        reach = down * np.float32(np.sin(angle)) + right * np.float32(np.cos(angle))
        inside &= reach <= radius * (0.85 if corners == 4 else 0.65)
    return inside


def _info(demand: Demand) -> DataInfo:
    channels, height, width = _size(demand)
    train, held_out = _counts(channels * height * width)
    return DataInfo(
        name="shapes",
        title=SHAPES.title,
        sample_shape=(channels, height, width),
        target_shape=(height, width),
        classes=len(LABELS),
        train=train,
        held_out=held_out,
        labels=LABELS,
    )


def _load(demand: Demand) -> Arrays:
    return _generated(*_size(demand))


@lru_cache(maxsize=1)
def _generated(channels: int, height: int, width: int) -> Arrays:
    train, held_out = _counts(channels * height * width)
    images = np.empty((train + held_out, channels, height, width), dtype=np.float32)
    classes = np.empty((train + held_out, height, width), dtype=np.int64)
    for index in range(train + held_out):
        images[index], classes[index] = sample(index, channels, height, width)
    return Arrays(images[:train], classes[:train], images[train:], classes[train:])


def _size(demand: Demand) -> tuple[int, int, int]:
    """Channels, height and width that a model asks for, as far as it does."""
    asked = demand.shape if len(demand.shape) == 3 else (1, None, None)
    channels = 3 if asked[0] == 3 else 1
    return channels, asked[1] or SIZE, asked[2] or SIZE


def _counts(values: int) -> tuple[int, int]:
    """How many images are learnt from and held out: fewer of large ones."""
    share = min(1.0, MOST_VALUES / (values * (TRAIN + HELD_OUT)))
    train, held_out = int(TRAIN * share), int(HELD_OUT * share)
    if train < FEWEST:
        raise DataError(
            "the data Shapes would not fit into memory with images as large as the model's input; "
            "make the input smaller"
        )
    return train, max(held_out, 1)


SHAPES = Dataset(
    "Shapes",
    "Generated images of discs, squares and triangles that overlap under noise, with a class for "
    "every pixel; 1 or 3 channels, as large as the model's input, else 64×64.",
    _info,
    _load,
)
