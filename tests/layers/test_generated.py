"""Each layer alone in a diagram becomes code whose module is what the oracle finds."""

from __future__ import annotations

import pytest

from graphcore.diagram import INPUT, OUTPUT, Block, Diagram, Edge, Graph, Node, PortRef
from graphcore.layers import LAYERS
from graphcore.module import to_module
from graphcore.spec import Inputs, Refused
from tests.layers.cases import TRIALS, Params
from tests.layers.oracle import resolve, sample, told, type_of, weights_of

KINDS = sorted(TRIALS)


def alone(kind: str, params: Params, inputs: Inputs) -> Diagram:
    """Inputs, the layer, an output."""
    spec = LAYERS[kind]
    ports = [port.name for port in spec.inputs]
    nodes = {"layer": Node("layer", kind, "layer", params)}
    edges = {}
    for index, x in enumerate(inputs):
        name = f"x{index}"
        # Where the weights are as large as the batch, it must be a number.
        normalised = params.get("axes", 1)
        assert isinstance(normalised, int)
        dims = ("N", *x.dims[1:]) if x.rank > normalised else x.dims
        nodes[name] = Node(name, INPUT, name, {"shape": dims, "dtype": x.dtype})  # type: ignore[dict-item]
        target = PortRef("layer", ports[min(index, len(ports) - 1)])
        edges[f"e{index}"] = Edge(f"e{index}", PortRef(name, "y"), target)
    nodes["y"] = Node("y", OUTPUT, "y")
    edges["out"] = Edge("out", PortRef("layer", "y"), PortRef("y", "x"))
    return Diagram({"Net": Block(Graph(nodes, edges))}, "Net", symbols={"N": 6})


def accepted(kind: str, most: int) -> list[tuple[Params, Inputs]]:
    """Accepted trials that share the batch of 6, spread over the parameters."""
    spec = LAYERS[kind]
    fitting = []
    for params, inputs in TRIALS[kind]:
        if any(x.dims[:1] != (6,) for x in inputs):
            continue
        try:
            told(spec, resolve(spec, params), inputs)
        except Refused:
            continue
        fitting.append((params, inputs))
    return fitting[:: -(-len(fitting) // most)]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_alone_becomes_its_module(kind: str) -> None:
    spec = LAYERS[kind]
    trials = accepted(kind, most=20)
    assert trials
    for params, inputs in trials:
        said = told(spec, resolve(spec, params), inputs)
        net = to_module(alone(kind, params, inputs))
        y = net(*(sample(x) for x in inputs))
        assert (type_of(y),) == said.outputs
        found = {w.name.removeprefix("layer."): w for w in weights_of(net)}
        assert list(found) == [weight.name for weight in said.weights]
        assert [w.shape for w in found.values()] == [w.shape for w in said.weights]
