"""The code is the model: what runs, what is exported and what the analysis says are one."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import nn

from graphcore.analysis import analyse, leaves
from graphcore.codegen import to_source
from graphcore.diagram import Definition, Diagram, Step
from graphcore.join import example
from graphcore.module import load_source, locate, to_module
from tests.diagrams import block, diagram, image, node, residual
from tests.valid_diagrams import valid_diagrams

SLOW = settings(max_examples=30, suppress_health_check=list(HealthCheck))


def imported(text: str, folder: Path) -> ModuleType:
    """The exported text as a module of its own, read from a file."""
    file = folder / "exported.py"
    file.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("exported", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def example_input(made: Diagram) -> torch.Tensor:
    kind = analyse(made).root.nodes["x"][0].outputs["y"]
    assert kind is not None
    x = torch.randn(example(kind, made.symbols), generator=torch.Generator().manual_seed(0))
    return x.requires_grad_()


@SLOW
@given(valid_diagrams())
def test_running_and_exported_module_are_bit_equal(
    tmp_path_factory: pytest.TempPathFactory, made: Diagram
) -> None:
    source = to_source(made)
    running = to_module(made)
    exported: nn.Module = getattr(
        imported(source.text, tmp_path_factory.mktemp("x")), source.class_name
    )()
    exported.load_state_dict(running.state_dict(), strict=True)
    x = example_input(made)
    outputs, gradients = [], []
    for module in (running, exported):
        torch.manual_seed(0)
        y = module(x)
        y.square().sum().backward()
        outputs.append(y)
        gradients.append([p.grad for p in module.parameters()])
    assert torch.equal(*outputs)
    for a, b in zip(*gradients, strict=True):
        assert (a is None and b is None) or torch.equal(a, b)


@SLOW
@given(valid_diagrams())
def test_the_analysis_tells_the_truth(made: Diagram) -> None:
    """Output shape and every weight, by name and in order, are what torch has."""
    analysis = analyse(made)
    module = to_module(made)
    y = module(example_input(made))
    output = analysis.root.outputs["output"]
    assert output is not None
    assert tuple(y.shape) == example(output, made.symbols)
    said = [
        (weight.below(leaf.module), weight.shape)
        for leaf in leaves(analysis)
        for weight in leaf.weights
    ]
    assert said == [(key, tuple(value.shape)) for key, value in module.state_dict().items()]


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(valid_diagrams())
def test_the_code_is_what_a_formatter_and_a_linter_would_leave_alone(made: Diagram) -> None:
    text = to_source(made).text
    for command in (["format", "--diff"], ["check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "-"]
        done = subprocess.run(ruff, input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr + text


def test_the_exported_file_runs_by_itself(tmp_path: Path) -> None:
    made = diagram(
        block(image(), node("res", "Residual", width=8), node("output", "Output")),
        Residual=residual(),
    )
    file = tmp_path / "net.py"
    file.write_text(to_source(made).text, encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout == "Net: 944 parameters\n"


def test_a_runtime_error_is_traced_to_the_copy_and_the_block() -> None:
    nodes = (image(), node("res", "Residual", width=4, repeat=3), node("output", "Output"))
    made = diagram(block(*nodes), Residual=residual())
    module = to_module(made)
    broken = module.get_submodule("res.1.bn2")
    assert isinstance(broken, nn.BatchNorm2d)
    broken.running_mean = torch.zeros(7)
    with pytest.raises(RuntimeError) as caught:
        module(example_input(made))
    instance, definition = locate(caught.value, module, made)
    assert instance == (Step("res", 1), Step("bn2", 0))
    assert definition == Definition("Residual", "bn2")


def test_a_wrong_input_is_traced_to_the_layer_that_refused_it() -> None:
    made = diagram(block(image(), node("a", "Conv2d", out_channels=4), node("output", "Output")))
    module = to_module(made)
    with pytest.raises(RuntimeError) as caught:
        module(torch.zeros(1, 3, 8, 8))
    assert locate(caught.value, module, made)[0] == (Step("a", 0),)


def test_loading_the_same_source_twice_gives_the_same_class() -> None:
    made = diagram(block(image(), node("a", "ReLU"), node("output", "Output")))
    assert load_source(to_source(made)) is load_source(to_source(made))


def test_a_module_from_generated_code_shows_its_source() -> None:
    made = diagram(block(image(), node("a", "ReLU"), node("output", "Output")))
    assert "self.a = nn.ReLU()" in inspect.getsource(type(to_module(made)))
