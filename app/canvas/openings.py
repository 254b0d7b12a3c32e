"""Which blocks are open in place, and which copy each of them shows: view state, in no file."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from graphcore.diagram import Instance

Path = tuple[str, ...]
"""The ids of the nodes from the main block on: an instance, whichever copies it goes through."""


class Openings(QObject):
    """The open blocks. Canvases that share it open and close the same ones."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._copies: dict[Path, int] = {}
        self._were_open: set[Path] = set()

    def __contains__(self, path: object) -> bool:
        return path in self._copies

    def __len__(self) -> int:
        return len(self._copies)

    def copy(self, path: Path) -> int:
        """The copy that an open block shows."""
        return self._copies[path]

    def inside(self, path: Path) -> list[str]:
        """The nodes of the block at ``path`` that are open."""
        depth = len(path)
        return [p[depth] for p in self._copies if len(p) == depth + 1 and p[:depth] == path]

    def open(self, *paths: Path) -> None:
        """Open blocks, each at its first copy."""
        new = [path for path in paths if path not in self._copies]
        self._copies.update(dict.fromkeys(new, 0))
        self._were_open.update(new)
        if new:
            self.changed.emit()

    def reopen(self, instance: Instance, depth: int) -> None:
        """Open again the blocks on the way to ``instance``, from ``depth`` on, if all of them were
        open before."""
        steps = range(depth + 1, len(instance) + 1)
        way = {path_of(instance[:step]): instance[step - 1].copy for step in steps}
        if way.keys() <= self._were_open and not way.keys() <= self._copies.keys():
            self._copies.update(way)
            self.changed.emit()

    def close(self, path: Path) -> None:
        """Close a block. What is open inside it is open again when it is opened again."""
        if self._copies.pop(path, None) is not None:
            self.changed.emit()

    def close_all(self) -> None:
        """Close every block."""
        if self._copies:
            self._copies.clear()
            self.changed.emit()

    def show_copies(self, instance: Instance) -> None:
        """Let the open blocks on the way to ``instance`` show the copies that it goes through."""
        before = dict(self._copies)
        path = path_of(instance)
        for depth, step in enumerate(instance, start=1):
            if path[:depth] in self._copies:
                self._copies[path[:depth]] = step.copy
        if before != self._copies:
            self.changed.emit()


def path_of(instance: Instance) -> Path:
    """``instance`` without its copies."""
    return tuple(step.node for step in instance)
