from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from graphcore import gallery
from graphcore.analysis import analyse
from graphcore.diagram import Diagram
from graphcore.expression import Expr
from graphcore.module import to_module
from graphcore.spec import ChoiceParam
from graphcore.training.branch_ends import last_norms
from graphcore.training.initialisation import WEIGHTS, initialise
from graphcore.training.recipe import RECIPE, Recipe
from tests.diagrams import block, diagram, image, node, residual, wire


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 64)
        self.conv = nn.Conv2d(32, 64, 3)
        self.norm = nn.BatchNorm2d(64)
        self.fc = nn.Linear(256, 128)
        self.head = nn.Linear(64, 30)
        self.head.weight = self.embedding.weight


def made(name: str) -> tuple[Net, dict[str, torch.Tensor]]:
    torch.manual_seed(0)
    module = Net()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    initialise(module, Recipe(initialisation=name))
    return module, before


def test_every_initialisation_of_the_recipe_is_there() -> None:
    param = next(param for param in RECIPE if param.name == "initialisation")
    assert isinstance(param, ChoiceParam)
    assert set(param.choices) == set(WEIGHTS)


def test_torchs_own_is_left_alone() -> None:
    module, before = made("torch")
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


def test_he_keeps_the_variance_through_a_relu() -> None:
    module, _ = made("he")
    assert module.fc.weight.std().item() == pytest.approx(math.sqrt(2 / 256), rel=0.05)
    assert module.conv.weight.std().item() == pytest.approx(math.sqrt(2 / (32 * 9)), rel=0.05)


def test_glorot_weighs_both_sides() -> None:
    module, _ = made("glorot")
    bound = math.sqrt(6 / (256 + 128))
    assert module.fc.weight.abs().max().item() == pytest.approx(bound, rel=0.01)
    assert module.fc.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.05)


def test_orthogonal_rows_are_orthonormal() -> None:
    module, _ = made("orthogonal")
    torch.testing.assert_close(
        module.fc.weight @ module.fc.weight.T, torch.eye(128), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize("name", ["he", "glorot", "orthogonal"])
def test_biases_are_zero_norms_and_embeddings_as_they_were_and_ties_hold(name: str) -> None:
    module, before = made(name)
    for part in (module.conv, module.fc, module.head):
        assert part.bias is not None
        assert not part.bias.any()
    assert (module.norm.weight == 1).all()
    assert torch.equal(module.embedding.weight, before["embedding.weight"])
    assert module.head.weight is module.embedding.weight


def pre_activation() -> Diagram:
    """norm, relu, convolution: a branch that ends in no norm."""
    return diagram(
        block(
            image(4),
            node("norm", "BatchNorm2d"),
            node("relu", "ReLU"),
            node("conv", "Conv2d", out_channels=4, kernel_size=3, padding=1),
            node("add", "Identity"),
            node("output", "Output"),
            extra=(wire("x", "add", "skip", "shortcut"),),
        )
    )


def with_ending(*ending: str) -> Diagram:
    nodes = [node(f"end{i}", kind) for i, kind in enumerate(ending)]
    return diagram(
        block(
            image(4),
            node("conv", "Conv2d", out_channels=4, kernel_size=3, padding=1),
            *nodes,
            node("join", "ReLU"),
            node("output", "Output"),
            extra=(wire("x", "join", "skip", "shortcut"),),
        )
    )


def stages(active: bool | Expr = True) -> Diagram:
    main = block(image(4), node("stage", "Residual", repeat=2, width=4), node("output", "Output"))
    inner = residual()
    edges = {
        key: edge if edge.kind == "flow" else replace(edge, active=active)
        for key, edge in inner.graph.edges.items()
    }
    return diagram(main, Residual=replace(inner, graph=replace(inner.graph, edges=edges)))


@pytest.mark.parametrize(
    ("network", "ends"),
    [
        (stages(), ("stage.0.bn2", "stage.1.bn2")),
        (stages(active=False), ()),
        (with_ending("BatchNorm2d"), ("end0",)),
        (with_ending("BatchNorm2d", "Dropout"), ("end0",)),
        (with_ending("BatchNorm2d", "ReLU"), ()),
        (with_ending("InstanceNorm2d"), ()),
        (pre_activation(), ()),
    ],
    ids=["copies", "no skip", "norm", "dropout", "relu", "no gains", "pre-activation"],
)
def test_the_last_norm_of_a_branch_is_found(network: Diagram, ends: tuple[str, ...]) -> None:
    assert analyse(network).ok
    assert last_norms(analyse(network)) == ends


def test_every_block_of_a_residual_network_begins_as_its_shortcut() -> None:
    network = gallery.build("resnet20-digits", width=4)
    ends = last_norms(analyse(network))
    assert len(ends) == 9
    module = to_module(network)
    initialise(module, Recipe(zero_branches=True), ends)
    x = torch.randn(2, 4, 8, 8).relu()
    assert torch.equal(module.get_submodule("stage1.0")(x), x)
