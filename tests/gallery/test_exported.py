"""The file of every template, as it is exported, trains a step in a process that knows nothing of
this program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from graphcore.analysis import analyse, leaves
from graphcore.codegen import to_source
from graphcore.gallery import TEMPLATES, build
from graphcore.join import example
from graphcore.spec import ParamValue

DEEP: dict[str, dict[str, ParamValue]] = {
    "resnet1202-cifar": {"depth": 20},
    "resnet1001-cifar": {"depth": 29},
}
"""The same code with fewer copies, for time's sake; :mod:`tests.bench.bench_gallery` builds all."""

SMALLEST = {"resnet": 32, "se-resnet": 32, "vgg": 32, "densenet": 32, "efficientnet": 64}
"""Sizes of image that are enough for the networks that take any, by what their names begin with."""

LARGE = 20_000_000
"""From so many parameters on a net is built on the meta device, where shapes and graph are real."""

CHILD = """
import importlib.util, json, sys

import torch

for file, name, inputs, device in json.load(sys.stdin):
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    with torch.device(device):
        model = getattr(module, name)()
        given = [torch.ones(shape, dtype=getattr(torch, dtype)) for shape, dtype in inputs]
        given = [torch.randn_like(x) if x.is_floating_point() else x for x in given]
    before = [p.detach().clone() for p in model.parameters()]
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    made = model(*given)
    made = [made] if isinstance(made, torch.Tensor) else made
    loss = sum((y * torch.linspace(-1, 1, y.shape[-1], device=device)).mean() for y in made)
    loss.backward()
    optimizer.step()
    assert all(p.grad is not None for p in model.parameters()), f"{name}: no gradient"
    if device != "meta":
        assert torch.isfinite(loss), f"{name}: {loss}"
        # With ReZero only the gains and what is not on a branch: the branches start at zero.
        moved = [not torch.equal(p, b) for p, b in zip(model.parameters(), before)]
        assert any(moved), f"{name}: no parameter moved"
assert "graphcore" not in sys.modules
print("all trained")
"""


Given = tuple[str, str, list[tuple[list[int], str]], str]


def exported(name: str, folder: Path) -> Given:
    """The file of a template, its class, shapes and dtypes of what it takes, and where it runs."""
    diagram = build(name, **DEEP.get(name, {}))
    result = analyse(diagram)
    source = to_source(diagram, result)
    file = folder / f"{name.replace('-', '_')}.py"
    file.write_text(source.text, encoding="utf-8")
    inputs = []
    for node in diagram.main_block.graph.inputs():
        kind = result.root.nodes[node.id][0].outputs["y"]
        assert kind is not None
        inputs.append((sized(name, example(kind, diagram.symbols)), kind.dtype))
    large = sum(leaf.parameters for leaf in leaves(result)) > LARGE
    return str(file), source.class_name, inputs, "meta" if large else "cpu"


def sized(name: str, shape: tuple[int, ...]) -> list[int]:
    """A batch of two, of images that are no larger than the network needs."""
    for beginning, size in SMALLEST.items():
        if name.startswith(beginning) and shape[-1] > size:
            return [2, shape[1], size, size]
    return [2, *shape[1:]]


def test_every_exported_file_trains_a_step_by_itself(tmp_path: Path) -> None:
    work = json.dumps([exported(name, tmp_path) for name in TEMPLATES])
    command = [sys.executable, "-I", "-c", CHILD]
    done = subprocess.run(command, input=work, capture_output=True, text=True, timeout=300)
    assert done.stdout.endswith("all trained\n"), done.stderr[-2000:]
