"""What is arranged: blocks with the chips attached to them, and how wires link them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from graphcore.deferred import networkx as nx
from graphcore.diagram import Diagram, Edge, Graph
from graphcore.drawn_kind import drawn_kind
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.measures import is_chip, is_end


class Unit(NamedTuple):
    """A block with the chips attached to it; known by its head."""

    members: tuple[str, ...]

    @property
    def head(self) -> str:
        return self.members[0]


def attached(diagram: Diagram, graph: Graph) -> dict[str, str]:
    """Which chip sits behind which node: chip -> node before it.

    A chip does where it alone takes the node's only output, by a plain wire, and nothing joins it.
    """
    leaving = Counter(edge.source.node for edge in graph.edges.values())
    arriving = Counter(edge.target.node for edge in graph.edges.values())
    behind: dict[str, str] = {}
    for edge in graph.edges.values():
        source, target = graph.nodes.get(edge.source.node), graph.nodes.get(edge.target.node)
        if source is None or target is None or not is_chip(target) or joins(edge):
            continue
        alone = leaving[source.id] == 1 and arriving[target.id] == 1
        if alone and not is_end(source) and source.kind not in diagram.blocks:
            behind[target.id] = source.id
    return behind


def joins(edge: Edge) -> bool:
    """Whether ``edge`` adds or concatenates to what else arrives."""
    return EDGE_KINDS[edge.kind].join != "none"


def goes_round(diagram: Diagram, graph: Graph, edge: Edge) -> bool:
    """Whether ``edge`` is drawn as one that joins, going round what lies between its ends."""
    return EDGE_KINDS[drawn_kind(diagram, graph, edge)].join != "none"


def units_of(diagram: Diagram, graph: Graph) -> list[Unit]:
    """Every node in exactly one unit, in the order of the nodes."""
    behind = attached(diagram, graph)
    following = {before: chip for chip, before in behind.items()}
    # A ring of chips has no head; each of its chips then stands alone.
    units: list[Unit] = []
    seen: set[str] = set()
    for id in [*(i for i in graph.nodes if i not in behind), *behind]:
        members: list[str] = []
        at: str | None = id
        while at is not None and at not in seen:
            members.append(at)
            seen.add(at)
            at = following.get(at)
        if members:
            units.append(Unit(tuple(members)))
    return units


def is_chain(diagram: Diagram, graph: Graph, units: Sequence[Unit]) -> bool:
    """Whether a plain wire leads from each unit to the next and joining wires lead forward: such
    a block is a trunk and nothing else, as most are, and needs no search."""
    place = {member: rank for rank, unit in enumerate(units) for member in unit.members}
    followed: set[int] = set()
    for edge in graph.edges.values():
        start, end = place.get(edge.source.node), place.get(edge.target.node)
        if start is None or end is None or start == end:
            continue
        round_others = goes_round(diagram, graph, edge)
        if end < start or (end > start + 1 and not round_others):
            return False
        if not round_others:
            followed.add(start)
    return len(units) > 1 and len(followed) == len(units) - 1


def unit_graph(diagram: Diagram, graph: Graph, units: Iterable[Unit]) -> nx.DiGraph[str]:
    """The units by their heads, with ``joins`` on edges of which every one joins."""
    head = {member: unit.head for unit in units for member in unit.members}
    linked: nx.DiGraph[str] = nx.DiGraph()
    linked.add_nodes_from(unit.head for unit in units)
    for edge in graph.edges.values():
        source, target = head.get(edge.source.node), head.get(edge.target.node)
        if source is None or target is None or source == target:
            continue
        round_others = goes_round(diagram, graph, edge)
        joining = round_others and linked.get_edge_data(source, target, {"joins": True})["joins"]
        linked.add_edge(source, target, joins=joining)
    if nx.is_directed_acyclic_graph(linked):
        return linked
    order = {unit: index for index, unit in enumerate(linked)}
    backward = [(a, b) for a, b in linked.edges if order[a] >= order[b]]
    linked.remove_edges_from(backward)
    return linked
