"""How a wire of a sheet looks, put together from all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.canvas.edge_painter import EdgeLook
from app.canvas.scale_chips import branch_chips, shortcut_words

if TYPE_CHECKING:
    from app.canvas.scene import Sheet


def edge_look(sheet: Sheet, id: str) -> EdgeLook:
    """How a wire is shown now."""
    edge, found = sheet.block.graph.edges[id], sheet.found.edges.get(id)
    values, result = sheet.values.get(id, ()), sheet.result
    words = shortcut_words(edge, result)
    return EdgeLook(
        edge.kind,
        sheet.geometry.routes[id].corners,
        joined=edge.target in sheet.geometry.joins,
        caption=" ".join(filter(None, (found.caption if found else "", words))),
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
    )
