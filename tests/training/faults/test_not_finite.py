"""The first value of a run that is not finite, and the block that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from graphcore.diagram import Block, Definition, Diagram, Node, Step
from graphcore.training.data.datasets import load_arrays
from graphcore.training.events import Failed, TrainingEvent
from graphcore.training.faults.not_finite import gradients_are_finite
from graphcore.training.fit import fit
from graphcore.training.recipe import Recipe
from tests.diagrams import block, chain, diagram, image, node, wire

RECIPE = Recipe(steps=30, batch_size=50, schedule="constant", learning_rate=0.01, edges_every=3)


def net(*nodes: Node, **blocks: Block) -> Diagram:
    """The digits through ``nodes`` into a head of ten scores."""
    return diagram(
        block(
            image(1),
            node("stem", "Conv2d", out_channels=2, kernel_size=3, padding=1, bias=False),
            *nodes,
            node("flatten", "Flatten"),
            node("head", "Linear", out_features=10),
            node("output", "Output"),
        ),
        **blocks,
    )


def with_skip(*nodes: Node, source: str, target: str) -> Diagram:
    plain = net(*nodes)
    main = plain.main_block
    edge = wire(source, target, "skip", "short")
    graph = replace(main.graph, edges={**main.graph.edges, edge.id: edge})
    return replace(plain, blocks={"Net": replace(main, graph=graph)})


def squared() -> Diagram:
    """A product, which is no module, of what is large already."""
    nodes = (
        image(1),
        node("large", "Gain", init=1e25),
        node("larger", "Gain", init=1e5),
        node("product", "Multiply"),
        node("flatten", "Flatten"),
        node("head", "Linear", out_features=10),
        node("output", "Output"),
    )
    x, large, larger, product, *rest = nodes
    edges = [*chain(x, large, larger, product), wire("large", "product")]
    return diagram(block(*nodes, edges=[*edges, *chain(product, *rest)]))


def extreme() -> Diagram:
    """Scores that differ by more than float32 holds."""
    return diagram(
        block(
            image(1),
            node("flatten", "Flatten"),
            node("head", "Linear", out_features=10),
            node("bounds", "Tanh"),
            node("large", "Gain", init=3.3e38),
            node("output", "Output"),
        )
    )


def growing() -> Block:
    return block(
        node("x", "Input"),
        node("inner", "Gain", init=1e12),
        node("output", "Output"),
    )


def failure(network: Diagram, recipe: Recipe = RECIPE, **more: Any) -> Failed:
    *_, last = fit(network, replace(recipe, **more), threads=1)
    assert isinstance(last, Failed), last
    return last


CASES: Mapping[str, tuple[Diagram, dict[str, Any], str, tuple[Step, ...], Definition]] = {
    "a layer gets what it has no result for": (
        net(node("root", "LPPool2d", norm_type=3.0, kernel_size=2)),
        {},
        "the loss is not a number at step 1: the first block whose output is not finite is 'root'. "
        "Its input is finite and not large",
        (Step("root", 0),),
        Definition("Net", "root"),
    ),
    "a layer's output grows too large": (
        net(node("one", "Gain", init=1e20), node("two", "Gain", init=1e20)),
        {},
        "the first block whose output is not finite is 'two'; its input has grown to ",
        (Step("two", 0),),
        Definition("Net", "two"),
    ),
    "in a copy of a repeated block": (
        net(node("stage", "Growing", repeat=6), Growing=growing()),
        {},
        "the first block whose output is not finite is 'stage.3.inner'",
        (Step("stage", 3), Step("inner", 0)),
        Definition("Growing", "inner"),
    ),
    "a sum at a join": (
        with_skip(
            node("share", "Sigmoid"),
            node("one", "Gain", init=3.3e38),
            node("two", "Identity"),
            node("three", "ReLU"),
            source="one",
            target="three",
        ),
        {},
        "the first value that is not finite is what is joined at 'three'",
        (Step("three", 0),),
        Definition("Net", "three"),
    ),
    "an operation without a module": (
        squared(),
        {},
        "the first block whose output is not finite is 'product'",
        (Step("product", 0),),
        Definition("Net", "product"),
    ),
    "the loss of outputs that are": (
        extreme(),
        {},
        "the loss has become infinite at step 1: every block's output is finite, and the loss of "
        "the last one is not, for it is too large",
        (Step("output", 0),),
        Definition("Net", "output"),
    ),
    "only a gradient is not": (
        net(
            *(node(f"down{i}", "Gain", init=1e-12) for i in range(3)),
            *(node(f"up{i}", "Gain", init=1e14) for i in range(3)),
        ),
        {},
        "a gradient is not finite at step 1: every block's output is finite, and so is the loss, "
        "but the gradient is not, on its way back through 'up0'",
        (Step("up0", 0),),
        Definition("Net", "up0"),
    ),
    "the rate threw the weights out": (
        net(node("large", "Gain", init=1e4)),
        {"learning_rate": 1e38},
        "the loss is not a number at step 2: the weights of 'stem' are not finite any more",
        (Step("stem", 0),),
        Definition("Net", "stem"),
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("edges_every", [0, 1])
def test_it_is_found(name: str, edges_every: int) -> None:
    network, more, words, instance, definition = CASES[name]
    failed = failure(network, edges_every=edges_every, **more)
    assert words in failed.message
    assert (failed.instance, failed.definition) == (instance, definition)


def save(path: Path, x: np.ndarray) -> str:
    np.savez(path, x=x, y=np.arange(len(x)) % 10)
    return str(path)


def test_the_data_are_looked_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a reader let through what is no number."""

    def broken(*asked: Any) -> Any:
        arrays = load_arrays(*asked)
        arrays[0][7] = np.inf
        return arrays

    monkeypatch.setattr("graphcore.training.assembly.load_arrays", broken)
    x = np.random.default_rng(0).normal(size=(100, 1, 8, 8))
    failed = failure(net(), data=save(tmp_path / "data.npz", x), normalise="none")
    assert "the samples of its minibatch hold values that are not finite" in failed.message
    assert failed.instance == (Step("x", 0),)


