"""Scaling what is joined: where there are scales, and putting one there."""

from __future__ import annotations

from app.canvas.gestures.scale_offers import ScaleOffer
from app.canvas.placing.making_room import with_room_before
from app.document import Document
from graphcore import edits
from graphcore.diagram import Diagram
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.scales import ScalePlace, joins_at, scales_at
from graphcore.tensor_type import TensorType


def scale_places(document: Document, item: str) -> tuple[ScalePlace, ...]:
    """Where scales of a node or an edge can stand, or do: a place for each of its inputs at which
    something is joined, or its shortcut."""
    graph = document.diagram.blocks[document.block].graph
    if item in graph.edges:
        edge = graph.edges[item]
        joins = EDGE_KINDS[edge.kind].join != "none"
        return (ScalePlace(item),) if joins or edge.scales else ()
    if item not in graph.nodes:
        return ()
    ports = dict.fromkeys((*joins_at(graph, item), *graph.nodes[item].scales))
    return tuple(ScalePlace(item, port) for port in ports)


def scaled_type(document: Document, place: ScalePlace) -> TensorType | None:
    """The type of the value that scales at ``place`` act on, in the instance that is shown."""
    graph, result = document.diagram.blocks[document.block].graph, document.result
    if result is None:
        return None
    if place.port:
        return _type_of_branch(document, place.item, place.port)
    edge = graph.edges[place.item]
    if EDGE_KINDS[edge.kind].join == "add":
        # A shortcut is projected to the type of F before its scales act.
        return _type_of_branch(document, *edge.target)
    found = result.edges.get(edge.id)
    return found.type if found is not None else None


def _type_of_branch(document: Document, node: str, port: str) -> TensorType | None:
    graph, result = document.diagram.blocks[document.block].graph, document.result
    flows = (e for e in graph.into(node, port) if EDGE_KINDS[e.kind].join == "none")
    flow = next(flows, None)
    found = result.edges.get(flow.id) if result is not None and flow is not None else None
    return found.type if found is not None else None


def add_scale(document: Document, place: ScalePlace, offer: ScaleOffer) -> str:
    """Let what is offered act at ``place``, last of what is there; the label of the new scale, or
    "" where it was refused."""
    block = document.block
    made: list[str] = []

    def edit(diagram: Diagram) -> Diagram:
        after, label = edits.add_scale(
            diagram, block, place, offer.kind, params=offer.params, stem=offer.stem
        )
        made.append(label)
        return with_room_before(after, block, place.item) if place.port else after

    what = "branch" if place.port else "shortcut"
    done = document.apply(f"Scale the {what}: {offer.title}", edit)
    return made[-1] if done and made else ""


def joined_ports(document: Document, item: str) -> int:
    """At how many inputs of a node something is joined."""
    graph = document.diagram.blocks[document.block].graph
    return len(joins_at(graph, item)) if item in graph.nodes else 0


def labels_at(document: Document, place: ScalePlace) -> tuple[str, ...]:
    """The labels of the scales at ``place``, in order."""
    graph = document.diagram.blocks[document.block].graph
    return tuple(scale.label for scale in scales_at(graph, place))
