"""Children that are kept warm, so that training starts when it is asked for."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.runs.children.client import WORKER, RunClient, RunState


class WarmChildren(QObject):
    """Up to ``count`` children that have imported torch and wait, started one after another."""

    def __init__(
        self, parent: QObject | None = None, *, count: int = 2, command: tuple[str, ...] = WORKER
    ) -> None:
        super().__init__(parent)
        self._count = count
        self._command = command
        self._waiting: list[RunClient] = []

    def warm(self) -> None:
        """Start the next child that is missing; the others follow when it is ready."""
        self._waiting = [child for child in self._waiting if child.state is not RunState.FAILED]
        if len(self._waiting) >= self._count:
            return
        if any(child.state is RunState.WARMING for child in self._waiting):
            return
        child = RunClient(self, command=self._command)
        self._waiting.append(child)
        child.state_changed.connect(self._notice)
        child.warm()

    def take(self) -> RunClient:
        """A child for one run, the one that has waited longest; the taker closes it."""
        if not self._waiting:
            return RunClient(command=self._command)
        child = self._waiting.pop(0)
        child.state_changed.disconnect(self._notice)
        child.setParent(None)
        return child

    def close(self) -> None:
        """End all that wait."""
        for child in self._waiting:
            child.close()
        self._waiting.clear()

    def _notice(self, state: RunState) -> None:
        if state is RunState.READY:
            self.warm()
