"""The generated shapes as a program writes them down: the functions of
:mod:`graphcore.training.data.sources.shapes` without what a program does not need to be told."""

from __future__ import annotations

from graphcore.exchange.piece import Piece
from graphcore.training.data.sources.shapes import LABELS, NOISE, SEED

INSIDE = Piece(
    """
    def is_inside(kind, down, right, radius, turn):
        \"""Which pixels a shape covers: a disc, or a regular polygon about it.\"""
        if kind == 1:
            return down**2 + right**2 <= radius**2
        corners, size = (4, 0.85) if kind == 2 else (3, 0.65)
        inside = np.ones(down.shape, dtype=bool)
        for corner in range(corners):
            angle = turn + 2 * np.pi * corner / corners
            reach = down * np.float32(np.sin(angle)) + right * np.float32(np.cos(angle))
            inside &= reach <= radius * size
        return inside
    """,
    ("import numpy as np",),
)

SAMPLE = Piece(
    f"""
    def sample(index, channels, height, width):
        \"""An image of discs, squares and triangles, and the class of every pixel.\"""
        draw = np.random.default_rng(({SEED}, index))
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        image = np.empty((channels, height, width), dtype=np.float32)
        image[:] = draw.uniform(0.0, 0.3, channels)[:, None, None]
        classes = np.zeros((height, width), dtype=np.int64)
        for _ in range(draw.integers(3, 6)):
            kind = draw.integers(1, {len(LABELS)})
            radius = draw.uniform(0.14, 0.28) * min(height, width)
            row, column = draw.uniform(0, height), draw.uniform(0, width)
            turn = draw.uniform(0, 2 * np.pi)
            color = draw.uniform(0.5, 1.0, channels).astype(np.float32)
            inside = is_inside(kind, rows - row, columns - column, radius, turn)
            image[:, inside] = color[:, None]
            classes[inside] = kind
        return image + draw.normal(0, {NOISE}, image.shape).astype(np.float32), classes
    """
)

SHAPES_FUNCTIONS = (INSIDE, SAMPLE)
"""The functions in order."""
