"""The walk through one instance of a block: types from inputs to outputs, copy by copy.

The same walk serves two purposes. With numbers it finds the types, weights and problems that the
canvas shows. With symbols for a block's sizes and parameters it finds the expressions that stand
in the generated class; then a concrete result guides it where symbols cannot decide.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphcore import edits
from graphcore.analysis.growth import after
from graphcore.analysis.port_join import PortJoin, join_at
from graphcore.analysis.refusals import active_refusal, count_refusal, refusal
from graphcore.analysis.scope import Scope, Types, Walked
from graphcore.analysis.sharing import calling, sharing_problems
from graphcore.diagnostics import Diagnostic
from graphcore.diagram import (
    INPUT,
    MAX_EXPANDED,
    MAX_REPEAT,
    OUTPUT,
    Block,
    Edge,
    Node,
)
from graphcore.expression import Code, Expr, ExpressionError, Value, evaluate
from graphcore.layers import LAYERS
from graphcore.ordering import order_of
from graphcore.ports import input_ports, output_ports
from graphcore.resolution import resolve_args
from graphcore.results import BlockResult, EdgeResult, NodeResult
from graphcore.spec import LayerSpec, Refused, Resolved
from graphcore.tensor_type import Dim, TensorType, one_object, symbol

_TOO_LARGE = (
    f"more than {MAX_EXPANDED:,} layers with every repeat unrolled; lower the number of copies "
    "here or inside"
)


def input_sizes(block: Block, types: Types) -> dict[str, Value]:
    """The inferred sizes of a block: ``in_channels`` of its first input, ``<label>_channels`` of
    the others; those that are not known yet are left out."""
    sizes: dict[str, Value] = {}
    for index, (node, kind) in enumerate(zip(block.graph.inputs(), types, strict=True)):
        if kind is not None and kind.dims:
            sizes["in_channels" if index == 0 else f"{node.label}_channels"] = kind.channels
    return sizes


def walk(scope: Scope) -> tuple[BlockResult, dict[str, Walked]]:
    """The result of one instance of a block, and what to keep for its next walk. Never raises."""
    graph = scope.block.graph
    order, cyclic = order_of(graph)
    types: dict[tuple[str, str], TensorType | None] = {}
    walked: dict[str, Walked] = {}
    for node_id in order:
        node = graph.nodes[node_id]
        edges = graph.into(node_id)
        sources = tuple([types.get(edge.source) for edge in edges])
        found = _kept(scope, node, edges, sources)
        if found is None:
            found = _walk_node(scope, node, edges, sources)
        walked[node_id] = found
        for port, kind in found.copies[-1].outputs.items():
            types[node_id, port] = one_object(kind) if kind is not None else None
    circling = {
        node_id: _walk_cyclic(scope, graph.nodes[node_id], graph.into(node_id))
        for node_id in cyclic
    }
    return _collect(scope, (*order, *cyclic), {**walked, **circling}), walked


def _kept(scope: Scope, node: Node, edges: tuple[Edge, ...], sources: Types) -> Walked | None:
    """What was found before, if nothing it depends on has changed (compared by identity)."""
    kept = scope.kept.get(node.id)
    if kept is None or kept.node is not node or node.kind not in LAYERS or node.kind == INPUT:
        return None
    if len(kept.edges) != len(edges):
        return None
    same = all(a is b for a, b in zip(kept.edges, edges, strict=True))
    return (
        kept if same and all(a is b for a, b in zip(kept.sources, sources, strict=True)) else None
    )


def _collect(scope: Scope, order: tuple[str, ...], walked: Mapping[str, Walked]) -> BlockResult:
    edges: dict[str, EdgeResult] = {}
    diagnostics: list[Diagnostic] = []
    outputs: dict[str, TensorType | None] = {}
    for node_id in order:
        found = walked[node_id]
        edges.update(found.edge_results)
        diagnostics.extend(found.diagnostics)
        if found.node.kind == OUTPUT:
            outputs[found.node.label] = found.copies[0].inputs.get("x")
    graph = scope.block.graph
    if scope.guide is None:
        diagnostics.extend(sharing_problems(scope, walked))
    bodies = tuple(
        (copy, result.body)
        for found in walked.values()
        if found.node.kind not in LAYERS
        for copy, result in enumerate(found.copies)
        if result.body is not None
    )
    return BlockResult(
        block=scope.name,
        args=dict(scope.names),
        order=order,
        nodes={node_id: walked[node_id].copies for node_id in order},
        edges=edges,
        outputs={node.label: outputs.get(node.label) for node in graph.outputs()},
        diagnostics=tuple(diagnostics),
        bodies=bodies,
        size=sum(len(found.copies) for found in walked.values()) + sum(b.size for _, b in bodies),
        depth=1 + max((body.depth for _, body in bodies), default=-1),
    )


def _walk_cyclic(scope: Scope, node: Node, edges: tuple[Edge, ...]) -> Walked:
    message = (
        f"{node.label}: the value runs in a circle back to this block; remove one of the wires "
        "that close the circle"
    )
    fixes = tuple(
        scope.fix(f"Remove the wire from {_label(scope, edge)}", edits.delete, {edge.id})
        for edge in edges
    )
    unknown = {edge.id: EdgeResult(None) for edge in edges}
    problem = scope.problem(node.id, message, fixes=fixes)
    return Walked(node, edges, (), (_unknown(scope, node, {}),), unknown, (problem,))


def _label(scope: Scope, edge: Edge) -> str:
    return scope.block.graph.nodes[edge.source.node].label


def _walk_node(scope: Scope, node: Node, edges: tuple[Edge, ...], sources: Types) -> Walked:
    if node.kind not in LAYERS and node.kind not in scope.diagram.blocks:
        message = f"{node.label}: there is no layer or block called '{node.kind}'; replace it"
        problem = scope.problem(node.id, message)
        unknown = NodeResult(inputs={}, outputs={}, accepted=False)
        carried = {
            e.id: EdgeResult(t, active=e.active is not False)
            for e, t in zip(edges, sources, strict=True)
        }
        return Walked(node, edges, sources, (unknown,), carried, (problem,))
    called = calling(scope, node)
    if isinstance(called, Diagnostic):
        carried = {e.id: EdgeResult(t) for e, t in zip(edges, sources, strict=True)}
        return Walked(node, edges, sources, (_unknown(scope, node, {}),), carried, (called,))
    joins: list[PortJoin] = []
    for port in input_ports(scope.diagram, node):
        at_port = [
            (edge, kind)
            for edge, kind in zip(edges, sources, strict=True)
            if edge.target.port == port.name
        ]
        joins.append(join_at(scope, node, port, at_port))
    diagnostics = [problem for join in joins for problem in join.diagnostics]
    stray = {edge.id: EdgeResult(kind) for edge, kind in zip(edges, sources, strict=True)}
    edge_results = stray | {key: value for join in joins for key, value in join.edges.items()}
    inputs: dict[str, TensorType | None] = {join.port.name: join.type for join in joins}
    if any(not join.known for join in joins):
        copies: tuple[NodeResult, ...] = (_unknown(scope, node, inputs),)
    else:
        copies, more = _walk_copies(scope, called, joins)
        diagnostics += more
        scales = {join.port.name: join.scales for join in joins if join.scales}
        if scales:
            copies = (copies[0]._replace(scales=scales), *copies[1:])
    return Walked(node, edges, sources, copies, edge_results, tuple(diagnostics))


def _unknown(scope: Scope, node: Node, inputs: Mapping[str, TensorType | None]) -> NodeResult:
    outputs = dict.fromkeys(port.name for port in output_ports(scope.diagram, node))
    return NodeResult(inputs=inputs, outputs=outputs, accepted=False)


def _walk_copies(
    scope: Scope, node: Node, joins: list[PortJoin]
) -> tuple[tuple[NodeResult, ...], list[Diagnostic]]:
    guides = scope.guide.nodes.get(node.id, ()) if scope.guide else ()
    inputs = {join.port.name: join.type for join in joins}
    try:
        count = len(guides) if scope.guide else _count(scope, node)
    except (ExpressionError, Refused) as error:
        return (_unknown(scope, node, inputs),), [count_refusal(scope, node, error)]
    try:
        active = guides[0].active if scope.guide else _flag(node.active, scope.names)
        if not active and not inputs:
            raise Refused("it has no input to pass on instead; turn it on or remove it")
    except (ExpressionError, Refused) as error:
        return (_unknown(scope, node, inputs),), [active_refusal(scope, node, error)]
    if not active:
        return (_bypassed(scope, node, inputs),), []
    operands = [kind for join in joins for kind in join.operands]
    copies: list[NodeResult] = []
    size = 0
    known = _symbolic_count(scope, node, count) if node.repeat != 1 else 1
    for copy in range(count):
        names = scope.names
        if node.repeat != 1:
            names = names | {"i": copy, "n": known}
        guide = guides[copy] if scope.guide else None
        try:
            result = _walk_copy(scope, node, names, inputs, operands, guide)
        except (Refused, ExpressionError) as error:
            problem = refusal(scope, node, error, copy if count > 1 else None)
            copies.append(_unknown(scope, node, inputs))
            return tuple(copies), [problem]
        copies.append(result)
        size += 1 + (result.body.size if result.body else 0)
        if size > MAX_EXPANDED:
            message = f"{node.label}: {_TOO_LARGE}"
            return (_unknown(scope, node, inputs),), [scope.problem(node.id, message)]
        inputs, operands = _chained(inputs, operands, result)
    if isinstance(known, Dim):
        copies[-1] = after(known, copies)
    return tuple(copies), _doubts(scope, node, copies[0])


def _doubts(scope: Scope, node: Node, result: NodeResult) -> list[Diagnostic]:
    """A warning where the layer accepts what was rarely meant."""
    spec = LAYERS.get(node.kind)
    if spec is None or spec.doubt is None or scope.guide is not None:
        return []
    kinds = tuple(kind for kind in result.inputs.values() if kind is not None)
    message = spec.doubt(result.args, kinds)
    if message is None:
        return []
    problem = scope.problem(node.id, f"{node.label}: {message}")
    return [problem._replace(severity="warning")]


def _chained(
    inputs: Mapping[str, TensorType | None], operands: list[TensorType], result: NodeResult
) -> tuple[dict[str, TensorType | None], list[TensorType]]:
    """The inputs of the next copy: the first output feeds the first input."""
    carried = next(iter(result.outputs.values()), None)
    chained = dict(inputs)
    if chained:
        chained[next(iter(chained))] = carried
    return chained, [carried, *operands[1:]] if carried is not None else []


def _count(scope: Scope, node: Node) -> int:
    count = evaluate(node.repeat, scope.names) if isinstance(node.repeat, Expr) else node.repeat
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_REPEAT:
        raise Refused(f"the number of copies must be between 1 and {MAX_REPEAT}, not {count}")
    if node.repeat != 1 and node.kind in LAYERS and not LAYERS[node.kind].is_plain_module:
        raise Refused(
            f"{node.kind} cannot be repeated by itself; set its copies to 1, or put it into a "
            "block and repeat that"
        )
    return count


def _symbolic_count(scope: Scope, node: Node, count: int) -> Value:
    if scope.guide is None:
        return count
    return evaluate(node.repeat, scope.names) if isinstance(node.repeat, Expr) else node.repeat


def _flag(value: bool | Expr, names: Mapping[str, Value]) -> bool:
    if isinstance(value, bool):
        return value
    result = evaluate(value, names)
    if result not in (True, False):
        raise Refused(f"'active' must come out true or false, not {result!r}")
    return bool(result)


def _bypassed(scope: Scope, node: Node, inputs: Mapping[str, TensorType | None]) -> NodeResult:
    carried = next(iter(inputs.values()), None)
    names = [port.name for port in output_ports(scope.diagram, node)]
    outputs = {name: carried if index == 0 else None for index, name in enumerate(names)}
    return NodeResult(inputs=inputs, outputs=outputs, active=False)


def _walk_copy(
    scope: Scope,
    node: Node,
    names: Mapping[str, Value],
    inputs: Mapping[str, TensorType | None],
    operands: list[TensorType],
    guide: NodeResult | None,
) -> NodeResult:
    if node.kind in LAYERS:
        return _walk_layer(scope, node, LAYERS[node.kind], names, inputs, operands, guide)
    block = scope.diagram.blocks[node.kind]
    args = resolve_args(block.params, node.params, names)
    if node.kind in scope.inside or node.kind == scope.name:
        raise Refused(f"the block {node.kind} would contain itself; remove this copy of it")
    body = scope.block_rule(
        node.kind,
        args,
        tuple(inputs.values()),
        (*scope.inside, scope.name),
        guide.body if guide else None,
    )
    accepted = all(kind is not None for kind in body.outputs.values())
    return NodeResult(inputs=inputs, outputs=body.outputs, args=args, body=body, accepted=accepted)


def _walk_layer(
    scope: Scope,
    node: Node,
    spec: LayerSpec,
    names: Mapping[str, Value],
    inputs: Mapping[str, TensorType | None],
    operands: list[TensorType],
    guide: NodeResult | None,
) -> NodeResult:
    if node.kind == INPUT and scope.inputs.get(node.label) is not None:
        return NodeResult(inputs={}, outputs={"y": scope.inputs[node.label]})
    if node.kind == INPUT and scope.inside:
        return NodeResult(inputs={}, outputs={"y": None}, accepted=False)
    if guide is not None:
        return _walk_symbolically(node, spec, names, inputs, operands, guide)
    args = resolve_args(spec.params, node.params, names)
    kinds = tuple(operands)
    try:
        outputs = spec.shape(args, kinds)
        weights = spec.weights(args, kinds)
        operations = spec.operations(args, kinds)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, ArithmeticError) as error:
        if isinstance(error, Refused):
            raise
        # A rule that fails instead of refusing is our fault, but the window must live on.
        raise Refused(f"{spec.kind} cannot judge these inputs ({error})") from error
    for weight in weights:
        if any(isinstance(size, Dim) for size in weight.shape):
            shape = "×".join(map(str, weight.shape))
            raise Refused(
                f"its {weight.name or 'value'} would be {shape}, which is not known before the net "
                "runs; use an adaptive pooling before it, or give the input's size as a number"
            )
    ports = [port.name for port in spec.outputs]
    return NodeResult(
        inputs=inputs,
        outputs=dict(zip(ports, outputs, strict=True)),
        args=args,
        weights=weights,
        operations=operations,
    )


def _walk_symbolically(
    node: Node,
    spec: LayerSpec,
    names: Mapping[str, Value],
    inputs: Mapping[str, TensorType | None],
    operands: list[TensorType],
    guide: NodeResult,
) -> NodeResult:
    """Types as expressions; where a rule cannot think in symbols, sizes without a name.

    The concrete walk has accepted this layer, so a failure here costs only a nicer expression.
    """
    try:
        args: Mapping[str, Resolved] = resolve_args(spec.params, node.params, names)
    except (Refused, ExpressionError):
        args = guide.args
    ports = [port.name for port in spec.outputs]
    try:
        outputs = dict(zip(ports, spec.shape(args, tuple(operands)), strict=True))
    except (
        TypeError,
        ValueError,
        KeyError,
        AttributeError,
        IndexError,
        ArithmeticError,
        AssertionError,
    ):
        outputs = {port: nameless(kind) for port, kind in guide.outputs.items() if kind is not None}
    return NodeResult(inputs=inputs, outputs=outputs, args=args)


def nameless(kind: TensorType) -> TensorType:
    """``kind`` with every size replaced by a symbol that code cannot name."""
    return TensorType(tuple(symbol(f"?{axis}") for axis in range(kind.rank)), kind.dtype)


def symbol_for(name: str, is_integer: bool) -> Value:
    """A block's parameter as a symbol: a size where it is an integer, else code."""
    return symbol(name) if is_integer else Code(name)
