"""Every model of the gallery has one written by hand beside it, with the same tensors in it, and
asks torch for the same computations: so it cannot be slower but by chance."""

from __future__ import annotations

import pytest
import torch

from graphcore.gallery import TEMPLATES
from tests.bench.operations import computing, operations
from tests.bench.published.pairs import PAIRS, both, made_equal, matched, outputs_of

FAMILIES = (
    *("resnet18", "resnet50", "se-resnet50", "vgg16-bn", "efficientnet-b0"),
    *("unet", "unet-bn", "impala", "resnet20-cifar", "plain20-cifar", "preact56-digits"),
    *("se-resnet20-digits", "rezero56-digits", "rezero56-cifar", "stochastic-depth56-digits"),
    *("densenet22-digits", "densenet40-cifar", "mlp-digits", "draw-your-own", "gpt-chars"),
    *("vit-digits", "bert-base", "encoder-pre-ln", "encoder-post-ln", "conformer"),
)
"""One of every family; the others are the same classes with other numbers in them."""

SMALL = ("resnet20-digits", "densenet22-digits", "rezero56-digits", "gpt-chars", "vit-digits")


def test_there_is_one_of_every_model() -> None:
    assert PAIRS.keys() == TEMPLATES.keys()


@pytest.mark.parametrize("name", PAIRS)
def test_it_has_the_same_tensors(name: str) -> None:
    with torch.device("meta"):
        ours, theirs = both(name)
    assert sorted(matched(ours, theirs).values()) == sorted(ours.state_dict())


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("name", FAMILIES)
def test_it_asks_for_the_same_computations(name: str, training: bool) -> None:
    with torch.device("meta"):
        (ours, theirs), inputs = both(name), PAIRS[name].inputs()
        asked = [operations(model, inputs, training=training) for model in (ours, theirs)]
    assert computing(asked[0]) == computing(asked[1])
    assert len(asked[0]) == len(asked[1])


@pytest.mark.parametrize("name", SMALL)
def test_with_the_same_numbers_it_gives_the_same(name: str) -> None:
    torch.manual_seed(0)
    (ours, theirs), inputs = both(name), PAIRS[name].inputs()
    made_equal(ours, theirs)
    found, wanted = (outputs_of(model.eval(), inputs) for model in (ours, theirs))
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)
