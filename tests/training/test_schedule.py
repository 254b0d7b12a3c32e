from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
)

from graphcore.spec import ChoiceParam
from graphcore.training.recipe import RECIPE
from graphcore.training.schedule import SHAPES, learning_rate, momentum

ORACLES: dict[str, Callable[[Optimizer, int], LRScheduler]] = {
    "cosine": lambda optimizer, total: CosineAnnealingLR(optimizer, total),
    "one_cycle": lambda optimizer, total: OneCycleLR(
        optimizer, 0.1, total_steps=total, cycle_momentum=False
    ),
    "step": lambda optimizer, total: MultiStepLR(optimizer, [total // 2, 3 * total // 4]),
}


@pytest.mark.parametrize("total", [7, 100, 176])
@pytest.mark.parametrize("name", ORACLES)
def test_a_schedule_is_that_of_torch(name: str, total: int) -> None:
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = ORACLES[name](optimizer, total)
    expected = []
    for _ in range(total):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert [learning_rate(name, 0.1, step, total) for step in range(total)] == pytest.approx(
        expected, rel=1e-6, abs=1e-12
    )


def test_every_schedule_of_the_recipe_is_there() -> None:
    param = next(param for param in RECIPE if param.name == "schedule")
    assert isinstance(param, ChoiceParam)
    assert set(SHAPES) == set(param.choices)


@pytest.mark.parametrize("total", [1, 2, 3])
@pytest.mark.parametrize("name", SHAPES)
def test_the_shortest_runs_have_a_rate_too(name: str, total: int) -> None:
    assert all(0 < learning_rate(name, 0.1, step, total) <= 0.1 for step in range(total))


@pytest.mark.parametrize("total", [7, 100, 176])
def test_one_cycle_takes_the_momentum_the_other_way_as_in_torch(total: int) -> None:
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    scheduler = OneCycleLR(optimizer, 0.1, total_steps=total)
    expected = []
    for _ in range(total):
        expected.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        scheduler.step()
    assert [momentum("one_cycle", 0.9, step, total) for step in range(total)] == pytest.approx(
        expected, rel=1e-6
    )


@pytest.mark.parametrize(
    ("schedule", "middle"), [("constant", 0.9), ("cosine", 0.9), ("step", 0.9), ("one_cycle", 0.0)]
)
def test_otherwise_the_momentum_stays(schedule: str, middle: float) -> None:
    assert {momentum(schedule, middle, step, 10) for step in range(10)} == {middle}


def test_a_momentum_stays_within_its_bounds() -> None:
    for middle in (0.01, 0.9999):
        assert all(0 <= momentum("one_cycle", middle, step, 10) < 1 for step in range(10))


@pytest.mark.parametrize("warm_up", [1, 5, 40])
@pytest.mark.parametrize("name", ["constant", "cosine", "step"])
def test_a_warm_up_goes_before_a_schedule_as_in_torch(name: str, warm_up: int) -> None:
    total = 100
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    oracles = {"constant": lambda optimizer, total: ConstantLR(optimizer, 1.0), **ORACLES}
    scheduler = SequentialLR(
        optimizer,
        [
            LinearLR(optimizer, 1 / (warm_up + 1), total_iters=warm_up),
            oracles[name](optimizer, total - warm_up),
        ],
        [warm_up],
    )
    expected = []
    for _ in range(total):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    rates = [learning_rate(name, 0.1, step, total, warm_up) for step in range(total)]
    assert rates == pytest.approx(expected, rel=1e-6, abs=1e-12)
