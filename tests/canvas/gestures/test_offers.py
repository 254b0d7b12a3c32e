"""What the search offers, and in which order."""

from __future__ import annotations

import pytest

from app.canvas.gestures.offers import Offer, matching, offers
from graphcore.diagram import Diagram
from graphcore.layers import LAYERS
from graphcore.tensor_type import TensorType, symbol

IMAGE = TensorType((symbol("N"), 4, 8, 8))
FEATURES = TensorType((symbol("N"), 64))


def names(found: list[Offer]) -> list[str]:
    """Their kinds."""
    return [offer.kind for offer in found]


def test_every_layer_and_block_is_offered_but_the_one_it_stands_in(nested: Diagram) -> None:
    kinds = {offer.kind for offer in offers(nested, "Net")}
    assert kinds == {*LAYERS, "Residual"}
    assert "Residual" not in {offer.kind for offer in offers(nested, "Residual")}


def test_a_wire_in_hand_leaves_out_what_takes_none(nested: Diagram) -> None:
    kinds = {offer.kind for offer in offers(nested, "Net", needs_input=True)}
    assert "Input" not in kinds
    assert "Output" in kinds


@pytest.mark.parametrize(
    ("arriving", "fits", "does_not"),
    [(IMAGE, "Conv2d", "Conv3d"), (FEATURES, "Linear", "MaxPool2d")],
)
def test_what_refuses_the_type_says_why_and_is_not_listed(
    nested: Diagram, arriving: TensorType, fits: str, does_not: str
) -> None:
    found = offers(nested, "Net", arriving=arriving, needs_input=True)
    listed = names(matching(found, ""))
    assert fits in listed
    assert does_not not in listed
    assert next(offer.problem for offer in found if offer.kind == does_not)


def test_it_is_found_when_asked_for_by_name_behind_what_fits(nested: Diagram) -> None:
    found = matching(offers(nested, "Net", arriving=IMAGE, needs_input=True), "conv")
    assert names(found)[0] == "Conv2d"
    assert "Conv3d" in names(found)
    problems = [bool(offer.problem) for offer in found]
    assert problems == sorted(problems)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("relu", "ReLU"),
        ("bn", "BatchNorm2d"),
        ("batch", "BatchNorm2d"),
        ("concat", "Concat"),
        ("residual", "Residual"),
    ],
)
def test_the_first_is_what_is_meant(nested: Diagram, typed: str, first: str) -> None:
    assert names(matching(offers(nested, "Net"), typed))[0] == first


def test_nonsense_finds_nothing(nested: Diagram) -> None:
    assert matching(offers(nested, "Net"), "qqqq") == []
