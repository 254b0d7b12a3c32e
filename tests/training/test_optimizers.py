"""Every optimizer against a loop written by hand; torch is the oracle."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import nn, optim
from torch.nn import functional as F

from graphcore.spec import ChoiceParam
from graphcore.training.learner import Learner
from graphcore.training.losses import Objective
from graphcore.training.optimizer_kinds import OPTIMIZER_KINDS
from graphcore.training.optimizers import OPTIMIZERS, Follower, inner_matrices
from graphcore.training.recipe import RECIPE, Recipe

X = torch.randn(12, 3, generator=torch.Generator().manual_seed(1))
Y = torch.arange(12) % 4
CPU = torch.device("cpu")
RATES = ((0.1, 0.9), (0.05, 0.8), (0.025, 0.95))
ORACLES: dict[str, tuple[Any, dict[str, Any]]] = {
    "sgd": (optim.SGD, {"momentum": 0.9}),
    "adam": (optim.Adam, {}),
    "adamw": (optim.AdamW, {}),
    "rmsprop": (optim.RMSprop, {"momentum": 0.9}),
    "adagrad": (optim.Adagrad, {}),
    "nadam": (optim.NAdam, {}),
    "radam": (optim.RAdam, {}),
    "adamax": (optim.Adamax, {}),
    "adadelta": (optim.Adadelta, {}),
}


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.LayerNorm(5), nn.Dropout(0.5), nn.Linear(5, 4))


def losses_of_ours(recipe: Recipe) -> tuple[list[float], nn.Module]:
    module = net()
    learner = Learner(module, recipe, Objective(classes=4))
    losses = []
    for rate, momentum in RATES:
        torch.manual_seed(2)
        losses.append(learner.backward(X, Y)[0].item())
        learner.update(rate, momentum)
    return losses, module


def losses_by_hand(module: nn.Module, *optimizers: Any) -> list[float]:
    losses = []
    for rate, momentum in RATES:
        torch.manual_seed(2)
        for one in optimizers:
            one.zero_grad()
        loss = F.cross_entropy(module(X), Y)
        loss.backward()
        losses.append(loss.item())
        for one in optimizers:
            for group in one.param_groups:
                group |= {"lr": rate} | ({"momentum": momentum} if "momentum" in group else {})
            one.step()
    return losses


@pytest.mark.parametrize("decay", [0.0, 0.01])
@pytest.mark.parametrize("name", ORACLES)
def test_losses_are_those_of_a_hand_written_loop(name: str, decay: float) -> None:
    losses, ours = losses_of_ours(Recipe(optimizer=name, weight_decay=decay))
    theirs = net()
    oracle, options = ORACLES[name]
    plain = oracle(theirs.parameters(), lr=0.1, weight_decay=decay, **options)
    assert losses == pytest.approx(losses_by_hand(theirs, plain), rel=1e-5)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other)


def test_nesterov_looks_ahead_as_in_torch() -> None:
    losses, _ = losses_of_ours(Recipe(nesterov=True, weight_decay=0.01))
    theirs = net()
    plain = optim.SGD(theirs.parameters(), 0.1, 0.9, weight_decay=0.01, nesterov=True)
    assert losses == pytest.approx(losses_by_hand(theirs, plain), rel=1e-5)


def test_biases_and_norms_may_be_left_out_of_the_decay() -> None:
    recipe = Recipe(optimizer="adamw", weight_decay=0.5, decay_biases=False)
    losses, ours = losses_of_ours(recipe)
    theirs = net()
    weights = [p for p in theirs.parameters() if p.dim() > 1]
    vectors = [p for p in theirs.parameters() if p.dim() == 1]
    plain = optim.AdamW(
        [{"params": weights, "weight_decay": 0.5}, {"params": vectors, "weight_decay": 0.0}]
    )
    assert losses == pytest.approx(losses_by_hand(theirs, plain), rel=1e-5)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other)


class Speaker(nn.Module):
    """Embedding, a hidden layer, and a head that is or is not the embedding's matrix."""

    def __init__(self, tied: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(4, 5)
        self.hidden = nn.Linear(5, 5)
        self.other = nn.Linear(5, 5)
        self.head = nn.Linear(5, 4, bias=False)
        if tied:
            self.head.weight = self.embedding.weight


class TestMuon:
    @pytest.mark.parametrize("tied", [False, True])
    def test_it_takes_the_matrices_between_embedding_and_head(self, tied: bool) -> None:
        module = Speaker(tied)
        inner = inner_matrices(module)
        assert id(module.hidden.weight) in inner
        outer = {id(module.embedding.weight), id(module.head.weight), id(module.hidden.bias)}
        assert not inner & outer

    def test_losses_are_those_of_muon_and_adamw_side_by_side(self) -> None:
        recipe = Recipe(optimizer="muon", nesterov=True, weight_decay=0.01)
        losses, ours = losses_of_ours(recipe)
        theirs = net()
        first = next(theirs.parameters())
        rest = [p for p in theirs.parameters() if p is not first]
        muon = optim.Muon([first], 0.1, 0.01, 0.9, nesterov=True, adjust_lr_fn="match_rms_adamw")
        plain = optim.AdamW(rest, 0.1, weight_decay=0.01)
        assert losses == pytest.approx(losses_by_hand(theirs, muon, plain), rel=1e-5)
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(mine, other)


def test_every_optimizer_of_the_recipe_is_there() -> None:
    param = next(param for param in RECIPE if param.name == "optimizer")
    assert isinstance(param, ChoiceParam)
    assert set(param.choices) == set(OPTIMIZERS) == set(OPTIMIZER_KINDS)
    assert set(ORACLES) == set(OPTIMIZERS) - {"muon"}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_takes_a_momentum_is_what_is_said_to(name: str) -> None:
    parts = Follower(net(), Recipe(optimizer=name), CPU).parts
    assert ("momentum" in parts[0].param_groups[0]) == OPTIMIZER_KINDS[name].momentum


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("scaled", [False, True])
def test_its_state_is_taken_up_bit_for_bit(name: str, scaled: bool) -> None:
    recipe = Recipe(optimizer=name, decay_biases=False, weight_decay=0.01)

    def follower(module: nn.Module) -> Follower:
        made = Follower(module, recipe, CPU)
        made.scaler = torch.amp.GradScaler("cpu", growth_interval=1) if scaled else None
        return made

    def step(module: nn.Module, one: Follower) -> None:
        torch.manual_seed(2)
        one.zero_grad()
        one.scaled(F.cross_entropy(module(X), Y)).backward()
        one.unscale()
        one.step(0.05, 0.9)

    first, second = net(), net()
    one = follower(first)
    step(first, one)
    other = follower(second)
    second.load_state_dict(first.state_dict())
    other.load_state_dict(deepcopy(one.state_dict()))
    for _ in range(2):
        step(first, one)
        step(second, other)
    assert all(
        torch.equal(mine, others)
        for mine, others in zip(first.parameters(), second.parameters(), strict=True)
    )


def test_a_network_without_parameters_cannot_learn() -> None:
    with pytest.raises(ValueError, match="nothing to train"):
        Follower(nn.ReLU(), Recipe(), CPU)
