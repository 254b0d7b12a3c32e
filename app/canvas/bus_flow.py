"""How thick the parts of a bus are because of the gradients that come back along its edges."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from app.canvas.edge_flow import FlowStroke, SheetFlow, flow_stroke
from app.canvas.placing.buses import Bus


class BusFlow(NamedTuple):
    """The strokes of the taps and of the stretches of a bus, in their order."""

    taps: tuple[FlowStroke, ...]
    stretches: tuple[FlowStroke, ...]


def bus_flow(bus: Bus, flow: SheetFlow) -> BusFlow:
    """Every part as the strongest of the edges that pass there: norms of gradients do not add up,
    so no sum would be true."""
    reach: dict[str, list[float]] = {}
    for tap in bus.taps:
        for edge in tap.edges:
            reach.setdefault(edge, []).append(tap.x)
    passing = [
        [edge for edge, xs in reach.items() if min(xs) <= part.start and part.end <= max(xs)]
        for part in bus.stretches
    ]
    return BusFlow(
        tuple(_strongest(tap.edges, flow) for tap in bus.taps),
        tuple(_strongest(edges, flow) for edges in passing),
    )


def _strongest(edges: Iterable[str], flow: SheetFlow) -> FlowStroke:
    found = (flow.figures[edge].gradient for edge in edges if edge in flow.figures)
    return flow_stroke(max((one for one in found if not math.isnan(one)), default=math.nan))
