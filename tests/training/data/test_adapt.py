"""One click lets a diagram suit its data, or is not offered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphcore import gallery
from graphcore.analysis import analyse
from graphcore.diagram import Diagram
from graphcore.training.data.adapt import adapted
from graphcore.training.data.datasets import data_info
from graphcore.training.data.match import demand_of, mismatch
from graphcore.training.recipe import Recipe
from tests.diagrams import block, diagram, node
from tests.training.nets import digits_net


def table_net(features: int = 4, classes: int = 3) -> Diagram:
    return diagram(
        block(
            node("x", "Input", shape=("N", features)),
            node("fc1", "Linear", out_features=8),
            node("relu", "ReLU"),
            node("fc2", "Linear", out_features=classes),
            node("output", "Output"),
        )
    )


def talker(kinds: int = 7) -> Diagram:
    return diagram(
        block(
            node("x", "Input", shape=("N", 16), dtype="int64"),
            node("embedding", "Embedding", num_embeddings=kinds, embedding_dim=8),
            node("head", "Linear", out_features=kinds),
            node("output", "Output"),
        )
    )


@pytest.mark.parametrize(
    ("network", "data"),
    [
        (digits_net(size=32), "digits"),
        (digits_net(classes=4), "digits"),
        (digits_net(), "shapes"),
        (table_net(), "wine"),
        (table_net(), "breast_cancer"),
        (table_net(), "diabetes"),
        (talker(), "topics"),
        (gallery.build("resnet20-digits", classes=3), "digits"),
        (gallery.build("unet-bn"), "shapes"),
        (gallery.build("unet-shapes", classes=2), "shapes"),
    ],
)
def test_input_and_output_are_set_as_the_data_want_them(network: Diagram, data: str) -> None:
    recipe = Recipe(data=data)
    found = adapted(network, recipe, data_info)
    if data == "shapes" and network.main == "Net":
        assert found is None  # an image of classes needs more than another number
        return
    assert found is not None
    analysis = analyse(found)
    assert analysis.ok
    assert mismatch(analysis, data_info(data, demand_of(analysis, recipe)), "auto") is None


def test_what_fits_needs_nothing() -> None:
    assert adapted(digits_net(), Recipe(), data_info) is None


def test_a_size_that_is_left_open_stays_open() -> None:
    network = diagram(
        block(
            node("x", "Input", shape=("N", 3, "H", "W")),
            node("conv", "Conv2d", out_channels=2, kernel_size=1),
            node("output", "Output"),
        )
    )
    found = adapted(network, Recipe(data="shapes"), data_info)
    assert found is not None
    # Shapes come with three channels as well, so only the number of classes changes.
    assert found.main_block.graph.nodes["x"].params["shape"] == ("N", 3, "H", "W")
    assert found.main_block.graph.nodes["conv"].params["out_channels"] == 4


def test_an_input_as_it_comes_from_the_palette_is_understood() -> None:
    # Nothing is written down of it: its shape is the default.
    network = diagram(
        block(
            node("x", "Input"),
            node("flatten", "Flatten"),
            node("fc", "Linear", out_features=3),
            node("output", "Output"),
        )
    )
    found = adapted(network, Recipe(data="digits"), data_info)
    assert found is not None
    assert found.main_block.graph.nodes["fc"].params["out_features"] == 10
    assert found.main_block.graph.nodes["x"].params["shape"] == ("N", 1, 8, 8)


def test_a_parameter_of_the_main_block_is_set_where_it_stands() -> None:
    found = adapted(gallery.build("resnet20-digits", classes=3), Recipe(), data_info)
    assert found is not None
    assert {p.name: p.default for p in found.main_block.params}["classes"] == 10
    assert (
        found.main_block.graph.nodes["fc"].params
        == gallery.build("resnet20-digits").main_block.graph.nodes["fc"].params
    )


def test_data_that_cannot_be_read_change_nothing(tmp_path: Path) -> None:
    recipe = Recipe(data=str(tmp_path / "none.npz"))
    assert adapted(digits_net(), recipe, data_info) is None


def test_values_of_several_columns(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.zeros((9, 6)), y=np.zeros((9, 5)))
    found = adapted(table_net(), Recipe(data=str(tmp_path / "d.npz")), data_info)
    assert found is not None
    assert found.main_block.graph.nodes["fc2"].params["out_features"] == 5
