"""Every template opens without a problem, compiles, and is the model that people mean."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graphcore.analysis import analyse, leaves
from graphcore.codegen import to_source
from graphcore.gallery import TEMPLATES, build
from graphcore.module import to_module
from graphcore.spec import Refused
from graphcore.store import dumps, loads
from graphcore.training.recipe import resolve_recipe

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_opens_without_a_problem_and_in_order(name: str) -> None:
    diagram = build(name)
    assert analyse(diagram).diagnostics == ()
    assert loads(dumps(diagram)) == diagram
    for block in diagram.blocks.values():
        assert set(block.positions) == set(block.graph.nodes)
    resolve_recipe(diagram.recipe)
    source = to_source(diagram).text
    for command in (["format", "--diff"], ["check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "-"]
        done = subprocess.run(ruff, input=source, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", TEMPLATES)
def test_its_code_is_as_reviewed(name: str) -> None:
    """The golden files were read as a reviewer reads; to renew one, write ``to_source`` there."""
    assert to_source(build(name)).text == (GOLDEN / f"{name}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        # 19 convolutions, 19 norms and the linear layer of the CIFAR ResNet-20 with one channel
        # in, and two projections with norm: 269,722 - 288 + 2,752.
        ("resnet20-digits", 272_186),
        ("plain20-digits", 269_434),
        # 853,018 of the published CIFAR ResNet-56 without weights in its shortcuts.
        ("plain56-digits", 853_018 - 288),
        ("resnet56-digits", 853_018 - 288 + 2_752),
        ("mlp-digits", 64 * 64 + 64 + 64 * 64 + 64 + 64 * 10 + 10),
    ],
)
def test_parameter_counts(name: str, parameters: int) -> None:
    diagram = build(name)
    assert sum(leaf.parameters for leaf in leaves(analyse(diagram))) == parameters
    assert sum(p.numel() for p in to_module(diagram).parameters()) == parameters


@pytest.mark.parametrize(("depth", "blocks"), [(8, 1), (14, 2), (110, 18)])
def test_the_depth_is_a_parameter_of_the_diagram_and_of_the_code(depth: int, blocks: int) -> None:
    """The class exported at depth 20 is right at every other depth too."""
    changed = to_module(build("resnet20-digits", depth=depth, width=4))
    exported = type(to_module(build("resnet20-digits", width=4)))(depth=depth, width=4)
    assert list(exported.state_dict()) == list(changed.state_dict())
    assert sum("conv1" in name for name in changed.state_dict()) == 3 * blocks


def test_an_option_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused, match="no option 'height'; its options: classes, depth, width"):
        build("resnet20-digits", height=3)
    with pytest.raises(Refused, match="'depth' must be between 8 and 1202, not 3"):
        build("resnet20-digits", depth=3)
