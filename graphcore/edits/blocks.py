"""Edits of blocks as a whole, of their declared parameters, and of the document's own values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graphcore.diagram import INPUT, OUTPUT, Block, Diagram, Edge, Graph, Node, Point, PortRef
from graphcore.edits.editing import (
    EditError,
    block_of,
    check_name,
    check_value,
    map_blocks,
    node_of,
    with_block,
    with_node,
    without,
)
from graphcore.edits.names import check_block_name, check_param_name, declared_param
from graphcore.expression import Expr, ExpressionError, names_in
from graphcore.layers import LAYERS
from graphcore.naming import fresh_block
from graphcore.spec import MAX_SIZE, Param, ParamValue, Refused
from graphcore.values import MAX_ITEMS

_FIRST_PLACES = (Point(0, 0), Point(0, 144))


def add_block(diagram: Diagram, name: str) -> Diagram:
    """Define a block in which ``x`` is wired to ``output``: ready to have layers dropped on it."""
    check_block_name(diagram, name)
    source, sink = (LAYERS[kind].stem for kind in (INPUT, OUTPUT))
    wire = Edge(
        f"{source}-{sink}",
        PortRef(source, LAYERS[INPUT].outputs[0].name),
        PortRef(sink, LAYERS[OUTPUT].inputs[0].name),
    )
    nodes = {source: Node(source, INPUT, source), sink: Node(sink, OUTPUT, sink)}
    graph = Graph(nodes, {wire.id: wire})
    block = Block(graph, positions=dict(zip(nodes, _FIRST_PLACES, strict=True)))
    return with_block(diagram, name, block)


def remove_block(diagram: Diagram, name: str) -> Diagram:
    """Remove a definition that nothing is an instance of."""
    block_of(diagram, name)
    if name == diagram.main:
        raise EditError(f"'{name}' is the model itself and cannot be removed.")
    users = sorted(
        other
        for other, block in diagram.blocks.items()
        if any(node.kind == name for node in block.graph.nodes.values())
    )
    if users:
        raise EditError(f"'{name}' is used in {', '.join(users)}; delete its instances first.")
    return replace(diagram, blocks=without(diagram.blocks, [name]))


def remove_unused_blocks(diagram: Diagram) -> Diagram:
    """Remove every definition that the model is not made of, directly or by way of others."""
    used, waiting = {diagram.main}, [diagram.main]
    while waiting:
        nodes = diagram.blocks[waiting.pop()].graph.nodes.values()
        found = {node.kind for node in nodes} & diagram.blocks.keys() - used
        used |= found
        waiting.extend(found)
    if used == diagram.blocks.keys():
        return diagram
    return replace(diagram, blocks=without(diagram.blocks, diagram.blocks.keys() - used))


def make_unique(diagram: Diagram, block: str, node: str) -> tuple[Diagram, str]:
    """Give one instance a definition of its own; returns the new block's name."""
    found = node_of(diagram, block, node)
    if found.kind not in diagram.blocks:
        raise EditError(f"'{found.label}' is a layer; only an instance of a block can be unique.")
    name = fresh_block(found.kind, diagram)
    copied = with_block(diagram, name, replace(diagram.blocks[found.kind]))
    return with_node(copied, block, replace(found, kind=name)), name


def keep_here_only(diagram: Diagram, block: str, node: str, before: Block) -> tuple[Diagram, str]:
    """Let an edit of a shared block hold for one instance only: it gets the block as it is now
    under a name of its own, the others the block as it was ``before``. Returns the new name."""
    kind = node_of(diagram, block, node).kind
    parted, name = make_unique(diagram, block, node)
    return with_block(parted, kind, before), name


def set_doc(diagram: Diagram, block: str, doc: str) -> Diagram:
    """Set the sentence that describes a block (its class's docstring)."""
    check_value("description", doc)
    return with_block(diagram, block, replace(block_of(diagram, block), doc=doc))


def set_block_param(diagram: Diagram, block: str, name: str, default: ParamValue) -> Diagram:
    """Set the default of a declared parameter: for the main block, what its slider shows."""
    param = declared_param(diagram, block, name)
    changed = replace(param, default=checked_default(param, default))
    inside = block_of(diagram, block)
    params = tuple(changed if p is param else p for p in inside.params)
    return with_block(diagram, block, replace(inside, params=params))


