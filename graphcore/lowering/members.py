"""The attributes of a class: what each node and each shortcut constructs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from graphcore.diagnostics import Diagnostic, DiagramError
from graphcore.diagram import Block, Definition, Node
from graphcore.explain import Cases, holds, mentioned
from graphcore.expression import Expr, ExpressionError, Value
from graphcore.layers import LAYERS
from graphcore.lowering.class_scope import RULE_FAILURES, ClassScope, Lowered, flag
from graphcore.lowering.copies import Copy, Inexpressible, in_sequence
from graphcore.lowering.shortcuts import join_members
from graphcore.modules import has_module, is_container
from graphcore.ports import declared_params, input_ports
from graphcore.program import Atom, Invoke, Member, Tree
from graphcore.resolution import resolve, resolve_args
from graphcore.results import BlockResult, NodeResult
from graphcore.spec import Argument, Call, Inputs, LayerSpec, Refused, path_of
from graphcore.tensor_type import Dim, Size, symbol


def lower_members(scope: ClassScope) -> None:
    """Adds every attribute of the class to ``scope``, in the order of registration."""
    graph = scope.block.graph
    for node_id in scope.symbolic.order:
        node = graph.nodes[node_id]
        for port in input_ports(scope.diagram, node):
            join_members(scope, node, port)
        if has_module(scope.diagram, scope.block, node):
            _node_member(scope, node)
    for tie in graph.ties:
        target, source = graph.nodes[tie.target[0]], graph.nodes[tie.source[0]]
        tree = Atom(f"self.{path_of(source.label, tie.source[1])}")
        at = (Definition(scope.name, target.id),)
        scope.members.append(Member(path_of(target.label, tie.target[1]), tree, at))


def _node_member(scope: ClassScope, node: Node) -> None:
    active = [at for at in scope.instances if at.nodes[node.id][0].active]
    if not active:
        return
    tree = _kept_tree(scope, node, active)
    wrapper = LAYERS[node.kind].value if node.kind in LAYERS else ""
    if wrapper:
        tree = Invoke(wrapper, (tree,))
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


Bodies = Sequence[tuple[BlockResult, BlockResult]]
"""Each instance of the class, and there the block whose node is written: the class itself, or a
block of sequential form inside it."""


def node_tree(scope: ClassScope, node: Node, instances: Sequence[BlockResult]) -> Tree:
    """The construction of ``node``: a module, or a container of its copies."""
    return _tree(scope, node, node.label, scope.symbolic, [(at, at) for at in instances])


def _tree(
    scope: ClassScope, node: Node, label: str, symbolic: BlockResult | None, bodies: Bodies
) -> Tree:
    """As :func:`node_tree`, for a node of any of ``bodies``; ``label`` begins the names of the
    arguments that it may need."""
    general = symbolic.nodes[node.id] if symbolic else ()
    cases = [(at, body.nodes[node.id]) for at, body in bodies]
    longest = max(len(results) for _, results in cases) if is_container(node) else 1
    copies = [
        _copy(
            scope,
            label if longest == 1 else f"{label}_{index}",
            node.kind,
            general[index] if index < len(general) else None,
            [(at, results[index]) for at, results in cases if index < len(results)],
        )
        for index in range(longest)
    ]
    if not is_container(node):
        return copies[0].tree(scope.explainer)
    in_i = _call_in_i(scope, node, symbolic) if symbolic else None
    copies = [replace(copy, in_i=in_i, index=index) for index, copy in enumerate(copies)]
    counts: Cases = [(at, len(results)) for at, results in cases]
    container = "nn.Sequential" if _is_unary(cases[0][1][0]) else "nn.ModuleList"
    count = _count(scope, node, label, symbolic, counts)
    fewest = min(len(results) for _, results in cases)
    try:
        return in_sequence(container, copies, count, fewest, scope.explainer, node.copy_names)
    except Inexpressible as error:
        at = Definition(bodies[0][1].block, node.id)
        raise DiagramError((Diagnostic("error", f"{node.label}: {error}", at),)) from error


def _call_in_i(scope: ClassScope, node: Node, symbolic: BlockResult) -> Call | None:
    """The construction of any copy as its parameters were written, with ``i`` as a symbol."""
    first, given = symbolic.nodes[node.id][0], cast(Mapping[str, Value], symbolic.args)
    try:
        count = resolve(node.repeat, given)
        names = {**given, "i": symbol("i"), "n": cast(Value, count)}
        params = declared_params(scope.diagram, node.kind)
        result = first._replace(args=resolve_args(params, node.params, names))
        if node.kind in LAYERS:
            return _certain_call(LAYERS[node.kind], result)
        if node.kind not in scope.lowered:
            return None
        block = scope.diagram.blocks[node.kind]
        return _block_call(node.kind, block, scope.lowered[node.kind], result)
    except (*RULE_FAILURES, Refused, ExpressionError):
        return None  # Then the copies are told apart one by one.


def _is_unary(result: NodeResult) -> bool:
    return len(result.inputs) == 1 and len(result.outputs) == 1


def _count(
    scope: ClassScope, node: Node, label: str, symbolic: BlockResult | None, counts: Cases
) -> Size | str:
    """The number of copies: a size in the class's names where that is right, else a number."""
    if isinstance(node.repeat, Expr) and symbolic is not None:
        known = resolve(node.repeat, cast(Mapping[str, Value], symbolic.args))
        if holds(known, counts) and isinstance(known, int | Dim):
            scope.explainer.used |= mentioned(known)
            return known
    tree = scope.explainer.tree(None, counts, f"{label}_copies")
    assert isinstance(tree, Atom)
    return int(tree.text) if tree.text.isdigit() else tree.text


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
            scope.support[spec.support] = None
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
        if has_module(scope.diagram, block, node):
            items.append(_tree(scope, node, f"{label}_{node.label}", body, bodies))
    return Invoke("nn.Sequential", tuple(items))
