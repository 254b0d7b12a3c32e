"""Data and diagram are compared before anything runs, and the message tells how to mend it."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore.analysis import analyse
from graphcore.diagram import Definition, Diagram
from graphcore.training.data.datasets import DataInfo, data_info
from graphcore.training.data.match import mismatch, multiplications
from tests.diagrams import block, chain, diagram, node, wire
from tests.training.nets import digits_net


def info(sample: tuple[int, ...] = (1, 8, 8), **more: Any) -> DataInfo:
    values: dict[str, Any] = {"target_shape": (), "classes": 10, "train": 80, "held_out": 20}
    return DataInfo("data.npz", "data.npz", sample, **(values | more))


def net(shape: tuple[int | str, ...], *layers: Any, dtype: str = "float32") -> Diagram:
    return diagram(
        block(
            node("x", "Input", shape=shape, dtype=dtype),
            *(node(f"layer{i}", kind, **params) for i, (kind, params) in enumerate(layers)),
            node("output", "Output"),
        )
    )


def pixels(channels: int) -> Diagram:
    """A network with scores for every pixel of an image of any size."""
    return net(("N", 1, "H", "W"), ("Conv2d", {"out_channels": channels, "kernel_size": 1}))


def line(features: int, shape: tuple[int | str, ...] = ("N", 4)) -> Diagram:
    return net(shape, ("Linear", {"out_features": features}))


def tokens(features: int, length: int | str = 8, kinds: int = 96) -> Diagram:
    """A network with scores for the token that follows each."""
    return net(
        ("N", length),
        ("Embedding", {"num_embeddings": kinds, "embedding_dim": 4}),
        ("Linear", {"out_features": features}),
        dtype="int64",
    )


TEXT = info((8,), target_shape=(8,), classes=96, whole=True, classes_last=True)

FITTING: dict[str, tuple[Diagram, DataInfo, str]] = {
    "digits": (digits_net(), data_info("digits"), "cross_entropy"),
    "one-hot": (digits_net(), data_info("digits"), "mse"),
    "more scores than classes": (digits_net(classes=12), info(), "cross_entropy"),
    "pixels": (pixels(10), info((1, 5, 7), target_shape=(5, 7)), "cross_entropy"),
    "values": (line(3), info((4,), classes=None, target_shape=(3,)), "mse"),
    "one value": (line(1), info((4,), classes=None), "mse"),
    "whole numbers as numbers": (line(10), info((4,), whole=True), "cross_entropy"),
    "tokens": (tokens(96), TEXT, "auto"),
    "tokens of any number": (tokens(100, "T"), TEXT, "cross_entropy"),
    "yes or no": (line(1), info((4,), classes=2), "bce"),
    "any length": (
        line(10, ("N", "L", 4)),
        info((9, 4), classes=None, target_shape=(9, 10)),
        "mse",
    ),
}


@pytest.mark.parametrize("name", FITTING)
def test_what_fits_is_accepted(name: str) -> None:
    network, data, loss = FITTING[name]
    assert analyse(network).ok
    assert mismatch(analyse(network), data, loss) is None


UNFITTING: list[tuple[Diagram, DataInfo, str, str, str]] = [
    (
        digits_net(size=32),
        data_info("digits"),
        "cross_entropy",
        "x",
        "the data Digits has 1×8×8 images and 10 classes; the diagram's input 'x' is 1×32×32: set "
        "the shape of 'x' to N×1×8×8, or choose other data",
    ),
    (
        digits_net(classes=5),
        data_info("digits"),
        "cross_entropy",
        "output",
        "the data Digits has 10 classes; the diagram's output 'output' has scores for 5: let it be "
        "N×10",
    ),
    (
        line(10),
        info((3,)),
        "cross_entropy",
        "x",
        "samples of 3 values and 10 classes; the",
    ),
    (line(10), info((4, 1)), "cross_entropy", "x", "4×1 samples and 10 classes"),
    (
        net(("N", "L", "L", 4), ("Linear", {"out_features": 10})),
        info((5, 6, 4)),
        "cross_entropy",
        "x",
        "the diagram's input 'x' is L×L×4",
    ),
    (
        pixels(10),
        info(),
        "cross_entropy",
        "output",
        "1×8×8 images and 10 classes; the diagram's output 'output' is N×10×H×W, wanted N×10: a "
        "score for every class",
    ),
    (
        pixels(10),
        info(target_shape=(4, 4)),
        "cross_entropy",
        "output",
        "10 classes for each of 4×4; the diagram's output 'output' is N×10×H×W, wanted N×10×4×4",
    ),
    (
        line(3),
        info((4,), classes=None, target_shape=(3,)),
        "cross_entropy",
        "output",
        "has values to be met, and cross-entropy wants classes: choose the loss auto or mse",
    ),
    (
        line(3),
        info((4,), classes=None, target_shape=(2,)),
        "mse",
        "output",
        "samples of 4 values with 2 values to be met; the diagram's output 'output' is N×3",
    ),
    (
        line(3),
        info((4,), classes=None),
        "mse",
        "output",
        "samples of 4 values with one values to be met; the diagram's output 'output' is N×3",
    ),
    (
        tokens(50),
        TEXT,
        "auto",
        "output",
        "has 96 classes; the diagram's output 'output' has scores for 50: let it be N×8×96",
    ),
    (
        tokens(96, 9),
        TEXT,
        "auto",
        "x",
        "the data data.npz has windows of 8 tokens of 96 kinds; the diagram's input 'x' is 9",
    ),
    (tokens(96), TEXT, "mse", "output", "has tokens to be told apart, and mean squared error is"),
    (line(1), info((4,), classes=3), "bce", "output", "has scores for 1: let it be N×3"),
    (
        net(("N", 4), dtype="int64"),
        info((4,)),
        "cross_entropy",
        "x",
        "takes whole numbers (int64), but the samples of the data data.npz are other numbers",
    ),
    (
        net(("N", 4), dtype="int64"),
        info((4,), whole=True, classes=4),
        "cross_entropy",
        "output",
        "is of type int64, through which no gradient flows",
    ),
]


@pytest.mark.parametrize(("network", "data", "loss", "item", "said"), UNFITTING)
def test_what_does_not_fit_is_told_with_the_node_to_look_at(
    network: Diagram, data: DataInfo, loss: str, item: str, said: str
) -> None:
    assert analyse(network).ok
    found = mismatch(analyse(network), data, loss)
    assert found is not None
    assert said in found.message
    assert found.at == Definition("Net", item)


def test_several_outputs_cannot_be_trained() -> None:
    nodes = [node("x", "Input"), node("output", "Output"), node("second", "Output")]
    network = diagram(block(*nodes, edges=[*chain(*nodes[:2]), wire("x", "second")]))
    found = mismatch(analyse(network), data_info("digits"), "cross_entropy")
    assert found is not None
    assert "one input and one output; this one has 1 and 2" in found.message


def test_the_work_of_a_step_is_that_of_its_whole_minibatch() -> None:
    assert multiplications(analyse(line(10)), info((4,)), batch_size=7) == 7 * 4 * 10
    assert multiplications(analyse(pixels(3)), info((1, 5, 6)), batch_size=2) == 2 * 5 * 6 * 3
