"""The longest stall of the window while it trains, against the same window at rest.

Goal: at most 50 ms. A timer that is always due measures how long the event loop was away: the
wall time between two turns, and the part of it in which the window's own thread computed (the
rest is the other processes' share of the cores, the training children's among them).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app import stylesheet
from app.window import MainWindow
from graphcore import edits

IDLE_SECONDS = 5.0
ROUNDS = 3


@dataclass
class Latency:
    """The turns of the event loop while it ran, in milliseconds."""

    wall: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        return f"longest {_tail(self.wall)}; of its own work {_tail(self.own)}"


def _tail(turns: list[float]) -> str:
    ordered = sorted(turns)
    p999 = ordered[int(0.999 * (len(ordered) - 1))]
    return f"{ordered[-1]:.0f} ms (p99.9 {p999:.0f} ms)"


def watched(until: Callable[[], bool], begin: Callable[[], None] = lambda: None) -> Latency:
    """The latency of the event loop from ``begin``, which is part of it, until ``until``."""
    latency, loop = Latency(), QEventLoop()
    last = [time.perf_counter(), time.thread_time()]

    def turn() -> None:
        wall, own = time.perf_counter(), time.thread_time()
        latency.wall.append(1e3 * (wall - last[0]))
        latency.own.append(1e3 * (own - last[1]))
        last[:] = [wall, own]
        if until():
            loop.quit()

    timer = QTimer(interval=0)
    timer.timeout.connect(turn)
    timer.start()
    begin()
    loop.exec()
    timer.stop()
    return latency


def rest(seconds: float) -> Callable[[], bool]:
    """Whether so many seconds have gone by since it was asked first."""
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() > end


def main(print_line: Callable[[str], None] = print) -> None:
    """Prints everything that is measured."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    stylesheet.dress(application)
    print_line("stalls of the window while it trains (goal at most 50 ms)")
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow()
        window.document.save(Path(folder) / "resnet20-digits.skw")
        window.document.apply("Epochs", lambda d: edits.set_recipe(d, "epochs", 4))
        window.show()
        watched(rest(2.0))
        page = window.train_page
        for compare in (False, True):
            title = "with and without skips" if compare else "one run"
            for _ in range(ROUNDS):
                # The next children warm up in here, as they do in use.
                watched(rest(6.0))
                print_line(f"  at rest: {watched(rest(IDLE_SECONDS))}")
                begin = lambda compare=compare: window.train(compare=compare)  # noqa: E731
                latency = watched(lambda: not page.is_running, begin)
                print_line(f"  {title}: {latency}")
        page.shutdown()
        window.document.undo_stack.setClean()
        window.close()


if __name__ == "__main__":
    main()
