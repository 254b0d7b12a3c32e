"""What a tooltip tells of the gradient that comes back along a wire, and of the two that meet."""

from __future__ import annotations

import math
from html import escape
from typing import Final

from app import gradient_scale
from app.canvas.edge_flow import EdgeMeasure, SheetFlow
from app.canvas.scene import Sheet
from graphcore.diagram import Edge, Graph, PortRef
from graphcore.edge_kinds import EDGE_KINDS

NORM: Final = "‖∂L/∂h‖"
NO_BREAK: Final = "\u00a0"
_NOTHING: Final = "–"


def flow_lines(sheet: Sheet, edge: str) -> list[str]:
    """The gradient along a wire, what share of the whole that is, and the value it carries; nothing
    where no run is shown."""
    flow, graph = sheet.flow, sheet.block.graph
    if flow is None:
        return []
    measure = flow.figures.get(edge)
    if measure is None or math.isnan(measure.gradient):
        return [f"{NORM} not measured at step {flow.step}"]
    told = f"{NORM} = {gradient_scale.describe(measure.gradient)} at step {flow.step}"
    return [told, _share_line(graph, graph.edges[edge], measure), _value_line(measure)]


def join_tooltip(sheet: Sheet, port: PortRef) -> str:
    """The paths that meet at a port side by side, as a table; "" where no run is shown."""
    flow, graph = sheet.flow, sheet.block.graph
    arriving = graph.into(*port)
    if flow is None or len(arriving) < 2:
        return ""
    columns = [_column(graph, edge, flow) for edge in arriving]
    heads = "".join(f"<th align='right'>&nbsp;&nbsp;{escape(column[0])}</th>" for column in columns)
    names = ("‖∂L/∂x‖ through it", "its share", "value it brings: mean", "deviation", "zeros")
    rows = "".join(
        f"<tr><td>{name}</td>"
        + "".join(f"<td align='right'>{c[i]}</td>" for c in columns)
        + "</tr>"
        for i, name in enumerate(names, start=1)
    )
    cosine = _cosine_of(arriving, flow)
    below = "" if math.isnan(cosine) else f"<br>cosine of the two gradients {number(cosine)}"
    title = f"What meets at {escape(graph.nodes[port.node].label)}, step {flow.step}"
    return f"<b>{title}</b><table cellspacing='2'><tr><td></td>{heads}</tr>{rows}</table>{below}"


def percent(share: float) -> str:
    """A share as people write it, 72 %, which no line break parts."""
    return number(round(share * 100), 0) + NO_BREAK + "%"


def number(value: float, digits: int = 2) -> str:
    """A figure with a true minus sign.

    >>> number(-0.104)
    '−0.10'
    """
    written = f"{value:.{digits}f}"
    return written.removeprefix("-") if float(written) == 0 else written.replace("-", "−")


def other_ways(graph: Graph, edge: Edge) -> list[Edge]:
    """The other wires that begin where ``edge`` begins."""
    return [one for one in graph.out_of(*edge.source) if one.id != edge.id]


def role(graph: Graph, edge: Edge) -> str:
    """What a wire is at a residual connection: the shortcut, the branch, or this wire only."""
    if EDGE_KINDS[edge.kind].join == "add":
        return "the shortcut"
    goes_round = any(EDGE_KINDS[one.kind].join == "add" for one in other_ways(graph, edge))
    return "the branch" if goes_round else "this wire"


def _share_line(graph: Graph, edge: Edge, measure: EdgeMeasure) -> str:
    others = other_ways(graph, edge)
    if not others or math.isnan(measure.share):
        return ""
    source = graph.nodes[edge.source.node].label
    rest = role(graph, others[0]) if len(others) == 1 else "the rest"
    rest = "the other" if rest == "this wire" else rest
    told = f"{role(graph, edge)} brings {percent(measure.share)} of the gradient of {source}"
    if math.isnan(measure.cosine):
        return told
    return f"{told}; cosine with {rest}{NO_BREAK}{number(measure.cosine)}"


def _value_line(measure: EdgeMeasure) -> str:
    if math.isnan(measure.mean):
        return ""
    return (
        f"h: mean {_short(measure.mean)}, deviation {_short(measure.deviation)}, "
        f"{percent(measure.zeros)} zeros"
    )


def _column(graph: Graph, edge: Edge, flow: SheetFlow) -> tuple[str, ...]:
    """Of one path into a join: its name; the gradient that comes back by it, and its share, at the
    value where the paths part; and the value that it brings."""
    brought = flow.figures.get(edge.id)
    start = _start_of(graph, edge)
    back = flow.figures.get(start.id) if start is not None else None
    label = graph.nodes[edge.source.node].label
    name = role(graph, start or edge).removeprefix("the ").replace("this wire", "wire")
    return (
        f"{name} {label}",
        gradient_scale.describe(back.gradient) if back else _NOTHING,
        percent(back.share) if back and not math.isnan(back.share) else _NOTHING,
        _short(brought.mean) if brought else _NOTHING,
        _short(brought.deviation) if brought else _NOTHING,
        percent(brought.zeros) if brought and not math.isnan(brought.zeros) else _NOTHING,
    )


def _start_of(graph: Graph, edge: Edge) -> Edge | None:
    """The wire at which the path that ends with ``edge`` leaves the value that goes both ways: of a
    branch its first one, where it has one only."""
    arriving = graph.into(*edge.target)
    shortcuts = [one for one in arriving if EDGE_KINDS[one.kind].join == "add"]
    if edge in shortcuts or len(shortcuts) != 1:
        return edge
    ways = other_ways(graph, shortcuts[0])
    return ways[0] if len(ways) == 1 else None


def _cosine_of(arriving: tuple[Edge, ...], flow: SheetFlow) -> float:
    """Between what comes back by the only shortcut and what comes back by the branch."""
    shortcuts = [one for one in arriving if EDGE_KINDS[one.kind].join == "add"]
    measure = flow.figures.get(shortcuts[0].id) if len(shortcuts) == 1 else None
    return measure.cosine if measure is not None else math.nan


def _short(value: float) -> str:
    """Three digits, with an exponent where that is shorter."""
    return _NOTHING if math.isnan(value) else f"{value:.3g}".replace("-", "−", 1)
