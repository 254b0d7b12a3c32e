"""What the models of sequences promise beyond the published numbers: any batch, any length, a
past that does not see the future, options that are arguments of the exported class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from graphcore.gallery import build
from graphcore.module import to_module

SMALL: Mapping[str, dict[str, Any]] = {
    "gpt2": {"depth": 2, "width": 16, "heads": 2, "context": 32, "vocabulary": 11},
    "encoder-pre-ln": {"depth": 2, "width": 16, "heads": 2, "hidden": 24},
    "encoder-post-ln": {"depth": 2, "width": 16, "heads": 2, "hidden": 24},
    "conformer": {"depth": 2, "width": 16, "heads": 2, "hidden": 24, "kernel": 5},
    "bert-base": {
        "depth": 2,
        "width": 16,
        "heads": 2,
        "hidden": 24,
        "context": 32,
        "vocabulary": 11,
    },
}
"""Options that make each model small."""

CAUSAL = ("gpt2",)


def small(name: str) -> nn.Module:
    torch.manual_seed(3)
    return to_module(build(name, **SMALL[name])).double().eval()


def sample(name: str, batch: int, length: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(batch * 100 + length)
    if "vocabulary" not in SMALL[name]:
        return (torch.randn(batch, length, 16, generator=generator, dtype=torch.float64),)
    tokens = torch.randint(11, (batch, length), generator=generator)
    return (tokens, tokens % 2) if name == "bert-base" else (tokens,)


def run(model: nn.Module, *inputs: Tensor) -> Tensor:
    """The first output."""
    y = model(*inputs)
    first: Tensor = y[0] if isinstance(y, tuple) else y
    return first


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(("batch", "length"), [(1, 1), (3, 7), (5, 32)])
def test_it_is_right_at_other_sizes_than_the_example(name: str, batch: int, length: int) -> None:
    """Every sample alone gives what it gives in a batch."""
    model, x = small(name), sample(name, batch, length)
    together = run(model, *x)
    assert together.shape[:2] == (batch, length)
    for place, alone in enumerate(together):
        one = (each[place : place + 1] for each in x)
        torch.testing.assert_close(run(model, *one)[0], alone)


@pytest.mark.parametrize("name", CAUSAL)
def test_no_place_sees_what_comes_later(name: str) -> None:
    model, (x,) = small(name), sample(name, 2, 20)
    whole = model(x)
    for length in (1, 5, 19):
        torch.testing.assert_close(model(x[:, :length]), whole[:, :length])


@pytest.mark.parametrize("name", SMALL)
def test_the_options_are_arguments_of_the_exported_class(name: str) -> None:
    """The class exported with the usual sizes is right at others."""
    options = SMALL[name]
    chosen = to_module(build(name, **options))
    with torch.device("meta"):
        usual = type(to_module(build(name)))
    exported = usual(**options)
    assert list(exported.state_dict()) == list(chosen.state_dict())
    exported.load_state_dict(chosen.state_dict())
    x = sample(name, 2, 9)
    chosen, exported = chosen.double(), exported.double()
    assert torch.equal(run(exported.eval(), *x), run(chosen.eval(), *x))


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("training", [False, True])
def test_the_encoder_is_that_of_torch(norm_first: bool, training: bool) -> None:
    """The names are the same; in training with all that drops values at rest."""
    name = "encoder-pre-ln" if norm_first else "encoder-post-ln"
    ours = to_module(build(name, **SMALL[name], dropout=0.0)).double()
    layer = nn.TransformerEncoderLayer(16, 2, 24, 0.0, batch_first=True, norm_first=norm_first)
    norm = nn.LayerNorm(16) if norm_first else None
    torchs = nn.TransformerEncoder(layer, 2, norm, enable_nested_tensor=False).double()
    torchs.load_state_dict(ours.state_dict())
    (x,) = sample(name, 3, 7)
    ours.train(training)
    torchs.train(training)
    y = torchs(x)
    torch.testing.assert_close(ours(x), y, rtol=1e-8, atol=1e-12)
    y.square().sum().backward()
    ours(x).square().sum().backward()
    wanted = dict(torchs.named_parameters())
    for key, weight in ours.named_parameters():
        torch.testing.assert_close(weight.grad, wanted[key].grad, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", ["vit-b-16", "vit-digits"])
def test_a_vision_transformer_reads_each_image_alone(name: str) -> None:
    options = {"image_size": 12, "patch_size": 4, "width": 16, "depth": 2, "heads": 2, "hidden": 24}
    model = to_module(build(name, **options, classes=5)).double().eval()
    channels = 1 if name == "vit-digits" else 3
    x = torch.randn(3, channels, 12, 12, dtype=torch.float64)
    y = model(x)
    assert y.shape == (3, 5)
    for one, alone in zip(x, y, strict=True):
        torch.testing.assert_close(model(one[None])[0], alone)


def test_the_head_of_gpt2_is_its_embedding() -> None:
    model: Any = small("gpt2")
    assert model.lm_head.weight is model.transformer.wte.weight
