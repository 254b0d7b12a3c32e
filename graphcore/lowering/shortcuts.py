"""The attributes that joins need: the modules of shortcuts and scales, and switches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from graphcore.diagram import Definition, Edge, Node, Scales
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.explain import holds, mentioned, text
from graphcore.expression import Code
from graphcore.layers import LAYERS
from graphcore.lowering.class_scope import RULE_FAILURES, ClassScope, flag
from graphcore.lowering.copies import Copy
from graphcore.program import Atom, Invoke, Member, Tree
from graphcore.results import BlockResult, ChainLayer, EdgeResult
from graphcore.scales import scaled
from graphcore.spec import Call, LayerSpec, Operand, Port
from graphcore.tensor_type import Dim, Size, TensorType


def join_members(scope: ClassScope, node: Node, port: Port) -> None:
    """What the join at ``port`` of ``node`` builds: the switches, the scales on F, then each
    shortcut and the scales on it."""
    edges = scope.block.graph.into(node.id, port.name)
    for edge in edges:
        _switch_member(scope, edge)
    condition = branch_condition(scope, node, port.name)
    f = scope.symbolic.nodes[node.id][0].inputs.get(port.name)
    scales = node.scales.get(port.name, ())
    _scale_members(scope, node.id, scales, _branch_scales(node, port), f, condition)
    for edge in edges:
        _shortcut_member(scope, edge)
        condition = condition_of(scope, edge)
        _scale_members(scope, edge.id, edge.scales, _shortcut_scales(edge), f, condition)


ScalesOf = Callable[[BlockResult], tuple[ChainLayer, ...]]


def _branch_scales(node: Node, port: Port) -> ScalesOf:
    return lambda result: result.nodes[node.id][0].scales.get(port.name, ())


def _shortcut_scales(edge: Edge) -> ScalesOf:
    return lambda result: result.edges[edge.id].scales


def _scale_members(
    scope: ClassScope,
    item: str,
    scales: Scales,
    found: ScalesOf,
    f: TensorType | None,
    condition: str,
) -> None:
    """The modules of a chain of scales. Where the join is under a ``condition``, so is what would
    hold weights that nothing uses.

    ``f`` is what they act on where the instance that leads the walk in symbols has no join.
    """
    for place, scale in enumerate(scales):
        facts = [(one, found(one)[place]) for one in scope.instances if len(found(one)) > place]
        if not facts:
            continue
        spec = LAYERS[scale.kind]
        if spec.support:
            scope.support[spec.support] = None
        symbolic = found(scope.symbolic) or _in_symbols(scope, scales, facts[0][0], found, f)
        general = _try_chain_call(spec, symbolic[place]) if symbolic else None
        calls = tuple((one, _chain_call(spec, layer)) for one, layer in facts)
        tree = Copy(scale.label, general, calls).tree(scope.explainer)
        needed = condition if any(layer.weights for _, layer in facts) else ""
        at = (Definition(scope.name, item),)
        scope.members.append(Member(scale.label, tree, at, needed))


def _in_symbols(
    scope: ClassScope, scales: Scales, at: BlockResult, found: ScalesOf, f: TensorType | None
) -> tuple[ChainLayer, ...]:
    """The scales in the names of the class, guided by the instance ``at`` that has them."""
    if f is None:
        return ()
    return scaled(scope.names, scales, f, found(at))


def _try_chain_call(spec: LayerSpec, layer: ChainLayer) -> Call | None:
    try:
        return _chain_call(spec, layer)
    except RULE_FAILURES:
        return None


def _shortcut_member(scope: ClassScope, edge: Edge) -> None:
    """The module of a shortcut."""
    results = [(at, at.edges[edge.id]) for at in scope.instances]
    projecting = [(at, one) for at, one in results if one.chain]
    if projecting:
        tree, condition = _chain(scope, edge, projecting, results)
        by_module = _is_its_own_switch(scope, edge)
        absent: Tree = Atom("None") if by_module else Invoke("nn.Identity", ())
        at = (Definition(scope.name, edge.id),)
        scope.members.append(Member(edge.label, tree, at, condition, absent if condition else None))


def _switch_member(scope: ClassScope, edge: Edge) -> None:
    """The switch of a join that only some instances have."""
    if not condition_of(scope, edge) or _is_its_own_switch(scope, edge):
        return
    present = {id(at): joins(at.edges[edge.id]) for at in scope.instances}
    name = scope.switches[edge.id]
    condition = _equality(scope, edge, present) or flag(scope, edge.active, name, present)
    scope.members.append(Member(name, Atom(condition), (Definition(scope.name, edge.id),)))


def condition_of(scope: ClassScope, edge: Edge) -> str:
    """The condition under which an edge joins, where only some instances have its join; empty
    where all have it, or none."""
    present = {joins(at.edges[edge.id]) for at in scope.instances}
    if not is_joining(edge) or len(present) < 2:
        return ""
    if _is_its_own_switch(scope, edge):
        return f"self.{edge.label} is not None"
    return f"self.{scope.switches[edge.id]}"


def branch_condition(scope: ClassScope, node: Node, port: str) -> str:
    """The condition under which F is joined at all; empty where it is in every instance."""
    found = [edge for edge in scope.block.graph.into(node.id, port) if is_joining(edge)]
    present = [e for e in found if any(joins(at.edges[e.id]) for at in scope.instances)]
    conditions = [condition_of(scope, edge) for edge in present]
    return " or ".join(conditions) if all(conditions) else ""


def is_joining(edge: Edge) -> bool:
    """Whether it adds or concatenates where it ends."""
    return EDGE_KINDS[edge.kind].join != "none"


def _is_its_own_switch(scope: ClassScope, edge: Edge) -> bool:
    """Whether some instances have a projection and all others no join: then the module tells,
    unless scales on the branch, which are made before it, need to know."""
    if scope.block.graph.nodes[edge.target.node].scales.get(edge.target.port):
        return False
    results = [at.edges[edge.id] for at in scope.instances]
    projects = [bool(one.chain) for one in results]
    return any(projects) and not all(projects) and projects == [joins(one) for one in results]


def _equality(scope: ClassScope, edge: Edge, present: Mapping[int, bool]) -> str:
    """The condition under which x and F(x) have one type, for a join that is only there then."""
    if edge.active is not True:
        return ""
    x = scope.symbolic.edges[edge.id].type
    f = scope.symbolic.nodes[edge.target.node][0].inputs[edge.target.port]
    parts = [f"{stride} == 1" for stride in dict.fromkeys(_written_strides(scope))]
    if x is not None and f is not None and x.channels != f.channels:
        parts.append(f"{text(x.channels)} == {text(f.channels)}")
    for candidate in (" and ".join(parts), *parts):
        if candidate and _is_right(scope, candidate, present):
            scope.explainer.used |= mentioned(Code(candidate))
            return candidate
    return ""


def joins(result: EdgeResult) -> bool:
    """Whether an edge takes part in its join."""
    return result.active and result.shortcut != "absent"


def _chain(
    scope: ClassScope,
    edge: Edge,
    projecting: list[tuple[BlockResult, EdgeResult]],
    results: list[tuple[BlockResult, EdgeResult]],
) -> tuple[Tree, str]:
    x = scope.symbolic.edges[edge.id].type
    f = scope.symbolic.nodes[edge.target.node][0].inputs[edge.target.port]
    strides = _strides(scope, projecting)
    items: list[Tree] = []
    for position, first in enumerate(projecting[0][1].chain):
        spec = LAYERS[first.kind]
        if spec.support:
            scope.support[spec.support] = None
        facts = tuple((at, _chain_call(spec, one.chain[position])) for at, one in projecting)
        general = _symbolic_chain_call(spec, first, x, f, position, strides)
        items.append(Copy(edge.label, general, facts).tree(scope.explainer))
    tree = items[0] if len(items) == 1 else Invoke("nn.Sequential", tuple(items))
    if len(projecting) == len(results):
        return tree, ""
    needed = {id(at): bool(one.chain) for at, one in results}
    return tree, _difference(scope, edge, x, f, strides, needed)


def _chain_call(spec: LayerSpec, layer: ChainLayer) -> Call:
    assert spec.construct is not None
    return spec.construct(layer.args, (layer.input,))


def _symbolic_chain_call(
    spec: LayerSpec,
    layer: ChainLayer,
    x: TensorType | None,
    f: TensorType | None,
    position: int,
    stride: Size | None,
) -> Call | None:
    if x is None or f is None:
        return None
    args = dict(layer.args)
    for name in ("out_channels", "out_features"):
        if name in args:
            args[name] = f.channels
    if stride is not None and "stride" in args:
        given = args["stride"]
        args["stride"] = (stride,) * len(given) if isinstance(given, tuple) else stride
    return _try_chain_call(spec, layer._replace(args=args, input=x if position == 0 else f))


def _strides(scope: ClassScope, projecting: list[tuple[BlockResult, EdgeResult]]) -> Size | None:
    """The expression of the branch's stride that the shortcut's stride follows, if there is one:
    a literal would be right today and wrong when the parameter changes."""
    cases: list[tuple[BlockResult, Operand]] = []
    for at, one in projecting:
        stride = one.chain[0].args.get("stride", 1)
        cases.append((at, stride[0] if isinstance(stride, tuple) else stride))
    return next((one for one in _written_strides(scope) if holds(one, cases)), None)


def _written_strides(scope: ClassScope) -> Iterator[Dim]:
    """The strides of the block's nodes that depend on its parameters."""
    for copies in scope.symbolic.nodes.values():
        stride = copies[0].args.get("stride")
        first = stride[0] if isinstance(stride, tuple) and stride else stride
        if isinstance(first, Dim):
            yield first


def _difference(
    scope: ClassScope,
    edge: Edge,
    x: TensorType | None,
    f: TensorType | None,
    stride: Size | None,
    needed: Mapping[int, bool],
) -> str:
    """The condition under which a shortcut needs a projection, as textbooks print it."""
    parts: list[str] = []
    if stride is not None:
        parts.append(f"{stride} != 1")
    if x is not None and f is not None and x.channels != f.channels:
        parts.append(f"{text(x.channels)} != {text(f.channels)}")
    for candidate in (" or ".join(parts), *parts):
        if candidate and _is_right(scope, candidate, needed):
            scope.explainer.used |= mentioned(Code(candidate))
            return candidate
    return flag(scope, True, f"{edge.label}_projects", needed)


def _is_right(scope: ClassScope, candidate: str, needed: Mapping[int, bool]) -> bool:
    return holds(Code(candidate), [(at, needed[id(at)]) for at in scope.instances])
