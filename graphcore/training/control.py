"""The reins of a run: asked between two steps, pulled from any thread."""

from __future__ import annotations

import queue
import threading

from graphcore.diagram import Instance


class Control:
    """Pause, resume and stop; a stop ends a pause. Between two steps a run answers questions."""

    def __init__(self) -> None:
        self._running = threading.Event()
        self._running.set()
        self._stopped = threading.Event()
        self._asked: queue.SimpleQueue[Instance] = queue.SimpleQueue()
        self._woken = threading.Event()

    def pause(self) -> None:
        """Hold the run after the step that it makes now."""
        if not self._stopped.is_set():
            self._running.clear()

    def resume(self) -> None:
        """Let it go on."""
        self._running.set()
        self._woken.set()

    def stop(self) -> None:
        """End the run after the step that it makes now."""
        self._stopped.set()
        self._running.set()
        self._woken.set()

    def ask(self, instance: Instance) -> None:
        """Let the run take the histograms of ``instance`` before its next step."""
        self._asked.put(instance)
        self._woken.set()

    def asked(self) -> Instance | None:
        """The first instance that was asked for and not answered; None where there is none."""
        try:
            return self._asked.get_nowait()
        except queue.Empty:
            return None

    @property
    def is_paused(self) -> bool:
        """Whether the run should hold."""
        return not self._running.is_set()

    @property
    def is_stopped(self) -> bool:
        """Whether the run should end."""
        return self._stopped.is_set()

    def agree(self) -> None:
        """Called before every step: with several processes, all learn what all are to do."""

    def settle(self) -> None:
        """Called after the last step: what was asked of the other processes is answered."""

    def wait_while_paused(self) -> None:
        """Return when the run should go on or end, or has been asked something."""
        # A wait without a limit would keep Python from handling SIGINT on some systems.
        while self.is_paused and self._asked.empty():
            self._woken.wait(0.2)
            self._woken.clear()
