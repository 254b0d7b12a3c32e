"""Weights as others save them, read without running anything: safetensors, and torch's own files
with tensors alone."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from graphcore.training.weights.match import Stored, WeightsError

ORDER: Final = "order"
"""The entry of a safetensors file's metadata that keeps the order of its tensors, which the format
sorts."""

WRAPPERS: Final = (
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "module",
    "net",
    "network",
    "weights",
    "params",
)
"""Under which names checkpoints keep the weights beside other things."""

DEEPEST_WRAPPING: Final = 3
_ZIP: Final = b"PK\x03\x04"
"""What a zip archive begins with; torch looks for the same."""
_ASKED: Final = re.compile(r"GLOBAL ([\w.]+)")


@dataclass(frozen=True)
class WeightsFile:
    """The tensors of a file: what they are, and each itself by its name. ``is_ordered`` tells
    whether they stand in the order in which they were made."""

    path: Path
    stored: tuple[Stored, ...]
    is_ordered: bool
    tensor: Callable[[str], Tensor]

    def digest(self) -> str:
        """SHA-256 of the file. Raises OSError."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def open_weights(path: Path) -> WeightsFile:
    """The weights in a file; nothing in it is run, and no tensor is read before it is wanted.

    Raises WeightsError where there is no such file, its kind is unknown, or it is damaged or holds
    other things than weights.
    """
    if not path.is_file():
        raise WeightsError(f"the weights {path} do not exist: choose a file that does")
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise WeightsError(
            f"{path} is of no kind that holds weights: the name of one ends in {' '.join(READERS)}"
        )
    if not path.stat().st_size:
        raise WeightsError(f"the weights {path} are an empty file: save or download them again")
    try:
        found = read(path)
    except OSError as error:
        raise WeightsError(f"the weights {path} cannot be read: {error.strerror}") from error
    if not found.stored:
        raise WeightsError(
            f"{path} holds no tensors; save the weights by torch.save(model.state_dict(), path)"
        )
    return found


def _safetensors(path: Path) -> WeightsFile:
    try:
        file: Any = safe_open(path, framework="pt")
        names = list(file.keys())
        stored = {name: _described(name, file.get_slice(name)) for name in names}
        order = _order(file.metadata() or {}, names)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise WeightsError(
            f"{path} is damaged or no safetensors file ({_first_line(error)}): save or download it "
            "again"
        ) from error
    in_order = tuple(stored[name] for name in order or names)
    return WeightsFile(path, in_order, order is not None, file.get_tensor)


def _described(name: str, part: Any) -> Stored:
    return Stored(name, tuple(part.get_shape()), DTYPES.get(part.get_dtype(), part.get_dtype()))


def _order(metadata: Mapping[str, str], names: Sequence[str]) -> list[str] | None:
    """The order that the metadata tells, if it is one of these names."""
    try:
        order = json.loads(metadata.get(ORDER, ""))
    except ValueError:
        return None
    is_one = isinstance(order, list) and all(isinstance(name, str) for name in order)
    return order if is_one and sorted(order) == sorted(names) else None


def _pickled(path: Path) -> WeightsFile:
    with path.open("rb") as file:
        is_zip = file.read(len(_ZIP)) == _ZIP
    if is_zip:
        _look_into(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
        tensors = state_dict_in(content)
    except Exception as error:  # torch.load tells damage in as many ways as there are readers
        raise WeightsError(_why_not(path, error)) from error
    for name, tensor in tensors.items():
        if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_meta:
            raise WeightsError(
                f"{path}: {name} is a {tensor.layout} tensor of {tensor.dtype}, which is no plain "
                "array of numbers: save it as one"
            )
    stored = tuple(
        Stored(name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
        for name, tensor in tensors.items()
    )
    return WeightsFile(path, stored, True, tensors.__getitem__)


def state_dict_in(content: object, depth: int = DEEPEST_WRAPPING) -> dict[str, Tensor]:
    """The tensors by name in what a file holds, which may stand among other things; empty where
    there are none."""
    if not isinstance(content, Mapping) or not depth:
        return {}
    for name in WRAPPERS:
        if found := state_dict_in(content.get(name), depth - 1):
            return found
    return {
        name: value.detach()
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }


def _look_into(path: Path) -> None:
    """Raises WeightsError for an archive of other things. torch stores weights without compressing,
    so what is compressed is something else, and may be far larger than it looks."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except Exception as error:  # zipfile tells damage in as many ways as well
        raise WeightsError(_why_not(path, error)) from error
    if any(one.filename.endswith("/constants.pkl") for one in parts):
        raise WeightsError(
            f"{path} is a TorchScript program and not weights alone; programs are not run: save "
            "its state_dict() by torch.save"
        )
    packed = [one.filename for one in parts if one.compress_type]
    if packed:
        raise WeightsError(
            f"{path} is a compressed archive and no file of torch.save ({packed[0]}): unpack it"
        )


def _why_not(path: Path, error: Exception) -> str:
    asked = _ASKED.search(str(error))
    if asked:
        return (
            f"{path} holds code besides weights (it asks for {asked[1]}), and no code of a file is "
            "run: save the weights alone by torch.save(model.state_dict(), path)"
        )
    # Of the unpickler's words none helps: they tell how to switch off what keeps code from running.
    told = isinstance(error, OSError | RuntimeError)
    reason = f" ({_first_line(error).split('. ')[0]})" if told else ""
    return f"{path} is damaged, or torch.save did not make it{reason}: save or download it again"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


DTYPES: Final[Mapping[str, str]] = {
    "F16": "float16",
    "BF16": "bfloat16",
    "F32": "float32",
    "F64": "float64",
    "I8": "int8",
    "U8": "uint8",
    "I16": "int16",
    "I32": "int32",
    "I64": "int64",
    "BOOL": "bool",
}
"""The types of safetensors by their names in torch."""

READERS: Final[Mapping[str, Callable[[Path], WeightsFile]]] = {
    ".safetensors": _safetensors,
    ".pt": _pickled,
    ".pth": _pickled,
    ".bin": _pickled,
    ".ckpt": _pickled,
}
"""What reads a file, by the end of its name."""
