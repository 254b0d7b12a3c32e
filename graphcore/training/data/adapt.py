"""Let a diagram's input and output suit some data: one edit, offered only where it mends all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graphcore import edits
from graphcore.analysis import analyse
from graphcore.diagram import Diagram, Graph, PortRef
from graphcore.expression import Expr
from graphcore.layers import LAYERS
from graphcore.spec import LayerSpec
from graphcore.training.data.arrays import DataError, DataInfo, Demand
from graphcore.training.data.match import demand_of, mismatch
from graphcore.training.recipe import Recipe

COUNTS = ("out_features", "out_channels")
"""How layers call the number of what they give."""

KINDS = ("num_embeddings",)
"""How layers call the number of tokens that they know."""

Describe = Callable[[str, Demand], DataInfo]
"""What tells of data in the form that is asked for."""


@dataclass(frozen=True)
class _Setting:
    """Where a number stands: a parameter of a node, or of the main block where there is none."""

    block: str
    node: str
    param: str

    def set_to(self, diagram: Diagram, value: int) -> Diagram:
        """The diagram with another number there."""
        if not self.node:
            return edits.set_block_param(diagram, self.block, self.param, value)
        return edits.set_param(diagram, self.block, self.node, self.param, value)


def adapted(diagram: Diagram, recipe: Recipe, describe: Describe) -> Diagram | None:
    """The diagram with its input's shape and dtype, the number of tokens that it knows and the
    number of its outputs as the recipe's data want them.

    None where it suits the data already, or where that is not enough to let it.
    """
    try:
        demand = demand_of(analyse(diagram), recipe)
        info = describe(recipe.data, demand)
        if mismatch(analyse(diagram), info, recipe.loss) is None:
            return None
        changed = _with_output(_with_input(diagram, info), info)
        analysis = analyse(changed)
        info = describe(recipe.data, demand_of(analysis, recipe))
    except (DataError, edits.EditError):
        return None
    suits = analysis.ok and mismatch(analysis, info, recipe.loss) is None
    return changed if suits and changed != diagram else None


def _with_input(diagram: Diagram, info: DataInfo) -> Diagram:
    inputs = diagram.main_block.graph.inputs()
    if len(inputs) != 1:
        return diagram
    entry, main = inputs[0], diagram.main
    shape = {**LAYERS[entry.kind].defaults(), **entry.params}["shape"]
    batch = shape[0] if isinstance(shape, tuple) and shape else "N"
    # A length or size that the diagram leaves open stays open.
    given = analyse(diagram).root.nodes[entry.id][0].outputs["y"]
    fits = given is not None and given.rank == len(info.sample_shape) + 1
    wanted = tuple(
        old if fits and isinstance(old, str) else new
        for old, new in zip(
            shape[1:] if fits and isinstance(shape, tuple) else info.sample_shape,
            info.sample_shape,
            strict=True,
        )
    )
    diagram = edits.set_input_shape(diagram, main, entry.id, (batch, *wanted))  # type: ignore[arg-type]
    dtype = "int64" if info.classes_last else "float32"
    if entry.params.get("dtype", "float32") != dtype:
        diagram = edits.set_param(diagram, main, entry.id, "dtype", dtype)
    if info.classes_last and info.classes is not None:
        found = _forward(diagram, main, entry.id, ())
        diagram = found.set_to(diagram, info.classes) if found else diagram
    return diagram


def _with_output(diagram: Diagram, info: DataInfo) -> Diagram:
    outputs = diagram.main_block.graph.outputs()
    if len(outputs) != 1:
        return diagram
    found = _backward(diagram, diagram.main, outputs[0].id, ())
    count = info.classes if info.classes is not None else (*info.target_shape, 1)[0]
    return found.set_to(diagram, count) if found else diagram


Outside = tuple[tuple[str, str], ...]
"""The block instances that one is inside of, as (block, node), the outermost first."""


def _backward(diagram: Diagram, block: str, node: str, outside: Outside) -> _Setting | None:
    """What sets the number of channels that arrive at a node: the last layer with weights."""
    graph = diagram.blocks[block].graph
    source = _flow_into(graph, node)
    if source is None:
        return None
    before = graph.nodes[source.node]
    if before.kind in diagram.blocks:
        inner = diagram.blocks[before.kind].graph
        ends = [output.id for output in inner.outputs() if output.label == source.port]
        inside = (*outside, (block, before.id))
        return _backward(diagram, before.kind, ends[0], inside) if ends else None
    spec = LAYERS[before.kind]
    setting = _setting(diagram, block, before.id, spec, COUNTS, outside)
    if setting is not None or len(spec.inputs) != 1:
        return setting
    return _backward(diagram, block, before.id, outside)


def _forward(diagram: Diagram, block: str, node: str, outside: Outside) -> _Setting | None:
    """What sets the number of tokens that the layer behind a node knows."""
    graph = diagram.blocks[block].graph
    for edge in graph.out_of(node):
        after = graph.nodes[edge.target.node]
        if after.kind in diagram.blocks:
            inner = diagram.blocks[after.kind].graph
            begins = [entry.id for entry in inner.inputs() if entry.label == edge.target.port]
            inside = (*outside, (block, after.id))
            found = _forward(diagram, after.kind, begins[0], inside) if begins else None
        else:
            found = _setting(diagram, block, after.id, LAYERS[after.kind], KINDS, outside)
        if found is not None:
            return found
    return None


def _flow_into(graph: Graph, node: str) -> PortRef | None:
    flows = [edge for edge in graph.into(node) if edge.kind == "flow"]
    return flows[0].source if flows else None


def _setting(
    diagram: Diagram,
    block: str,
    node: str,
    spec: LayerSpec,
    names: tuple[str, ...],
    outside: Outside,
) -> _Setting | None:
    """Where the parameter of a layer that has one of ``names`` gets its number from."""
    for name in names:
        if name in spec.by_name:
            value = diagram.blocks[block].graph.nodes[node].params.get(name)
            return _origin(diagram, _Setting(block, node, name), value, outside)
    return None


def _origin(diagram: Diagram, at: _Setting, value: object, outside: Outside) -> _Setting | None:
    """Follow a parameter that is but the name of the enclosing block's to where that is set."""
    if not isinstance(value, Expr):
        return at
    params = {param.name for param in diagram.blocks[at.block].params}
    if value.source.strip() not in params:
        return None
    name = value.source.strip()
    if not outside:
        return _Setting(at.block, "", name)
    *further, (block, node) = outside
    given = diagram.blocks[block].graph.nodes[node].params.get(name)
    return _origin(diagram, _Setting(block, node, name), given, tuple(further))
