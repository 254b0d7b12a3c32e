"""Whether two diagrams are one model: same weights in order, same outputs, same gradients."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from graphcore.analysis import analyse
from graphcore.diagram import Diagram
from graphcore.join import example
from graphcore.module import to_module


@dataclass(frozen=True)
class Behaviour:
    """What a model does with a fixed input in float64, its weights filled in order."""

    keys: tuple[str, ...]
    shapes: tuple[torch.Size, ...]
    outputs: tuple[torch.Tensor, ...]
    gradients: tuple[torch.Tensor | None, ...]


def behaviour(made: Diagram) -> Behaviour:
    """Build the model of a diagram, fill its weights one after another from one stream of random
    numbers, and run it forward and backward at evaluation."""
    model = to_module(made).double().eval()
    stream = torch.Generator().manual_seed(0)
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            drawn = torch.rand(tensor.shape, generator=stream, dtype=torch.float64)
            tensor.copy_(drawn + 0.1)
    outputs = model(*_inputs(made))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    sum(y.double().square().mean() for y in outputs).backward()
    state = model.state_dict()
    return Behaviour(
        keys=tuple(state),
        shapes=tuple(tensor.shape for tensor in state.values()),
        outputs=tuple(y.detach() for y in outputs),
        gradients=tuple(p.grad for p in model.parameters()),
    )


def _inputs(made: Diagram) -> list[torch.Tensor]:
    root = analyse(made).root
    stream = torch.Generator().manual_seed(1)
    found = []
    for node in made.main_block.graph.inputs():
        kind = root.nodes[node.id][0].outputs["y"]
        assert kind is not None
        shape = example(kind, made.symbols)
        found.append(torch.randn(shape, generator=stream, dtype=torch.float64).requires_grad_())
    return found


def assert_same(before: Diagram, after: Diagram, *, renamed: bool = True) -> None:
    """Fail where the two are not one model, bit by bit; with ``renamed`` the names may differ."""
    a, b = behaviour(before), behaviour(after)
    assert a.shapes == b.shapes
    if not renamed:
        assert a.keys == b.keys
    for x, y in zip((*a.outputs, *a.gradients), (*b.outputs, *b.gradients), strict=True):
        if x is None or y is None:
            assert x is y
        else:
            torch.testing.assert_close(x, y, rtol=1e-10, atol=1e-12, equal_nan=True)
