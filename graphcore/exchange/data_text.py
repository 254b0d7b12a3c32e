"""How a written program reads its data: the lines of every data set and kind of file.

They leave the samples ``x`` and ``y`` and those held out, ``x_test`` and ``y_test``, as tensors on
the device, and the number of ``samples``. The windows of a text are cut anew in every epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from graphcore.exchange.experiment import Experiment, ExportError
from graphcore.exchange.images_text import image_functions, read_images
from graphcore.exchange.piece import Piece, literal
from graphcore.exchange.shapes_text import SHAPES_FUNCTIONS
from graphcore.exchange.text_text import file_setting, text_file, topics
from graphcore.training.data.arrays import FileKind
from graphcore.training.data.datasets import kind_of
from graphcore.training.data.sources.images import IMAGES
from graphcore.training.data.sources.npz import NPZ
from graphcore.training.data.sources.table import TABLE, read_table
from graphcore.training.data.sources.text import TEXT
from graphcore.training.recipe import names_a_file

Writer = Callable[[Experiment], tuple[Piece, ...]]

NUMPY = "import numpy as np"


def data_text(experiment: Experiment) -> tuple[Piece, ...]:
    """The functions that the data need, and last the lines that read them. Raises ExportError for
    data that only Skipwright itself reads."""
    data = experiment.recipe.data
    if not names_a_file(data):
        return DATASETS_TEXT[data](experiment)
    kind = kind_of(Path(data))
    if kind not in FILES_TEXT:
        known = ", ".join(kind.title for kind in FILES_TEXT)
        raise ExportError(
            f"the recipe's data cannot be written: {data} ({kind.title}) is read by Skipwright "
            f"itself. What can be written are its registered sets and {known}: save the samples "
            "as a NumPy archive (.npz)"
        )
    return FILES_TEXT[kind](experiment)


def _digits(experiment: Experiment) -> tuple[Piece, ...]:
    read = """
        digits = load_digits()
        x = (digits.images[:, None] / 16).astype(np.float32)
        y = digits.target.astype(np.int64)
    """
    return _split(experiment, Piece(read, ("from sklearn.datasets import load_digits",)))


def _bundled(experiment: Experiment) -> tuple[Piece, ...]:
    load = f"load_{experiment.info.name}"
    read = f"""
        x, y = {load}(return_X_y=True)
        x, y = x.astype(np.float32), y.astype(np.{_target_dtype(experiment)})
    """
    return _split(experiment, Piece(read, (f"from sklearn.datasets import {load}",)))


def _shapes(experiment: Experiment) -> tuple[Piece, ...]:
    info = experiment.info
    channels, height, width = info.sample_shape
    read = f"""
        indices = range({info.train + info.held_out})
        samples = [sample(index, {channels}, {height}, {width}) for index in indices]
        x, x_test = np.split(np.stack([image for image, _ in samples]), [{info.train}])
        y, y_test = np.split(np.stack([labels for _, labels in samples]), [{info.train}])
    """
    return (*SHAPES_FUNCTIONS, _ready(experiment, Piece(read)))


def _images(experiment: Experiment) -> tuple[Piece, ...]:
    return (*image_functions(experiment), _ready(experiment, read_images(experiment)))


def _npz(experiment: Experiment) -> tuple[Piece, ...]:
    info = experiment.info
    with np.load(experiment.path, allow_pickle=False) as file:
        is_split, is_bytes = "x_test" in file.files, file["x"].dtype == np.uint8
    kinds = {"x": "int64" if info.whole else "float32", "y": _target_dtype(experiment)}
    scaled = {"x": " * np.float32(1 / 255)" if is_bytes else "", "y": ""}
    read = ["with np.load(data_file) as file:"]
    for name in ("x", "y", "x_test", "y_test") if is_split else ("x", "y"):
        of = name[0]
        read.append(f'    {name} = file["{name}"].astype(np.{kinds[of]}){scaled[of]}')
    piece = Piece("\n".join(read), settings=file_setting(experiment))
    return (_ready(experiment, piece),) if is_split else _split(experiment, piece)


def _table(experiment: Experiment) -> tuple[Piece, ...]:
    table = read_table(Path(experiment.path))
    sign = literal(table.separator)
    head = "[1:]" if table.has_header else ""
    read = [
        'text = Path(data_file).read_text(encoding="utf-8-sig")',
        f"rows = csv.reader(text.splitlines(), delimiter={sign})",
        "rows = [row for row in rows if any(cell.strip() for cell in row)]",
        f"table = np.char.strip(np.array(rows{head}))",
    ]
    if table.words:
        read += [
            "columns = []",
            "for place, cells in enumerate(table.T):",
            f"    if place in {table.words}:",
            "        columns += [cells == word for word in np.unique(cells)]",
            f"    elif place != {table.target}:",
            "        columns.append(cells.astype(np.float64))",
            "x = np.stack(columns, axis=1).astype(np.float32)",
        ]
    else:
        read.append(
            f"x = np.delete(table, {table.target}, axis=1).astype(np.float64).astype(np.float32)"
        )
    read += _table_target(table.target, table.y.dtype.kind == "f", table.labels)
    imports = ("import csv", "from pathlib import Path")
    return _split(experiment, Piece("\n".join(read), imports, file_setting(experiment)))


def _table_target(place: int, is_value: bool, labels: tuple[str, ...]) -> list[str]:
    """Values, or the place of each among all that there are."""
    if is_value:
        return [f"y = table[:, {place}].astype(np.float64).astype(np.float32)"]
    are_numbers = all(label.lstrip("-").isdecimal() for label in labels)
    of = f"table[:, {place}]" + (".astype(np.float64)" if are_numbers else "")
    return [f"_, y = np.unique({of}, return_inverse=True)"]


def _split(experiment: Experiment, read: Piece) -> tuple[Piece, ...]:
    """A fifth of what was read is held out."""
    lines = [
        *read.lines,
        "order = np.random.default_rng(0).permutation(len(x))  # The same for every seed.",
        f"held_out, train = np.split(order, [{experiment.info.held_out}])",
        "x, x_test, y, y_test = x[train], x[held_out], y[train], y[held_out]",
    ]
    return (_ready(experiment, Piece("\n".join(lines), read.imports, read.settings)),)


def _ready(experiment: Experiment, read: Piece) -> Piece:
    """With mean 0 and deviation 1 where the recipe says so, and on the device."""
    info, recipe = experiment.info, experiment.recipe
    lines, dtype = read.lines, "int64" if info.whole else "float32"
    if recipe.normalise == "standardise":
        if not info.whole or experiment.takes_numbers:
            lines += _standardised(experiment, "x", info.sample_shape)
            dtype = "float32"
        if info.classes is None:
            lines += _standardised(experiment, "y", info.target_shape)
    lines += [
        "x, y, x_test, y_test = (",
        "    torch.from_numpy(array).to(device) for array in (x, y, x_test, y_test)",
        ")",
    ]
    if dtype != experiment.input_dtype:
        to = f"to(torch.{experiment.input_dtype})"
        lines.append(f"x, x_test = x.{to}, x_test.{to}")
    lines.append("samples = len(x)")
    return Piece("\n".join(lines), (*read.imports, NUMPY), read.settings)


def _standardised(experiment: Experiment, name: str, shape: tuple[int, ...]) -> list[str]:
    """Images by channel, tables by column, else all together."""
    axes = "(0, 2, 3)" if len(shape) == 3 and 1 < shape[0] <= 4 else "0" if len(shape) == 1 else ""
    if axes:
        how = f"{axes}, dtype=np.float64, keepdims=True"
        lines = [f"mean = {name}.mean({how})", f"deviation = {name}.std({how})"]
        if names_a_file(experiment.recipe.data):
            lines.append("deviation[deviation < 1e-8 * np.maximum(1, np.abs(mean))] = 1")
        lines.append("mean, deviation = mean.astype(np.float32), deviation.astype(np.float32)")
    else:
        lines = [f"mean, deviation = np.float32({name}.mean()), np.float32({name}.std())"]
    if experiment.info.whole and name == "x":
        lines.append("x, x_test = x.astype(np.float32), x_test.astype(np.float32)")
    return [
        *lines,
        f"{name}, {name}_test = ({name} - mean) / deviation, ({name}_test - mean) / deviation",
    ]


def _target_dtype(experiment: Experiment) -> str:
    return "float32" if experiment.info.classes is None else "int64"


DATASETS_TEXT: Mapping[str, Writer] = {
    "digits": _digits,
    "topics": topics,
    "shapes": _shapes,
    "iris": _bundled,
    "wine": _bundled,
    "breast_cancer": _bundled,
    "diabetes": _bundled,
}
"""The registered data sets by name."""

FILES_TEXT: Mapping[FileKind, Writer] = {
    NPZ: _npz,
    TABLE: _table,
    TEXT: text_file,
    IMAGES: _images,
}
"""The kinds of files that a written program reads by itself."""
