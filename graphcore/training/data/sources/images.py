"""Image folders: a folder for every class, with the images in it.

``folder/cat/1.png``: a fifth of the images is held out. ``folder/train/cat/1.png`` and
``folder/test/cat/9.png`` (or ``val``, ``valid``, ``validation``): what is held out is said.

Images are decoded with Pillow, an optional dependency: it is the decoder that torchvision and
most others use, has no dependencies, and answers for its security.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from graphcore.training.data.arrays import (
    Array,
    Arrays,
    DataError,
    DataInfo,
    Demand,
    FileKind,
    held_out_and_train,
)

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
HELD_OUT_NAMES = ("test", "val", "valid", "validation")
SIZE = 64
"""Pixels each way where the model does not tell."""

MOST_BYTES = 2**32
"""Images are kept in memory; so many bytes of them."""

INSTALL = "pip install 'skipwright[images]'"

Listed = list[tuple[Path, int]]
"""Images with their classes."""


def _list(root: Path) -> tuple[tuple[str, ...], Listed, Listed]:
    """The names of the classes, the images to learn from and those held out, in order of name."""
    if find_spec("PIL") is None:
        raise _wrong(root, f"needs Pillow to be decoded, which is not installed: {INSTALL}")
    train, test = parts_of(root)
    if test is None:
        labels, images = _classes_in(root)
        held_out, rest = held_out_and_train(len(images))
        return labels, [images[i] for i in sorted(rest)], [images[i] for i in sorted(held_out)]
    labels, images = _classes_in(train)
    others, held = _classes_in(test)
    if not set(others) <= set(labels):
        unknown = sorted(set(others) - set(labels))[0]
        raise _wrong(root, f"has the class '{unknown}' in {test.name} but not in {train.name}")
    place = [labels.index(name) for name in others]
    return labels, images, [(path, place[label]) for path, label in held]


def parts_of(root: Path) -> tuple[Path, Path | None]:
    """The folder with the classes to learn from, and that of those held out, where it is said
    which; else the root itself."""
    folders = {folder.name.lower(): folder for folder in _folders(root)}
    test = next((folders[name] for name in HELD_OUT_NAMES if name in folders), None)
    train = folders.get("train")
    return (root, None) if train is None or test is None else (train, test)


def _classes_in(root: Path) -> tuple[tuple[str, ...], Listed]:
    found = [(folder.name, _images(folder)) for folder in _folders(root)]
    found = [(name, images) for name, images in found if images]
    labels = tuple(name for name, _ in found)
    listed = [(path, label) for label, (_, images) in enumerate(found) for path in images]
    if len(labels) < 2 or len(listed) < 2:
        raise _wrong(
            root,
            f"has images of {len(labels)} classes; it needs a folder for each of two or more "
            f"classes, with images ({' '.join(SUFFIXES)}) in them",
        )
    return labels, listed


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(folder for folder in root.iterdir() if folder.is_dir())
    except OSError as error:
        raise _wrong(root, f"cannot be read ({error.strerror or error}); check the path") from error


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def _size(demand: Demand) -> tuple[int, int, int]:
    """Channels, height and width that a model asks for, as far as it does."""
    asked = demand.shape if len(demand.shape) == 3 else (3, None, None)
    return (1 if asked[0] == 1 else 3), asked[1] or SIZE, asked[2] or SIZE


def _info(path: Path, demand: Demand) -> DataInfo:
    labels, train, held_out = _list(path)
    channels, height, width = _size(demand)
    needed = 4 * (len(train) + len(held_out)) * channels * height * width
    if needed > MOST_BYTES:
        raise _wrong(
            path,
            f"would take {needed / 2**30:.1f} GiB of memory at {height}×{width}, more than the "
            f"{MOST_BYTES / 2**30:.0f} GiB that are kept; make the model's input smaller, or take "
            "fewer images",
        )
    return DataInfo(
        name=str(path),
        title=path.name,
        sample_shape=(channels, height, width),
        target_shape=(),
        classes=len(labels),
        train=len(train),
        held_out=len(held_out),
        labels=labels,
    )


def _load(path: Path, demand: Demand) -> Arrays:
    _info(path, demand)
    size = _size(demand)
    _, train, held_out = _list(path)
    return Arrays(*_decoded(train, size), *_decoded(held_out, size))


def _decoded(listed: Listed, size: tuple[int, int, int]) -> tuple[Array, Array]:
    images = np.empty((len(listed), *size), dtype=np.float32)
    with ThreadPoolExecutor() as pool:
        paths = [path for path, _ in listed]
        for place, image in enumerate(pool.map(partial(decode, size=size), paths)):
            images[place] = image
    return images, np.array([label for _, label in listed], dtype=np.int64)


def decode(path: Path, size: tuple[int, int, int]) -> Array:
    """The image in ``path`` as float32 from 0 to 1 of ``size`` (channels, height, width): its
    middle, as wide for its height as that, resampled. Raises DataError."""
    from PIL import Image, ImageOps

    channels, height, width = size
    try:
        with Image.open(path) as image:
            plain = image.convert("L" if channels == 1 else "RGB")
            fitted = ImageOps.fit(plain, (width, height), Image.Resampling.BILINEAR)
    # Pillow tells damage in many ways, among them SyntaxError and its own bomb warning.
    except Exception as error:
        raise DataError(
            f"the image {path} cannot be decoded ({error}); take it out of the folder"
        ) from error
    values = np.asarray(fitted, dtype=np.float32) / 255
    return values[None] if channels == 1 else values.transpose(2, 0, 1)


def _wrong(root: Path, what: str) -> DataError:
    return DataError(f"the image folder {root} {what}")


IMAGES = FileKind("Image folders", (), _info, _load)
