"""With which weights a run began: ``weights.json`` in the run's folder.

It names the file, its digest and what of it went where. The file is read when the run begins: a
run that is resumed has its weights in its checkpoint, unless it had not come to one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from graphcore.store import replace_file
from graphcore.training.weights.match import WAYS, Match, Pair, Slot, Stored, WeightsError

FILE: Final = "weights.json"

BEST, LAST = "best", "last"
WEIGHTS: Final[Mapping[str, str]] = {
    BEST: "checkpoints/best.safetensors",
    LAST: "checkpoints/last.safetensors",
}
"""The weights that a run keeps, in its folder."""


@dataclass(frozen=True)
class WeightsRecord:
    """The file of first weights. ``digest`` (SHA-256) and ``match`` are known once it was read."""

    file: str
    digest: str = ""
    match: Match | None = None

    @property
    def title(self) -> str:
        """The file in few words: ``best weights of resnet-3``, ``resnet50.pt``."""
        return title_of(Path(self.file))


def title_of(path: Path) -> str:
    """A weights file in few words.

    >>> title_of(Path("runs/resnet-3/checkpoints/best.safetensors"))
    'best weights of resnet-3'
    """
    folder = path.parent.parent
    which = {folder / file: name for name, file in WEIGHTS.items()}.get(path)
    return f"{which} weights of {folder.name}" if which and folder.name else path.name


def run_of(path: Path) -> Path | None:
    """The folder of the run whose weights the file is, or None."""
    folder = path.parent.parent
    return folder if path in [folder / file for file in WEIGHTS.values()] else None


def weights_at(path: Path) -> Path:
    """The weights file that ``path`` names: itself, or the best of a run's folder."""
    return path / WEIGHTS[BEST] if path.is_dir() else path


def read_record(folder: Path) -> WeightsRecord | None:
    """With which weights the run in ``folder`` begins; None where they are drawn. Raises
    WeightsError."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        found = values["match"]
        match = None if found is None else match_from_json(found)
        return WeightsRecord(str(values["file"]), str(values["digest"]), match)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{path} does not tell with which weights the run began ({error!r}); it was damaged"
        ) from error


def weights_asked(folder: Path) -> Path | None:
    """The file that the run in ``folder`` is to begin with; None where weights are drawn. Raises
    WeightsError."""
    record = read_record(folder)
    return None if record is None else Path(record.file)


def write_record(folder: Path, record: WeightsRecord) -> None:
    """Write it down. Raises OSError."""
    match = None if record.match is None else match_to_json(record.match)
    values = {"file": record.file, "digest": record.digest, "match": match}
    replace_file(folder / FILE, (json.dumps(values) + "\n").encode())


def match_to_json(match: Match) -> dict[str, Any]:
    """The match as plain values."""
    return asdict(match)


def match_from_json(values: Mapping[str, Any]) -> Match:
    """What :func:`match_to_json` gave. Raises KeyError, TypeError or ValueError for anything
    else."""
    if values["by"] not in ("key", *WAYS):
        raise ValueError(f"weights are matched by key, order or shape, not by {values['by']!r}")
    return Match(
        values["by"],
        _pairs(values["matched"]),
        tuple(map(_stored, values["left"])),
        _pairs(values["differing"]),
        tuple(map(_stored, values["unused"])),
        str(values["cut"]),
        str(values["put"]),
    )


def _pairs(values: Any) -> tuple[Pair, ...]:
    return tuple(
        Pair(_slot(one["slot"]), _stored(one["found"]), tuple(map(_stored, one["twins"])))
        for one in values
    )


def _stored(values: Mapping[str, Any]) -> Stored:
    return Stored(str(values["name"]), tuple(map(int, values["shape"])), str(values["dtype"]))


def _slot(values: Mapping[str, Any]) -> Slot:
    plain = _stored(values)
    return Slot(plain.name, plain.shape, plain.dtype, str(values["same_as"]))
