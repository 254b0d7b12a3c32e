"""The attributes of a class: what each node and each shortcut constructs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from graphcore.diagnostics import Diagnostic, DiagramError
from graphcore.diagram import Block, Definition, Diagram, Edge, Node
from graphcore.explain import Cases, Explainer, holds, mentioned, text
from graphcore.expression import Code, Expr, Value
from graphcore.layers import LAYERS
from graphcore.lower_copies import Copy, Inexpressible, in_sequence
from graphcore.modules import has_module
from graphcore.program import Atom, ClassDefinition, Invoke, Member, Tree
from graphcore.resolution import resolve
from graphcore.results import BlockResult, ChainLayer, EdgeResult, NodeResult
from graphcore.spec import Argument, Call, Inputs, LayerSpec, Operand
from graphcore.tensor_type import Dim, Size, TensorType

RULE_FAILURES = (
    TypeError,
    ValueError,
    KeyError,
    AttributeError,
    IndexError,
    ArithmeticError,
    AssertionError,
)
"""What a rule written for numbers may raise when it is given symbols."""


@dataclass(frozen=True)
class Lowered:
    """A finished class, and what a call of it needs: the sizes and the extra arguments."""

    definition: ClassDefinition
    sizes: tuple[str, ...]
    extras: Mapping[str, Mapping[int, Operand]]
    support: tuple[str, ...]


@dataclass
class ClassScope:
    """A class being written: its block, its instances in fact, and its result in symbols."""

    diagram: Diagram
    name: str
    instances: tuple[BlockResult, ...]
    symbolic: BlockResult
    lowered: Mapping[str, Lowered]
    explainer: Explainer = field(default_factory=Explainer)
    members: list[Member] = field(default_factory=list)
    support: dict[str, None] = field(default_factory=dict)

    @property
    def block(self) -> Block:
        """The definition of the class."""
        return self.diagram.blocks[self.name]


def lower_members(scope: ClassScope) -> None:
    """Adds every attribute of the class to ``scope``, in the order of registration."""
    graph = scope.block.graph
    for node_id in scope.symbolic.order:
        for edge in graph.into(node_id):
            _edge_members(scope, edge)
        node = graph.nodes[node_id]
        if has_module(scope.diagram, scope.block, node):
            _node_member(scope, node)


def _node_member(scope: ClassScope, node: Node) -> None:
    active = [at for at in scope.instances if at.nodes[node.id][0].active]
    if not active:
        return
    tree = _kept_tree(scope, node, active)
    at = (Definition(scope.name, node.id),)
    condition = ""
    if len(active) < len(scope.instances):
        condition = flag(
            scope,
            node.active,
            f"{node.label}_active",
            {id(one): one.nodes[node.id][0].active for one in scope.instances},
        )
    otherwise = Invoke("nn.Identity", ()) if condition else None
    scope.members.append(Member(node.label, tree, at, condition, otherwise))


_MOST_KEPT = 1 << 14
_trees: OrderedDict[tuple[int, str], tuple[NodeResult, Tree]] = OrderedDict()


def _kept_tree(scope: ClassScope, node: Node, instances: Sequence[BlockResult]) -> Tree:
    """As :func:`node_tree`; where no symbols are involved a layer's text depends on its result
    and label alone and is kept, so that code follows an edit of a large flat net at once."""
    certain = scope.symbolic is instances[0] and node.kind in LAYERS and node.repeat == 1
    if not certain or LAYERS[node.kind].support:
        return node_tree(scope, node, instances)
    result = instances[0].nodes[node.id][0]
    kept = _trees.get((id(result), node.label))
    if kept is None or kept[0] is not result:
        kept = (result, node_tree(scope, node, instances))
        _trees[id(result), node.label] = kept
        while len(_trees) > _MOST_KEPT:
            _trees.popitem(last=False)
    return kept[1]


def node_tree(scope: ClassScope, node: Node, instances: Sequence[BlockResult]) -> Tree:
    """The construction of ``node``: a module, or a container of its copies."""
    symbolic = scope.symbolic.nodes[node.id]
    longest = max(len(at.nodes[node.id]) for at in instances)
    copies = [
        _copy(
            scope,
            node.label if longest == 1 else f"{node.label}_{index}",
            node.kind,
            symbolic[index] if index < len(symbolic) else None,
            [(at, at.nodes[node.id][index]) for at in instances if index < len(at.nodes[node.id])],
        )
        for index in range(longest)
    ]
    if node.repeat == 1:
        return copies[0].tree(scope.explainer)
    counts: Cases = [(at, len(at.nodes[node.id])) for at in instances]
    container = "nn.Sequential" if _is_unary(scope, node) else "nn.ModuleList"
    count = _count(scope, node, counts)
    fewest = min(len(at.nodes[node.id]) for at in instances)
    try:
        return in_sequence(container, copies, count, fewest, scope.explainer)
    except Inexpressible as error:
        at = Definition(scope.name, node.id)
        raise DiagramError((Diagnostic("error", f"{node.label}: {error}", at),)) from error


def _is_unary(scope: ClassScope, node: Node) -> bool:
    first = scope.symbolic.nodes[node.id][0]
    return len(first.inputs) == 1 and len(first.outputs) == 1


def _count(scope: ClassScope, node: Node, counts: Cases) -> Size | str:
    """The number of copies: a size in the class's names where that is right, else a number."""
    if isinstance(node.repeat, Expr):
        symbolic = resolve(node.repeat, {**_names(scope)})
        if holds(symbolic, counts) and isinstance(symbolic, int | Dim):
            scope.explainer.used |= mentioned(symbolic)
            return symbolic
    tree = scope.explainer.tree(None, counts, f"{node.label}_copies")
    assert isinstance(tree, Atom)
    return int(tree.text) if tree.text.isdigit() else tree.text


