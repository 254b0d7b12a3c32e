"""Losses and metrics; torch, or a few lines of numpy, are the oracle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from graphcore.spec import ChoiceParam
from graphcore.training.data.arrays import DataInfo
from graphcore.training.loss_kinds import LOSS_KINDS, chosen_loss, unfit
from graphcore.training.losses import LOSSES, Metrics, Objective, objective_for
from graphcore.training.recipe import RECIPE, Recipe

CPU = torch.device("cpu")


def info(classes: int | None = 3, target: tuple[int, ...] = (), **more: Any) -> DataInfo:
    return DataInfo("data", "Data", (4,), target, classes, 80, 20, **more)


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def test_every_loss_of_the_recipe_is_there() -> None:
    param = next(param for param in RECIPE if param.name == "loss")
    assert isinstance(param, ChoiceParam)
    assert set(param.choices) == {"auto", *LOSSES}
    assert set(LOSSES) == set(LOSS_KINDS)


@pytest.mark.parametrize(
    ("data", "loss"), [(info(), "cross_entropy"), (info(None), "mse"), (info(None, (3,)), "mse")]
)
def test_auto_follows_the_data(data: DataInfo, loss: str) -> None:
    assert chosen_loss("auto", data) == loss
    assert chosen_loss("huber", data) == "huber"
    assert objective_for(Recipe(), data).loss == loss


@pytest.mark.parametrize(
    ("loss", "data", "said"),
    [
        ("cross_entropy", info(None), "has values to be met, and cross-entropy wants classes"),
        ("mse", info(96, (8,), classes_last=True), "has tokens to be told apart"),
        ("bce", info(96, (8,), classes_last=True), "choose the loss auto or cross_entropy"),
        ("mse", info(), ""),
        ("bce", info(None), ""),
        ("auto", info(96, (8,), classes_last=True), ""),
    ],
)
def test_a_loss_that_the_data_does_not_have_is_refused(
    loss: str, data: DataInfo, said: str
) -> None:
    found = unfit(loss, data)
    assert (said in found) if said else found == ""


CLASSES = torch.tensor([0, 2, 1, 2])
PIXELS = torch.arange(4 * 5 * 5).reshape(4, 5, 5) % 3


@pytest.mark.parametrize(
    ("objective", "output", "target", "expected"),
    [
        (Objective(classes=3), drawn(4, 3), CLASSES, lambda o, t: F.cross_entropy(o, t)),
        (
            Objective(classes=3, smoothing=0.1),
            drawn(4, 3),
            CLASSES,
            lambda o, t: F.cross_entropy(o, t, label_smoothing=0.1),
        ),
        (Objective(classes=3), drawn(4, 3, 5, 5), PIXELS, lambda o, t: F.cross_entropy(o, t)),
        (
            Objective(classes=3, axis=-1, tokens=True),
            drawn(4, 5, 3),
            PIXELS[:, 0],
            lambda o, t: F.cross_entropy(o.reshape(-1, 3), t.reshape(-1)),
        ),
        (Objective("l1", None), drawn(4, 1), drawn(4), lambda o, t: (o[:, 0] - t).abs().mean()),
        (Objective("huber", None), drawn(4, 2), drawn(4, 2), lambda o, t: F.huber_loss(o, t)),
        (
            Objective("bce", 3),
            drawn(4, 3),
            CLASSES,
            lambda o, t: F.binary_cross_entropy_with_logits(o, F.one_hot(t, 3).float()),
        ),
        (
            Objective("bce", 2),
            drawn(4, 1),
            CLASSES % 2,
            lambda o, t: F.binary_cross_entropy_with_logits(o[:, 0], t.float()),
        ),
        (
            Objective("bce", 2, smoothing=0.2),
            drawn(4),
            CLASSES % 2,
            lambda o, t: F.binary_cross_entropy_with_logits(o, t * 0.8 + 0.1),
        ),
    ],
    ids=["classes", "smoothed", "pixels", "tokens", "l1", "huber", "bce", "yes or no", "bce row"],
)
def test_a_loss_is_that_of_torch(
    objective: Objective, output: Tensor, target: Tensor, expected: Any
) -> None:
    assert objective.value(output, target).item() == pytest.approx(
        expected(output, target).item(), rel=1e-6
    )


@pytest.mark.parametrize(
    ("output", "target", "expected"),
    [
        (torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.tensor([0, 1]), 0.25),
        (torch.tensor([[1.0], [3.0]]), torch.tensor([1.0, 1.0]), 2.0),
        (torch.tensor([1.0, 3.0]), torch.tensor([1.0, 1.0]), 2.0),
        (torch.ones(2, 3, 4, 4), torch.zeros(2, 3, 4, 4), 1.0),
        (torch.zeros(2, 3, 4, 4), torch.ones(2, 4, 4, dtype=torch.int64), 1 / 3),
    ],
    ids=["classes", "column", "values", "images", "pixels"],
)
def test_squared_error_meets_values_and_one_hot_classes(
    output: Tensor, target: Tensor, expected: float
) -> None:
    assert Objective("mse").value(output, target).item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("objective", "output", "target", "accuracy"),
    [
        (Objective(classes=3), torch.eye(3), torch.tensor([0, 1, 1]), 2 / 3),
        (
            Objective(classes=3, axis=-1, tokens=True),
            torch.eye(3).expand(2, 3, 3),
            torch.tensor([[0, 1, 2], [0, 0, 0]]),
            4 / 6,
        ),
        (Objective("bce", 2), torch.tensor([[2.0], [-1.0]]), torch.tensor([1, 1]), 0.5),
        (Objective("bce", 2), torch.tensor([2.0, -1.0]), torch.tensor([1, 0]), 1.0),
    ],
    ids=["classes", "tokens", "column", "row"],
)
def test_accuracy_is_the_share_of_what_is_predicted_right(
    objective: Objective, output: Tensor, target: Tensor, accuracy: float
) -> None:
    found = objective.accuracy(output, target)
    assert found is not None
    assert found.item() == pytest.approx(accuracy)


def gathered(objective: Objective, output: Tensor, target: Tensor, size: int) -> Metrics:
    metrics = Metrics(objective, CPU)
    for o, t in zip(output.split(size), target.split(size), strict=True):
        metrics.add(o, t)
    return metrics


@pytest.mark.parametrize("size", [1, 3, 8])
class TestMetricsOverAllSamples:
    def test_pixels_have_a_mean_intersection_over_union(self, size: int) -> None:
        output, target = drawn(8, 4, 6, 6), torch.arange(8 * 36).reshape(8, 6, 6) % 3
        found = gathered(Objective(classes=4), output, target, size)
        predicted = output.argmax(1)
        ious = [
            ((predicted == k) & (target == k)).sum() / ((predicted == k) | (target == k)).sum()
            for k in range(4)
        ]
        assert found.others()["mean_iou"] == pytest.approx(float(np.mean(ious)), rel=1e-6)
        assert found.accuracy == pytest.approx((predicted == target).double().mean().item())
        assert found.loss == pytest.approx(F.cross_entropy(output, target).item(), rel=1e-6)

    def test_tokens_have_bits_and_perplexity(self, size: int) -> None:
        output, target = drawn(8, 6, 5), torch.arange(48).reshape(8, 6) % 5
        found = gathered(Objective(classes=5, axis=-1, tokens=True), output, target, size)
        nats = F.cross_entropy(output.reshape(-1, 5), target.reshape(-1)).item()
        assert found.others() == pytest.approx(
            {"bits_per_token": nats / math.log(2), "perplexity": math.exp(nats)}, rel=1e-5
        )

    def test_values_have_their_error_and_the_variance_explained(self, size: int) -> None:
        output, target = drawn(8, 1), torch.linspace(-3, 5, 8)
        found = gathered(Objective("mse", None), output, target, size)
        missed = output[:, 0] - target
        r2 = 1 - missed.square().sum() / (target - target.mean()).square().sum()
        assert found.accuracy is None
        assert found.others() == pytest.approx(
            {"mean_absolute_error": missed.abs().mean().item(), "r2": r2.item()}, rel=1e-5
        )

    def test_plain_classes_have_none(self, size: int) -> None:
        assert (
            gathered(Objective(classes=3), drawn(8, 3), torch.zeros(8).long(), size).others() == {}
        )


def test_a_class_that_does_not_occur_does_not_count() -> None:
    output = torch.zeros(1, 3, 2, 2)
    output[:, 0] = 1
    metrics = gathered(Objective(classes=3), output, torch.zeros(1, 2, 2).long(), 1)
    assert metrics.others() == {"mean_iou": 1.0}


def test_constant_values_have_no_variance_to_explain() -> None:
    metrics = gathered(Objective("mse", None), drawn(4, 1), torch.ones(4), 2)
    assert set(metrics.others()) == {"mean_absolute_error"}
