from __future__ import annotations

from graphcore.training.measuring.clock import Clock


def test_pauses_do_not_count() -> None:
    times = iter([0.0, 4.0, 104.0, 104.0, 104.0, 104.0])
    clock = Clock(10, now=lambda: next(times))
    clock.count(30)
    clock.count(30)
    with clock.stopped():
        pass  # from 4 to 104
    assert clock.seconds == 4.0
    assert clock.samples_per_second == 15.0
    assert clock.seconds_left == 16.0


def test_before_the_first_step_nothing_is_promised() -> None:
    clock = Clock(10, now=lambda: 0.0)
    assert (clock.samples_per_second, clock.seconds_left) == (0.0, 0.0)
