"""What a run learns from, as its folder keeps it, so that it can be taken up as it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from graphcore.training.data.arrays import Arrays, DataError, DataInfo, Loaded
from graphcore.training.data.normalisation import Normalisation, measured
from graphcore.training.durable import replace_whole
from graphcore.training.recipe import Recipe


@dataclass(frozen=True)
class DataRecord:
    """What is known of the data, its normalisation, and a fingerprint of all its numbers."""

    info: DataInfo
    normalisation: Normalisation
    fingerprint: str

    def write(self, path: Path) -> None:
        """Write it down. Raises OSError."""
        values = {
            **asdict(self.info),
            "normalisation": self.normalisation.values(),
            "fingerprint": self.fingerprint,
        }
        text = json.dumps(values, indent=1, allow_nan=False) + "\n"
        replace_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def settle(
    loaded: Loaded, info: DataInfo, recipe: Recipe, *, as_numbers: bool, path: Path | None
) -> tuple[Loaded, DataRecord]:
    """The data as the run learns from it, normalised, and its record.

    A record that stands at ``path`` already is that of the run's beginning: its normalisation is
    used, and the data must be what they were. Otherwise it is written there.
    Raises DataError where the data are others, and OSError.
    """
    fingerprint = fingerprint_of(loaded)
    begun = _read(path) if path is not None and path.exists() else None
    if begun is not None:
        normalisation, expected = begun
        if expected != fingerprint:
            raise DataError(
                f"the data {info.name} are not what this run began with (they or their split were "
                "changed): bring the old ones back, or start a new run"
            )
    elif isinstance(loaded, Arrays) and recipe.normalise == "standardise":
        normalisation = measured(loaded, as_numbers=as_numbers)
    else:
        normalisation = Normalisation()
    record = DataRecord(info, normalisation, fingerprint)
    if path is not None and begun is None:
        record.write(path)
    return (normalisation.apply(loaded) if isinstance(loaded, Arrays) else loaded), record


def settle_others(loaded: Loaded, info: DataInfo, path: Path) -> tuple[Loaded, DataRecord]:
    """Data as the run whose record stands at ``path`` would see them, though it learnt from others.

    Raises DataError where their tokens or classes stand for other things than its did.
    """
    normalisation, _ = _read(path)
    known = _values(path)
    for field, title in (("vocabulary", "characters"), ("labels", "classes")):
        meant, found = list(known.get(field) or ()), list(getattr(info, field) or ())
        if meant and found and meant != found:
            raise DataError(
                f"the {title} of the data {info.name} are not those that the network learnt from, "
                f"so that its outputs mean other ones: bring data with the same {title}"
            )
    record = DataRecord(info, normalisation, fingerprint_of(loaded))
    return (normalisation.apply(loaded) if isinstance(loaded, Arrays) else loaded), record


def fingerprint_of(loaded: Loaded) -> str:
    """The same for the same numbers in the same order and split."""
    digest = hashlib.blake2b(digest_size=16)
    for part in loaded:
        array = np.ascontiguousarray(part)
        digest.update(f"{array.dtype} {array.shape};".encode())
        digest.update(array.data)
    return digest.hexdigest()


def _read(path: Path) -> tuple[Normalisation, str]:
    try:
        values = _values(path)
        return Normalisation.of(values["normalisation"]), str(values["fingerprint"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} does not tell what the run began with ({error!r}); it was damaged: start a "
            "new run"
        ) from error


def _values(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values