def _names(scope: ClassScope) -> Mapping[str, Value]:
    return scope.symbolic.args  # type: ignore[return-value]


def _copy(
    scope: ClassScope,
    label: str,
    kind: str,
    symbolic: NodeResult | None,
    cases: list[tuple[BlockResult, NodeResult]],
) -> Copy:
    if kind in LAYERS:
        spec = LAYERS[kind]
        general = _call(spec, symbolic) if symbolic else None
        facts = tuple((at, _certain_call(spec, one)) for at, one in cases)
        if spec.support:
            scope.support[kind] = None
        return Copy(label, general, facts)
    block = scope.diagram.blocks[kind]
    if block.form == "sequential":
        return Copy(label, None, (), _sequential(scope, label, kind, symbolic, cases))
    lowered = scope.lowered[kind]
    general = _block_call(kind, block, lowered, symbolic) if symbolic else None
    return Copy(
        label, general, tuple((at, _block_call(kind, block, lowered, one)) for at, one in cases)
    )


def _operands(result: NodeResult) -> Inputs:
    return tuple(kind for kind in result.inputs.values() if kind is not None)


def _certain_call(spec: LayerSpec, result: NodeResult) -> Call:
    assert spec.construct is not None
    return spec.construct(result.args, _operands(result))


def _call(spec: LayerSpec, result: NodeResult) -> Call | None:
    """The call in symbols, or None where the rule cannot think in them."""
    try:
        return _certain_call(spec, result)
    except RULE_FAILURES:
        return None


def _block_call(kind: str, block: Block, lowered: Lowered, result: NodeResult) -> Call:
    """The construction of an instance of a block: sizes, parameters, extras."""
    body = result.body
    assert body is not None
    arguments: list[Argument] = [Argument(body.args.get(size)) for size in lowered.sizes]
    optional: list[Argument] = []
    for param in block.params:
        default = resolve(param.default, {})
        if default is None and not param.optional:
            arguments.append(Argument(result.args[param.name]))
        else:
            value = result.args[param.name]
            optional.append(Argument(value, param.name, default, has_default=True))
    for name, values in lowered.extras.items():
        arguments.append(Argument(values.get(id(body)), name))
    return Call(kind, (*arguments, *optional))


def _sequential(
    scope: ClassScope,
    label: str,
    kind: str,
    symbolic: NodeResult | None,
    cases: list[tuple[BlockResult, NodeResult]],
) -> Tree:
    """A block of sequential form: its layers, in order, inside one ``nn.Sequential``."""
    block = scope.diagram.blocks[kind]
    body = symbolic.body if symbolic else None
    bodies = [(at, one.body) for at, one in cases if one.body is not None]
    items: list[Tree] = []
    for node_id in bodies[0][1].order:
        node = block.graph.nodes[node_id]
        if not has_module(scope.diagram, block, node):
            continue
        inner = [(at, b.nodes[node_id][0]) for at, b in bodies]
        general = body.nodes[node_id][0] if body else None
        items.append(
            _copy(scope, f"{label}_{node.label}", node.kind, general, inner).tree(scope.explainer)
        )
    return Invoke("nn.Sequential", tuple(items))


def _edge_members(scope: ClassScope, edge: Edge) -> None:
    """The module of a shortcut, and the switch of a join that only some instances have."""
    results = [(at, at.edges[edge.id]) for at in scope.instances]
    projecting = [(at, one) for at, one in results if one.chain]
    at = (Definition(scope.name, edge.id),)
    if projecting:
        tree, condition = _chain(scope, edge, projecting, results)
        otherwise = Invoke("nn.Identity", ()) if condition else None
        scope.members.append(Member(edge.label, tree, at, condition, otherwise))
    present = {id(block): joins(one) for block, one in results}
    if any(present.values()) and not all(present.values()):
        condition = flag(scope, edge.active, f"{edge.label}_present", present)
        scope.members.append(Member(switch(edge), Atom(condition), at))


def switch(edge: Edge) -> str:
    """The attribute that says whether a join is there, where only some copies have it."""
    return f"has_{edge.label or edge.id}"


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
            scope.support[first.kind] = None
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
    try:
        return _chain_call(spec, replace(layer, args=args, input=x if position == 0 else f))
    except RULE_FAILURES:
        return None


def _strides(scope: ClassScope, projecting: list[tuple[BlockResult, EdgeResult]]) -> Size | None:
    """The expression of the branch's stride that the shortcut's stride follows, if there is one:
    a literal would be right today and wrong when the parameter changes."""
    cases: list[tuple[BlockResult, Operand]] = []
    for at, one in projecting:
        stride = one.chain[0].args.get("stride", 1)
        cases.append((at, stride[0] if isinstance(stride, tuple) else stride))
    for copies in scope.symbolic.nodes.values():
        stride = copies[0].args.get("stride")
        first = stride[0] if isinstance(stride, tuple) and stride else None
        if isinstance(first, Dim) and holds(first, cases):
            return first
    return None


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


def flag(scope: ClassScope, value: bool | Expr, name: str, needed: Mapping[int, bool]) -> str:
    """The text of a condition that is ``needed`` in each instance: the expression that was
    written, or a further argument of the class."""
    cases: Cases = [(at, needed[id(at)]) for at in scope.instances]
    symbolic: Operand = None
    if isinstance(value, Expr):
        symbolic = resolve(value, _names(scope))
    tree = scope.explainer.tree(symbolic, cases, name)
    assert isinstance(tree, Atom)
    return tree.text
