"""Taking a block's instance apart: its inside in its place.

An edit like those of :mod:`graphcore.edits`; it stands apart because it asks the analysis for the
sizes that the block infers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graphcore.analysis import analyse
from graphcore.analysis.symbolic import symbolic_result
from graphcore.diagram import Block, Diagram, Node
from graphcore.edits.blocks import expressions_in
from graphcore.edits.editing import EditError, block_of, check_room, node_of, with_block, without
from graphcore.edits.group_places import is_arranged, spread_out
from graphcore.edits.inlining import inlined
from graphcore.edits.tie_paths import with_paths
from graphcore.edits.unrolling import unroll
from graphcore.explain import holds
from graphcore.expression import Expr, ExpressionError, names_in
from graphcore.layout import arrange
from graphcore.ports import input_ports
from graphcore.results import BlockResult
from graphcore.spec import ParamValue
from graphcore.tensor_type import Dim, Size


def explode(diagram: Diagram, block: str, node: str) -> tuple[Diagram, frozenset[str]]:
    """Put what is inside an instance of a block in its place; returns the new nodes' ids.

    The block's parameters become the values, or the expressions of the block around it, that the
    instance gives them; a repeat is written out copy by copy, as many as there are now; labels that
    are taken get the next free number; joins run together again. The definition goes if nothing
    else is made of it.
    Raises EditError where that cannot be: a module shared with other nodes, too many copies, a
    number of copies or a size that differs from place to place.
    """
    found = node_of(diagram, block, node)
    _check(diagram, block, found)
    unrolled, copies = unroll(diagram, block, found, _count(diagram, block, found))
    sizes = _sizes(unrolled, block, copies)
    edited = unrolled
    copied: list[Mapping[str, str]] = []
    for copy in copies:
        edited, ids = _one(edited, block, copy, sizes[copy])
        copied.append(ids)
    inside = edited.blocks[block]
    if is_arranged(diagram, block):
        places = arrange(edited, block)
    else:
        places = spread_out(diagram, block, found, inside.graph, copied)
    edited = with_block(edited, block, replace(inside, positions=places))
    nodes = (n for b in edited.blocks.values() for n in b.graph.nodes.values())
    if not any(node.kind == found.kind for node in nodes):
        edited = replace(edited, blocks=without(edited.blocks, [found.kind]))
    made = {name for ids in copied for name in ids.values()}
    return edited, frozenset(made & inside.graph.nodes.keys())


def _check(diagram: Diagram, block: str, node: Node) -> None:
    graph = block_of(diagram, block).graph
    if node.kind not in diagram.blocks:
        raise EditError(f"'{node.label}' is a layer and has nothing inside; select a block.")
    if node.active is not True:
        raise EditError(f"'{node.label}' is not always on; switch it on before you take it apart.")
    callers = [other.label for other in graph.nodes.values() if other.same_as == node.id]
    if node.same_as is not None or callers:
        other = graph.nodes.get(node.same_as or "")
        name = callers[0] if callers else other.label if other is not None else str(node.same_as)
        raise EditError(
            f"'{node.label}' and '{name}' are one module; taken apart it would be two. Give "
            f"'{name if callers else node.label}' a module of its own first."
        )


def _count(diagram: Diagram, block: str, node: Node) -> int:
    """How many copies there are. Raises EditError where that differs from place to place."""
    if isinstance(node.repeat, int):
        return node.repeat
    places = [result for _, result in analyse(diagram).blocks() if result.block == block]
    copies = [place.nodes.get(node.id, ()) for place in places]
    counts = {len(each) for each in copies}
    if len(counts) == 1 and all(one.accepted for each in copies for one in each):
        return counts.pop()
    raise EditError(
        f"'{node.label}' repeats {node.repeat} times, and '{block}' "
        f"{'is not the same in all its copies' if counts else 'is not used yet'}; give it a "
        "number of copies first."
    )


def _one(
    diagram: Diagram, block: str, node: str, sizes: Mapping[str, ParamValue]
) -> tuple[Diagram, Mapping[str, str]]:
    """One instance taken apart, and the new id of each node of its definition."""
    around = diagram.blocks[block]
    instance = around.graph.nodes[node]
    definition = diagram.blocks[instance.kind]
    check_room(around.graph, block, len(definition.graph.nodes))
    values = {p.name: instance.params.get(p.name, p.default) for p in definition.params}
    missing = _sizes_used(definition) - sizes.keys()
    if missing:
        raise EditError(
            f"'{instance.label}' uses {', '.join(sorted(missing))}, which is not known or not the "
            "same in every copy here; put numbers or parameters in its place first."
        )
    inner = definition.graph.nodes.values()
    graph, ids = inlined(diagram, block, node, {**values, **sizes})
    inside = replace(around, graph=graph)
    labels = {node.label: graph.nodes[ids[node.id]].label for node in inner if node.id in ids}

    def flat(path: str) -> str:
        outer, _, rest = path.partition(".")
        label, dot, below = rest.partition(".")
        return labels[label] + dot + below if outer == instance.label and label in labels else path

    return with_block(with_paths(diagram, block, flat), block, inside), ids


def _sizes_used(definition: Block) -> set[str]:
    """The inferred sizes that the block's expressions refer to."""
    declared = {param.name for param in definition.params}
    known = set(_size_names(definition)) - declared
    used: set[str] = set()
    for _, expr in expressions_in(definition):
        try:
            used |= names_in(expr) & known
        except ExpressionError:
            continue  # It is no expression and refers to nothing.
    return used


def _size_names(definition: Block) -> list[str]:
    inputs = definition.graph.inputs()
    return ["in_channels", *(f"{node.label}_channels" for node in inputs[1:])]


def _sizes(
    diagram: Diagram, block: str, nodes: tuple[str, ...]
) -> dict[str, dict[str, ParamValue]]:
    """For each of ``nodes`` the sizes that its definition infers: as an expression of the block
    around where one is right in all its copies, as a number where all agree."""
    found: dict[str, dict[str, ParamValue]] = {node: {} for node in nodes}
    definition = diagram.blocks[diagram.blocks[block].graph.nodes[nodes[0]].kind]
    if not _sizes_used(definition):
        return found
    analysis = analyse(diagram)
    places = [result for _, result in analysis.blocks() if result.block == block]
    if not places or any(node not in place.nodes for node in nodes for place in places):
        return found
    symbolic = symbolic_result(diagram, block, places) if analysis.ok else None
    known = {param.name for param in diagram.blocks[block].params}
    known |= set(_size_names(diagram.blocks[block]))
    for node in nodes:
        ports = input_ports(diagram, diagram.blocks[block].graph.nodes[node])
        for name, port in zip(_size_names(definition), ports, strict=True):
            numbers = [_channels(place, node, port.name) for place in places]
            general = _channels(symbolic, node, port.name) if symbolic is not None else None
            value = _written(general, numbers, places, known)
            if value is not None:
                found[node][name] = value
    return found


def _channels(result: BlockResult, node: str, port: str) -> Size | None:
    kind = result.nodes[node][0].inputs.get(port)
    return kind.channels if kind is not None and kind.dims else None


def _written(
    general: Size | None, numbers: list[Size | None], places: list[BlockResult], known: set[str]
) -> ParamValue:
    cases = list(zip(places, numbers, strict=True))
    if isinstance(general, Dim) and general.symbols <= known and holds(general, cases):
        return Expr(str(general))
    first = numbers[0]
    return first if isinstance(first, int) and all(n == first for n in numbers) else None