def test_a_norm_that_overflows_of_a_gradient_that_does_not_ends_no_run() -> None:
    """Squares of 1e25 leave float32; Adam follows such gradients all the same."""
    network = net(node("down", "Gain", init=1e-25), node("up", "Gain", init=1e25))
    told: list[TrainingEvent] = list(
        fit(network, replace(RECIPE, optimizer="adam", steps=3), threads=1)
    )
    assert not isinstance(told[-1], Failed)


def test_the_random_state_is_that_of_the_step() -> None:
    """Dropout lets the large value pass in some steps only: the step is made as it was."""
    network = net(
        node("drop", "Dropout", p=0.999),
        node("one", "Gain", init=1e35),
        node("two", "Gain", init=1e3),
    )
    failed = failure(network, batch_size=1, learning_rate=0.0, weight_decay=0.0)
    assert "the first block whose output is not finite is 'two'" in failed.message
    assert "at step 1:" not in failed.message


def test_in_parts_the_part_that_fails_is_found() -> None:
    network, _, words, *_ = CASES["a layer's output grows too large"]
    assert words in failure(network, accumulation=5).message


def test_gradients_are_finite_however_large() -> None:
    module = nn.Linear(3, 1)
    assert gradients_are_finite(module)
    module(torch.full((1, 3), 1e30)).sum().backward()
    assert gradients_are_finite(module)
    assert module.weight.grad is not None
    module.weight.grad[0, 1] = torch.nan
    assert not gradients_are_finite(module)


def test_no_memory_to_look_for_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known is told, and the run has not failed by a fault of the program."""

    def no_room(*anything: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9e9")

    monkeypatch.setattr("graphcore.training.faults.not_finite.is_finite", no_room)
    failed = failure(net(node("one", "Gain", init=1e20), node("two", "Gain", init=1e20)))
    assert failed.message.startswith("the loss is not a number at step 1")
    assert failed.message.endswith(
        "(there was not enough memory to look for the first block that is not finite)"
    )
    assert not failed.resumable
