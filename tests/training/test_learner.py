from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphcore.training.data.minibatches import Samples
from graphcore.training.learner import Learner
from graphcore.training.losses import Objective
from graphcore.training.precision import placed
from graphcore.training.recipe import Recipe


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 4))


X = torch.randn(12, 3, generator=torch.Generator().manual_seed(1))
Y = torch.arange(12) % 4


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


def small() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4))


@pytest.mark.parametrize("parts", [2, 3, 5, 12, 40])
def test_a_minibatch_in_parts_gives_the_gradients_of_the_whole(parts: int) -> None:
    whole, parted = small().double(), small().double()
    told = []
    for module, count in ((whole, 1), (parted, parts)):
        learner = Learner(module, Recipe(accumulation=count), Objective(classes=4))
        loss, accuracy = learner.backward(X.double(), Y)
        assert accuracy is not None
        told.append((loss.item(), accuracy.item()))
    assert told[0] == pytest.approx(told[1], rel=1e-6)
    for one, other in zip(whole.parameters(), parted.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("scaled", [False, True])
def test_the_gradients_to_be_shown_are_neither_scaled_nor_clipped(parts: int, scaled: bool) -> None:
    """They are those of the loss, though it is scaled by 65536 and the step cut to a thousandth."""
    grads = []
    for recipe in (Recipe(), Recipe(clip_norm=1e-3, accumulation=parts)):
        module = small()
        learner = Learner(module, recipe, Objective(classes=4))
        learner.optimizer.scaler = torch.amp.GradScaler("cpu") if scaled else None
        learner.backward(X, Y)
        grads.append([p.grad.clone() for p in module.parameters() if p.grad is not None])
        learner.update(0.1, 0.9)
    torch.testing.assert_close(grads[0], grads[1])
    assert len(grads[0]) == 4


@pytest.mark.parametrize("scaled", [False, True])
def test_clipping_shortens_the_step(scaled: bool) -> None:
    def way(clip: float | None) -> float:
        module = small()
        before = nn.utils.parameters_to_vector(module.parameters()).detach().clone()
        learner = Learner(module, Recipe(clip_norm=clip, weight_decay=0.0), Objective(classes=4))
        learner.optimizer.scaler = torch.amp.GradScaler("cpu") if scaled else None
        learner.backward(X, Y)
        learner.update(1.0, 0.0)
        after = nn.utils.parameters_to_vector(module.parameters()).detach()
        return float((after - before).norm())

    assert way(None) > 0.1
    assert way(0.01) == pytest.approx(0.01, rel=1e-3)
    assert way(1e6) == pytest.approx(way(None))


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_half_precision_computes_with_fewer_bits_and_keeps_whole_weights(precision: str) -> None:
    module = small()
    seen: list[torch.dtype] = []
    module.register_forward_hook(lambda _, __, output: seen.append(output.dtype))
    learner = Learner(module, Recipe(precision=precision), Objective(classes=4))
    loss, _ = learner.backward(X, Y)
    learner.update(0.1, 0.9)
    metrics = learner.evaluate(Samples(X, Y), 5)
    assert set(seen) == {torch.bfloat16 if precision == "bf16" else torch.float32}
    assert loss.dtype == torch.float32
    assert {p.dtype for p in module.parameters()} == {torch.float32}
    assert metrics.loss == pytest.approx(loss.item(), rel=0.5)


def test_channels_last_changes_the_place_in_memory_and_no_number() -> None:
    losses = []
    for last in (False, True):
        torch.manual_seed(0)
        module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        recipe = Recipe(channels_last=last)
        seen: list[Tensor] = []
        module.register_forward_pre_hook(lambda _, args, seen=seen: seen.append(args[0]))
        learner = Learner(placed(module, recipe), recipe, Objective(classes=8))
        x = torch.randn(4, 3, 6, 6, generator=torch.Generator().manual_seed(2))
        losses.append(learner.backward(x, torch.arange(4))[0].item())
        for tensor in (seen[0], module[0].weight):
            assert isinstance(tensor, Tensor)
            assert tensor.is_contiguous(memory_format=torch.channels_last) is last
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
