"""How far training is, in words."""

from __future__ import annotations

import pytest

from app.runs.progress import duration, ending_of, progress_of
from graphcore.training.events import Finished, Started, StepDone

STARTED = Started("run", "cpu", 1, 8, 160, 1000, "Net")


def at(step: int, seconds_left: float) -> StepDone:
    return StepDone(step, (step - 1) // 20, 1.0, 0.5, 0.1, 1000.0, seconds_left)


def test_before_the_first_step_it_starts() -> None:
    assert progress_of([(None, None, 0)]) == ("starting", 0.0)
    assert progress_of([(STARTED, None, 0)]) == ("starting", 0.0)


def test_epoch_remaining_time_and_share() -> None:
    assert progress_of([(STARTED, at(121, 2.2), 121)]) == ("epoch 7 of 8 · 2 s left", 121 / 160)


def test_of_a_pair_the_slower_counts() -> None:
    text, share = progress_of([(STARTED, at(160, 0), 160), (STARTED, at(40, 6.0), 40)])
    assert text == "epoch 2 of 8 · 6 s left"
    assert share == 200 / 320


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (59.4, "59 s"), (200, "3 min 20 s"), (18_720, "5 h 12 min"), (-1, "0 s")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


DONE = Finished(176, 16.6, 0.1, 0.98)
STOPPED = Finished(60, 5.0, 0.1, 0.98, stopped=True)


@pytest.mark.parametrize(
    ("finished", "steps", "words"),
    [
        ([DONE], 176, "trained 176 steps in 17 s"),
        ([DONE, Finished(176, 18.0, None, None)], 176, "trained 176 steps in 18 s"),
        ([STOPPED], 60, "stopped at step 60"),
        ([DONE, None], 176, "stopped at step 176"),
    ],
)
def test_the_last_words(finished: list[Finished | None], steps: int, words: str) -> None:
    assert ending_of(finished, steps) == (words, 1.0)
