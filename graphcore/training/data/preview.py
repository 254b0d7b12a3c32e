"""``python -m graphcore.training.data.preview``: samples of data as JSON, for a window to show.

Reads one JSON line, ``{"data": ..., "shape": [...], "tokens": ..., "count": 24}``, and writes one::

    {"kind": "images", "samples": [{"label": "7", "width": 8, "height": 8, "pixels": BASE64,
                                    "classes": BASE64 or null}, ...]}
    {"kind": "text", "samples": [{"label": "", "text": "..."}, ...]}
    {"kind": "rows", "columns": [...], "samples": [{"label": "rose", "values": ["1.2", ...]}, ...]}

or ``{"error": "..."}``. ``pixels`` are red, green and blue bytes, ``classes`` a byte for every
pixel. A child of its own does this, so that no window waits for a library to load or is harmed by a
broken file; it does not run programs of the user's. It ends when stdin does.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from graphcore.pipes import answer_question
from graphcore.training.data.arrays import Array, Arrays, DataError, DataInfo, Demand, Text
from graphcore.training.data.datasets import data_info, load_arrays
from graphcore.training.data.sources.text import decode

LARGEST = 96
"""Pixels each way of a picture; of a larger image every second, third … is shown."""

MOST_VALUES = 12
"""Values of a row that are shown."""

MOST_SIGNS = 400


def samples_of(data: str, demand: Demand, count: int) -> dict[str, Any]:
    """Some training samples with what is to be predicted, evenly spread. Raises DataError."""
    info, loaded = data_info(data, demand), load_arrays(data, demand)
    if isinstance(loaded, Text):
        return {"kind": "text", "samples": _windows(loaded, info, count)}
    chosen = np.unique(np.linspace(0, len(loaded.x) - 1, count).astype(int))
    if len(info.sample_shape) == 3 and info.sample_shape[0] <= 4:
        return {"kind": "images", "samples": _images(loaded, info, chosen)}
    columns = list(info.columns[:MOST_VALUES]) or [
        str(place) for place in range(min(MOST_VALUES, int(np.prod(info.sample_shape))))
    ]
    rows = [
        {
            "label": _label(info, loaded.y[index]),
            "values": [f"{value:.5g}" for value in loaded.x[index].reshape(-1)[:MOST_VALUES]],
        }
        for index in chosen
    ]
    return {"kind": "rows", "columns": columns, "samples": rows}


def _windows(text: Text, info: DataInfo, count: int) -> list[dict[str, Any]]:
    begins = np.linspace(0, len(text.tokens) - text.length - 1, count).astype(int)
    length = min(text.length, MOST_SIGNS)
    return [
        {"label": "", "text": decode(text.tokens[at : at + length].tolist(), info.vocabulary)}
        for at in begins
    ]


def _images(arrays: Arrays, info: DataInfo, chosen: Array) -> list[dict[str, Any]]:
    images = arrays.x[chosen].astype(np.float64)
    low, high = images.min(), images.max()
    images = (images - low) / ((high - low) or 1.0)
    step = max(1, -(-max(images.shape[2:]) // LARGEST))
    images = images[:, :, ::step, ::step]
    if images.shape[1] != 3:
        images = np.repeat(images[:, :1], 3, axis=1)
    pixels = (images.transpose(0, 2, 3, 1) * 255).round().astype(np.uint8)
    dense = info.classes is not None and len(info.target_shape) == 2
    shown = []
    for picture, index in zip(pixels, chosen, strict=True):
        target = arrays.y[index]
        shown.append(
            {
                "label": "" if dense else _label(info, target),
                "width": picture.shape[1],
                "height": picture.shape[0],
                "pixels": _encoded(picture),
                "classes": _encoded(_bytes(target, step, picture)) if dense else None,
            }
        )
    return shown


def _bytes(target: Array, step: int, picture: Array) -> Array:
    """The classes of the pixels that are shown."""
    classes = target[::step, ::step].astype(np.uint8)
    whole = np.zeros(picture.shape[:2], dtype=np.uint8)
    height, width = min(len(classes), len(whole)), min(len(classes[0]), len(whole[0]))
    whole[:height, :width] = classes[:height, :width]
    return whole


def _label(info: DataInfo, target: Array) -> str:
    if info.classes is None:
        return ", ".join(f"{value:.4g}" for value in np.atleast_1d(target).reshape(-1)[:3])
    if info.target_shape:
        return ""
    return info.labels[int(target)] if info.labels else str(int(target))


def _encoded(values: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def answers(asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The one line that answers a question, with ``error`` where the data cannot be read."""
    demand = Demand(tuple(asked["shape"]), asked["tokens"])
    try:
        yield samples_of(asked["data"], demand, int(asked["count"]))
    except DataError as error:
        yield {"error": str(error)}


def main() -> int:
    """Answer the one question on stdin."""
    return answer_question(answers)


if __name__ == "__main__":
    sys.exit(main())
