"""How a wire of a sheet looks, put together from all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.canvas.bus_flow import bus_flow
from app.canvas.edge_flow import SheetFlow
from app.canvas.painting.edge_painter import PLAIN_CONCAT, EdgeLook
from app.canvas.painting.scale_chips import branch_chips, shortcut_words
from graphcore.diagram import Edge
from graphcore.edge_kinds import EDGE_KINDS

if TYPE_CHECKING:
    from app.canvas.scene import Sheet


def edge_look(sheet: Sheet, id: str) -> EdgeLook:
    """How a wire is shown now."""
    edge, found = sheet.block.graph.edges[id], sheet.found.edges.get(id)
    values, result = sheet.values.get(id, ()), sheet.result
    caption = _caption(edge, found.caption if found else "", in_bus=id in sheet.geometry.bus_of)
    words = shortcut_words(edge, result)
    return EdgeLook(
        edge.kind,
        sheet.geometry.routes[id].corners,
        joined=edge.target in sheet.geometry.joins,
        stacked=sheet.block.graph.nodes[edge.source.node].repeat != 1,
        caption=" ".join(filter(None, (caption, words))),
        note=sheet.found.variations.get(id, ""),
        shape=found.type.without_batch() if found and found.type else "",
        shape_changes=id in sheet.found.news,
        shape_asked=sheet.asks_shapes,
        active=found.active if found else edge.active is not False,
        selected=id in sheet.selection,
        hovered=id == sheet.hovered,
        dimmed=id in sheet.dimmed,
        problem=sheet.found.problems.get(id, ""),
        value=values[0] if values else None,
        scales=branch_chips(sheet.block.graph, edge, result, sheet.values, sheet.selection),
        drawn=sheet.found.kinds.get(id, ""),
        flow=sheet.flow.stroke(id) if sheet.flow is not None else None,
    )


def show_flow(sheet: Sheet, flow: SheetFlow | None) -> bool:
    """Draw the wires of a sheet as thick as the gradient along them, None as ever; whether any of
    them looks different now. The others are not painted anew."""
    sheet.flow = flow
    changed = False
    for id, item in sheet.edges.items():
        stroke = flow.stroke(id) if flow is not None else None
        if stroke != item.state.flow:
            item.show_flow(stroke)
            changed = True
    for bus in sheet.buses.items.values():
        changed |= bus.show_flow(bus_flow(bus.state.bus, flow) if flow is not None else None)
    return changed


def _caption(edge: Edge, made: str, *, in_bus: bool) -> str:
    """What becomes of an edge and, of a concatenation, the name that somebody gave it. A bus says
    by its (‖) that it concatenates."""
    kind = EDGE_KINDS[edge.kind]
    named = edge.label if kind.join == "concat" and not edge.label.startswith(kind.stem) else ""
    plain = in_bus and made == PLAIN_CONCAT and not named
    return "" if plain else " · ".join(filter(None, (named, made)))
