from __future__ import annotations

import math

import numpy as np
import pytest

from graphcore.diagram import Step
from graphcore.training.faults.divergence import Divergence, DivergenceWatch
from graphcore.training.measuring.step_file import Row

ROWS = tuple(Row(name, (Step(name, 0),), 1) for name in ("stem", "conv", "head"))
NAN, INF = math.nan, math.inf


def records(*lines: list[float]) -> np.ndarray:
    """Each line is a loss and the norms of the three rows."""
    return np.array([[loss, 0.5, 0.1, *norms] for loss, *norms in lines], dtype=np.float32)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([[1, 1, 1, 1], [1, 1, 1, 1]], None),
        ([[1, 1, 1, 1], [NAN, NAN, NAN, NAN]], Divergence(2, NAN, ROWS[0], 2)),
        ([[1, 1, INF, 1], [NAN, NAN, NAN, NAN]], Divergence(2, NAN, ROWS[1], 1)),
        ([[INF, 1, 1, 1]], Divergence(1, INF, None, 0)),
        # fp16: the first step is skipped, for its scale was too large, and does no harm.
        ([[1, INF, 1, 1], [1, 1, 1, 1], [1, 1, INF, 1], [NAN] * 4], Divergence(4, NAN, ROWS[1], 3)),
        ([[1, INF, 1, 1], [1, 1, 1, 1], [INF, 1, 1, 1]], Divergence(3, INF, None, 0)),
        ([[1, 1, 1, NAN], [1, 1, 1, 1]], None),
    ],
)
def test_the_first_layer_of_the_first_broken_step_is_found(
    lines: list[list[float]], found: Divergence | None
) -> None:
    together = DivergenceWatch(ROWS, [True] * 3).look(records(*lines))
    assert repr(together) == repr(found)  # NaN is not equal to itself
    one_by_one = DivergenceWatch(ROWS, [True] * 3)
    assert repr([one_by_one.look(records(line)) for line in lines][-1]) == repr(found)


def test_rows_without_a_gradient_are_not_blamed() -> None:
    watch = DivergenceWatch(ROWS, [False, True, True], step=10)
    found = watch.look(records([1, NAN, 1, 1], [INF, NAN, 1, INF]))
    assert found == Divergence(12, INF, ROWS[2], 12)


def test_the_message_says_what_where_and_how_to_mend_it() -> None:
    assert Divergence(1200, NAN, ROWS[1], 1199).message(0.5) == (
        "the loss is not a number at step 1,200; the first layer, from the input, whose gradient "
        "is not finite is 'conv', at step 1,199: choose a smaller learning rate than 0.5, or add "
        "normalisation"
    )
    assert Divergence(3, INF).message(1e-3) == (
        "the loss has become infinite at step 3: choose a smaller learning rate than 0.001, or add "
        "normalisation"
    )


def test_at_once_a_gradient_counts_as_much_as_a_loss_until_it_is_forgotten() -> None:
    watch = DivergenceWatch(ROWS, [True] * 3, at_once=True)
    found = watch.look(records([1, 1, INF, 1]))
    assert found == Divergence(1, 1.0, ROWS[1], 1)
    assert found.what == "a gradient is not finite"
    watch.forget()
    assert repr(watch.look(records([NAN, 1, 1, 1]))) == repr(Divergence(2, NAN, None, 0))