def add_block_param(diagram: Diagram, block: str, param: Param) -> Diagram:
    """Declare a parameter, which expressions in the block can then refer to."""
    check_param_name(diagram, block, param.name)
    check_value(f"the description of {param.name}", param.doc)
    checked_default(param, param.default)
    inside = block_of(diagram, block)
    if len(inside.params) == MAX_ITEMS:
        raise EditError(f"'{block}' declares {MAX_ITEMS} parameters already; remove one first.")
    return with_block(diagram, block, replace(inside, params=(*inside.params, param)))


def remove_block_param(diagram: Diagram, block: str, name: str) -> Diagram:
    """Remove a declared parameter that no expression refers to; instances forget its value."""
    param = declared_param(diagram, block, name)
    inside = block_of(diagram, block)
    used = sorted(label for label, expr in expressions_in(inside) if _refers(expr, name))
    if used:
        raise EditError(
            f"'{name}' is used by {', '.join(dict.fromkeys(used))} in '{block}'; put a number "
            "there first."
        )
    params = tuple(p for p in inside.params if p is not param)

    def forget(_: str, other: Block) -> Block:
        nodes = {
            key: replace(node, params=without(node.params, [name]))
            for key, node in other.graph.nodes.items()
            if node.kind == block and name in node.params
        }
        if not nodes:
            return other
        return replace(other, graph=replace(other.graph, nodes={**other.graph.nodes, **nodes}))

    return map_blocks(with_block(diagram, block, replace(inside, params=params)), forget)


def set_symbol(diagram: Diagram, name: str, value: int) -> Diagram:
    """Set the size at which a symbol such as ``N`` is tried out."""
    check_name(name)
    if isinstance(value, bool) or not 1 <= value <= MAX_SIZE:
        raise EditError(f"'{name}' stands for a size of at least 1, not {value!r}.")
    return replace(diagram, symbols={**diagram.symbols, name: value})


def set_recipe(diagram: Diagram, name: str, value: ParamValue) -> Diagram:
    """Set a value of the training recipe. Raises EditError where the recipe refuses it."""
    from graphcore.training.recipe import RECIPE

    param = next((param for param in RECIPE if param.name == name), None)
    if param is None:
        known = ", ".join(param.name for param in RECIPE)
        raise EditError(f"The recipe has no '{name}'; it has {known}.")
    checked_default(param, value)
    return replace(diagram, recipe={**diagram.recipe, name: value})


def set_notes(diagram: Diagram, notes: str) -> Diagram:
    """Set the document's free text."""
    check_value("notes", notes)
    return replace(diagram, notes=notes)


def checked_default(param: Param, value: ParamValue) -> ParamValue:
    """``value`` if it is a literal that ``param`` accepts. Raises EditError."""
    check_value(param.name, value)
    if _is_expression(value):
        raise EditError(f"'{param.name}' needs a value here, not an expression ({value}).")
    try:
        param.resolve(value)  # type: ignore[arg-type]
    except Refused as refusal:
        raise EditError(f"{refusal}.") from refusal
    return value


def _is_expression(value: ParamValue) -> bool:
    if isinstance(value, tuple):
        return any(map(_is_expression, value))
    return isinstance(value, Expr)


def expressions_in(block: Block) -> list[tuple[str, Expr]]:
    """Every expression in a block with the label of where it stands."""
    found: list[tuple[str, Expr]] = []

    def collect(label: str, value: ParamValue | Mapping[str, ParamValue]) -> None:
        match value:
            case Expr():
                found.append((label, value))
            case tuple():
                for item in value:
                    collect(label, item)
            case Mapping():
                for item in value.values():
                    collect(label, item)

    for node in block.graph.nodes.values():
        scales = [scale.params for chain in node.scales.values() for scale in chain]
        for value in (node.params, node.repeat, node.active, *scales):
            collect(node.label, value)
    for edge in block.graph.edges.values():
        for value in (edge.params, edge.active, *(scale.params for scale in edge.scales)):
            collect(edge.label or edge.id, value)
    return found


def _refers(expr: Expr, name: str) -> bool:
    try:
        return name in names_in(expr)
    except ExpressionError:
        return False
