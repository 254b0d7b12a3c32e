from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, AdamW

from graphcore.spec import ChoiceParam
from graphcore.training.data import Samples
from graphcore.training.learner import OPTIMIZERS, Learner
from graphcore.training.losses import Objective
from graphcore.training.recipe import RECIPE, Recipe


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 4))


X = torch.randn(12, 3, generator=torch.Generator().manual_seed(1))
Y = torch.arange(12) % 4


@pytest.mark.parametrize(
    ("name", "optimizer", "options"),
    [
        ("sgd", SGD, {"momentum": 0.9, "weight_decay": 0.01}),
        ("adam", Adam, {"weight_decay": 0.01}),
        ("adamw", AdamW, {"weight_decay": 0.01}),
    ],
)
def test_steps_are_those_of_torch(name: str, optimizer: Any, options: dict[str, float]) -> None:
    ours, theirs = net(), net()
    learner = Learner(ours, Recipe(optimizer=name, weight_decay=0.01), Objective(classes=4))
    plain = optimizer(theirs.parameters(), lr=0.1, **options)
    for rate, momentum in ((0.1, 0.9), (0.05, 0.8), (0.025, 0.95)):
        torch.manual_seed(2)
        learner.backward(X, Y)
        learner.update(rate, momentum)
        torch.manual_seed(2)
        plain.zero_grad()
        F.cross_entropy(theirs(X), Y).backward()
        plain.param_groups[0] |= {"lr": rate} | ({"momentum": momentum} if name == "sgd" else {})
        plain.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other)


def test_every_optimizer_of_the_recipe_is_there() -> None:
    param = next(param for param in RECIPE if param.name == "optimizer")
    assert isinstance(param, ChoiceParam)
    assert set(param.choices) == set(OPTIMIZERS)


def test_loss_and_accuracy_of_a_minibatch() -> None:
    model = net()
    model.eval()
    learner = Learner(model, Recipe(), Objective(classes=4))
    loss, accuracy = learner.backward(X, Y)
    assert loss.item() == pytest.approx(F.cross_entropy(model(X), Y).item())
    assert accuracy is not None
    assert accuracy.item() == pytest.approx((model(X).argmax(1) == Y).float().mean().item())


@pytest.mark.parametrize("batch_size", [1, 5, 12, 100])
def test_an_evaluation_is_over_all_samples_whatever_the_batch(batch_size: int) -> None:
    model = net()
    learner = Learner(model, Recipe(), Objective(classes=4))
    model.train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    metrics = learner.evaluate(Samples(X, Y), batch_size)
    loss, accuracy = metrics.loss, metrics.accuracy
    assert model.training
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    model.eval()
    assert loss == pytest.approx(F.cross_entropy(model(X), Y).item(), rel=1e-6)
    assert accuracy == pytest.approx((model(X).argmax(1) == Y).double().mean().item())


def test_values_have_no_accuracy() -> None:
    model = nn.Linear(3, 1)
    learner = Learner(model, Recipe(loss="mse"), Objective("mse", None))
    target = torch.ones(12)
    assert learner.backward(X, target)[1] is None
    assert learner.evaluate(Samples(X, target), 4).accuracy is None


def test_a_network_without_parameters_cannot_learn() -> None:
    with pytest.raises(ValueError, match="nothing to train"):
        Learner(nn.ReLU(), Recipe(), Objective(classes=4))
