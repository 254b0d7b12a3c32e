from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from graphcore.training.measuring.step_timer import FARTHEST, StepTimer


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def step(timer: StepTimer, clock: Clock, **seconds: float) -> None:
    """A step whose parts take so many seconds."""
    for index, (part, taken) in enumerate(seconds.items()):
        timer.begin(part) if index == 0 else timer.enter(part)
        clock.at += taken


def test_each_part_has_the_time_until_the_next_begins() -> None:
    clock = Clock()
    timer = StepTimer(now=clock)
    step(timer, clock, data=1.0, forward=2.0, backward=4.0, optimizer=0.5)
    step(timer, clock, data=3.0, forward=2.0, backward=4.0, optimizer=0.5)
    timer.end()
    taken = timer.taken()
    assert taken == {
        "data": 2.0,
        "forward": 2.0,
        "backward": 4.0,
        "optimizer": 0.5,
        "measuring": 0.0,
        "writing": 0.0,
    }
    assert timer.taken() == {}, "it was told"


def test_a_minibatch_in_parts_enters_a_part_of_the_step_more_than_once() -> None:
    clock = Clock()
    timer = StepTimer(now=clock)
    timer.begin("data")
    for _ in range(3):
        timer.enter("forward")
        clock.at += 1.0
        timer.enter("backward")
        clock.at += 2.0
    timer.end()
    taken = timer.taken()
    assert (taken["forward"], taken["backward"]) == (3.0, 6.0)


def test_what_is_outside_of_steps_counts_for_nothing() -> None:
    clock = Clock()
    timer = StepTimer(now=clock)
    timer.enter("forward")
    clock.at += 7.0
    step(timer, clock, data=1.0)
    timer.end()
    clock.at += 100.0
    step(timer, clock, data=1.0)
    timer.end()
    assert sum(timer.taken().values()) == 1.0


def test_of_short_steps_some_are_timed_and_what_happens_every_few_is_told_in_proportion() -> None:
    clock = Clock()
    timer = StepTimer(now=clock)
    steps, told = 40_000, 0.0
    for number in range(steps):
        step(timer, clock, forward=1e-3, measuring=0.0 if number % 20 else 2e-3)
    timer.end()
    told = timer.taken()["measuring"]
    assert told == pytest.approx(2e-3 / 20, rel=0.15)
    assert timer.taken() == {}


def test_a_long_step_is_timed_always() -> None:
    clock = Clock()
    timer = StepTimer(now=clock)
    for _ in range(3 * FARTHEST):
        step(timer, clock, forward=1.0)
        timer.end()
        assert timer.taken()["forward"] == 1.0


class Device:
    """Computes what it was given, later: marks pass when ``work`` has come to them."""

    def __init__(self) -> None:
        self.given = self.done = 0.0

    def mark(self) -> Any:
        """A mark of this device."""
        return DeviceMark(self)


class DeviceMark:
    def __init__(self, device: Device) -> None:
        self.device, self.at = device, 0.0

    def record(self) -> None:
        self.at = self.device.given

    def query(self) -> bool:
        return self.device.done >= self.at

    def elapsed_time(self, other: DeviceMark) -> float:
        assert self.query()
        assert other.query(), "a mark that was not come past would have to be waited for"
        return 1e3 * (other.at - self.at)


def test_of_a_device_that_lags_behind_only_what_it_has_done_is_told() -> None:
    device, clock = Device(), Clock()
    timer = StepTimer(device.mark, now=clock)
    for _ in range(2):
        timer.begin("data")
        device.given += 1.0
        timer.enter("forward")
        device.given += 3.0
        clock.at += 1.0
        timer.end()
    assert timer.taken() == {}
    device.done = 5.0
    assert timer.taken()["forward"] == 3.0
    device.done = 8.0
    taken = timer.taken()
    assert (taken["data"], taken["forward"]) == (1.0, 3.0)


def ticking() -> Iterator[float]:
    """Every look at the clock is a second later."""
    return (float(n) for n in count())


def test_a_step_that_is_not_timed_never_looks_at_the_clock() -> None:
    times = ticking()
    timer = StepTimer(now=lambda: 1e-6 * next(times))
    for _ in range(2_000):
        timer.begin("data")
        timer.enter("forward")
        timer.enter("backward")
    looks = next(times)
    assert looks < 2_000 * 5 / (FARTHEST / 2) * 1.2
