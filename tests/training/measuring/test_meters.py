from __future__ import annotations

import torch

from graphcore.training.measuring.meters import SECONDS_BETWEEN, Meters

CPU = torch.device("cpu")


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def make_step(meters: Meters, samples: int = 10) -> None:
    """A step of so many samples."""
    meters.timer.begin("data")
    meters.timer.enter("forward")
    meters.count(samples)


def test_it_is_told_twice_a_second_at_most() -> None:
    clock = Clock()
    meters = Meters(CPU, now=clock)
    told = []
    for number in range(1, 101):
        make_step(meters)
        clock.at += 0.03
        told += list(meters.told(number))
    assert len(told) == 5  # in three seconds, each time a step after the half second
    assert SECONDS_BETWEEN == 0.5


def test_the_rate_is_that_of_the_steps_since_it_was_told_before() -> None:
    clock = Clock()
    meters = Meters(CPU, now=clock)
    make_step(meters)
    clock.at += 1.0
    (first,) = meters.told(1)
    meters.timer.end()
    while True:
        make_step(meters, 30)
        clock.at += 1.0
        meters.timer.end()
        if found := list(meters.told(2)):
            break
    assert first.samples_per_second == 10.0
    assert found[0].samples_per_second == 30.0
    assert {"data", "forward"} <= set(found[0].seconds)


def test_pauses_and_evaluations_count_for_nothing() -> None:
    clock = Clock()
    meters = Meters(CPU, now=clock)
    make_step(meters)
    clock.at += 1.0
    with meters.away():
        clock.at += 50.0
    (told,) = meters.told(1)
    assert told.samples_per_second == 10.0
    assert sum(told.seconds.values()) < 1.0


def test_without_a_step_there_is_nothing_to_tell() -> None:
    assert list(Meters(CPU).told(0, at_once=True)) == []
