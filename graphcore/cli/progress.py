"""A run's progress on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import TextIO

from graphcore.training.events import (
    Evaluated,
    Failed,
    Finished,
    Paused,
    Resumed,
    Started,
    StepDone,
    Telemetry,
    TrainingEvent,
    WeightsTaken,
)
from graphcore.training.measuring.pace import line_of, rate_in_words

SECONDS_BETWEEN_PAINTS = 0.1
WIDEST_BAR = 30


class Progress:
    """Shows events as they come. ``now`` gives seconds."""

    def __init__(self, out: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._now = now
        self._live = out.isatty()
        self._blocks = _can_write(out, "█░")
        self._painted = -SECONDS_BETWEEN_PAINTS
        self._started: Started | None = None
        self._newest: StepDone | None = None
        self._pace: Telemetry | None = None

    def show(self, event: TrainingEvent) -> None:
        """Show one event."""
        match event:
            case Started():
                self._started = event
                self._line(_beginning(event))
            case WeightsTaken():
                self._line(event.message)
            case StepDone():
                self._newest = event
                self._paint()
            case Telemetry():
                self._pace = event
            case Evaluated():
                self._line(self._evaluation(event))
                self._paint(at_once=True)
            case Paused():
                self._line(f"paused after step {event.step:,}")
            case Resumed():
                self._line("going on")
            case Failed() | Finished():
                self._clear()
                if self._pace is not None:
                    self._line(line_of(self._pace))

    def _evaluation(self, event: Evaluated) -> str:
        epochs = self._started.epochs if self._started else 0
        text = f"epoch {event.epoch + 1}/{max(epochs, event.epoch + 1)}  {_figures(event)} held out"
        if self._newest and not self._live:
            text += f"  {duration(self._newest.seconds_left)} left"
        return text

    def _line(self, text: str) -> None:
        self._clear()
        self._out.write(text + "\n")
        self._out.flush()

    def _clear(self) -> None:
        if self._live:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def _paint(self, *, at_once: bool = False) -> None:
        if not self._live or self._newest is None or self._started is None:
            return
        if not at_once and self._now() - self._painted < SECONDS_BETWEEN_PAINTS:
            return
        self._painted = self._now()
        step, total = self._newest.step, self._started.steps
        left = f"{duration(self._newest.seconds_left)} left"
        if self._pace is not None:
            left = f"{rate_in_words(self._pace)}  {left}"
        text = f" {step / total:4.0%}  step {step:,}/{total:,}  {_figures(self._newest)}  {left}"
        columns = shutil.get_terminal_size().columns - 1
        bar = self._bar(step / total, min(WIDEST_BAR, columns - len(text)))
        self._out.write("\r\x1b[K" + (bar + text)[:columns])
        self._out.flush()

    def _bar(self, part: float, width: int) -> str:
        full, empty = ("█", "░") if self._blocks else ("#", "-")
        done = round(part * width)
        return full * done + empty * (width - done)


def duration(seconds: float) -> str:
    """``0:07``, ``1:05:00``.

    >>> duration(3900.2)
    '1:05:00'
    """
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(accuracy: float) -> str:
    """``97.5 %``."""
    return f"{100 * accuracy:.1f} %"


def _beginning(event: Started) -> str:
    went_on = f", going on after step {event.step:,}" if event.step else ""
    where, here = event.device, f"{event.threads} thread{'s' if event.threads != 1 else ''}"
    if event.devices > 1:
        where, here = f"{event.devices} devices", f"{where}, {here} each"
    return (
        f"{event.class_name}: {event.parameters:,} parameters, {event.steps:,} steps on "
        f"{where} ({here}){went_on}"
    )


def _figures(event: StepDone | Evaluated) -> str:
    accuracy = "" if event.accuracy is None else f"  accuracy {percent(event.accuracy):>7}"
    return f"loss {event.loss:.4f}{accuracy}"


def _can_write(out: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(out, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
