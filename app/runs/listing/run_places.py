"""Where runs live: folders beside the diagram's file, a pair told by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths

from graphcore.diagram import Diagram
from graphcore.training.run_folder import RunFolder, fresh_path

TWIN: Final = "-without-skips"
"""What the name of a plain twin's folder has behind that of the run it belongs to."""


def runs_home(path: Path | None) -> Path:
    """The folder of the runs of a diagram: ``runs`` beside its file, or among the program's data
    where it has no file or none can be made there."""
    if path is not None:
        beside = path.parent / "runs"
        if os.access(beside if beside.exists() else beside.parent, os.W_OK):
            return beside
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(data) / "skipwright" / "runs"


def stem_of(path: Path | None, diagram: Diagram) -> str:
    """What the names of a diagram's runs begin with."""
    return path.stem if path is not None else diagram.main


def fresh_run(path: Path | None, diagram: Diagram) -> Path:
    """A folder for the next run of a diagram; it does not exist yet."""
    return fresh_path(runs_home(path), stem_of(path, diagram))


def twin_of(folder: Path) -> Path:
    """The folder of the plain twin of a run, whether it exists or not."""
    return folder.with_name(folder.name + TWIN)


def both_of(folder: RunFolder) -> tuple[Path, Path]:
    """The paths of a run and of its twin, whether that exists or not."""
    return folder.path, twin_of(folder.path)


def is_twin(folder: Path) -> bool:
    """Whether a folder is that of a plain twin."""
    return folder.name.endswith(TWIN)


def runs_of(path: Path | None, diagram: Diagram) -> tuple[RunFolder, ...]:
    """The runs of a diagram, the newest first; a twin belongs to its run and is not listed."""
    home = runs_home(path)
    stem = re.escape(re.sub(r"[^\w.-]+", "-", stem_of(path, diagram)).strip("-.") or "run")
    pattern = re.compile(stem + r"-(\d+)")
    found = [(int(match[1]), run) for run, match in _matches(home, pattern)]
    return tuple(run for _, run in sorted(found, key=lambda item: -item[0]))


def _matches(home: Path, pattern: re.Pattern[str]) -> Iterator[tuple[RunFolder, re.Match[str]]]:
    if not home.is_dir():
        return
    for folder in home.iterdir():
        match = pattern.fullmatch(folder.name)
        if match and RunFolder(folder).holds_a_run:
            yield RunFolder(folder), match
