"""Each layer alone in a diagram becomes code whose module is what the oracle finds."""

from __future__ import annotations

import pytest

from graphcore.diagram import INPUT, OUTPUT, Block, Diagram, Edge, Graph, Node, PortRef
from graphcore.layers import LAYERS
from graphcore.module import to_module
from graphcore.spec import Inputs, Refused
from graphcore.tensor_type import TensorType
from tests.layers.cases import TRIALS
from tests.layers.oracle import resolve, sample, told, types_of, weights_of
from tests.layers.trial import Params

KINDS = sorted(TRIALS)


def alone(kind: str, params: Params, inputs: Inputs) -> Diagram:
    """Inputs, of which there is always one, the layer, its outputs."""
    spec = LAYERS[kind]
    ports = [port.name for port in spec.inputs]
    nodes = {"layer": Node("layer", kind, "layer", params)}
    edges = {}
    if not inputs:
        nodes["unused"] = Node("unused", INPUT, "unused", {"shape": ("N", 1)})
    for index, x in enumerate(inputs):
        name = f"x{index}"
        # Where the weights are as large as the batch, it must be a number.
        normalised = params.get("axes", 1)
        assert isinstance(normalised, int)
        symbolic = x.rank > normalised and x.dims[0] == 6
        dims = ("N", *x.dims[1:]) if symbolic else x.dims
        nodes[name] = Node(name, INPUT, name, {"shape": dims, "dtype": x.dtype})  # type: ignore[dict-item]
        target = PortRef("layer", ports[min(index, len(ports) - 1)])
        edges[f"e{index}"] = Edge(f"e{index}", PortRef(name, "y"), target)
    for port in spec.outputs:
        end = f"{port.name}_out"
        nodes[end] = Node(end, OUTPUT, end)
        edges[end] = Edge(end, PortRef("layer", port.name), PortRef(end, "x"))
    return Diagram({"Net": Block(Graph(nodes, edges))}, "Net", symbols={"N": 6})


def accepted(kind: str, most: int) -> list[tuple[Params, Inputs]]:
    """Accepted trials, spread over the parameters."""
    spec = LAYERS[kind]
    fitting = []
    for params, inputs in TRIALS[kind]:
        try:
            told(spec, resolve(spec, params), inputs)
        except Refused:
            continue
        fitting.append((params, inputs))
    return fitting[:: -(-len(fitting) // most)]


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_alone_becomes_its_module(kind: str) -> None:
    spec = LAYERS[kind]
    trials = accepted(kind, most=20)
    assert trials
    for params, inputs in trials:
        said = told(spec, resolve(spec, params), inputs)
        net = to_module(alone(kind, params, inputs))
        y = net(*(sample(x) for x in inputs or (TensorType((6, 1)),)))
        assert types_of(y) == said.outputs
        assert [(w.name, w.shape) for w in weights_of(net)] == [
            (weight.below("layer"), weight.shape) for weight in said.weights
        ]
