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
    assert torch.equal(run(exported.eval(), *x), run(chosen.eval(), *x))


def test_the_head_of_gpt2_is_its_embedding() -> None:
    model: Any = small("gpt2")
    assert model.lm_head.weight is model.transformer.wte.weight
