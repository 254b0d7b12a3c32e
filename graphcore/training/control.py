"""The reins of a run: asked between two steps, pulled from any thread."""

from __future__ import annotations

import threading


class Control:
    """Pause, resume and stop. A stop ends a pause."""

    def __init__(self) -> None:
        self._running = threading.Event()
        self._running.set()
        self._stopped = threading.Event()

    def pause(self) -> None:
        """Hold the run after the step that it makes now."""
        if not self._stopped.is_set():
            self._running.clear()

    def resume(self) -> None:
        """Let it go on."""
        self._running.set()

    def stop(self) -> None:
        """End the run after the step that it makes now."""
        self._stopped.set()
        self._running.set()

    @property
    def is_paused(self) -> bool:
        """Whether the run should hold."""
        return not self._running.is_set()

    @property
    def is_stopped(self) -> bool:
        """Whether the run should end."""
        return self._stopped.is_set()

    def wait_while_paused(self) -> None:
        """Return when the run should go on or end."""
        # A wait without a limit would keep Python from handling SIGINT on some systems.
        while not self._running.wait(0.2):
            pass
