"""What a tooltip tells of a block or a wire."""

from __future__ import annotations

import math
from textwrap import fill

from PySide6.QtCore import QPointF

from app import gradient_scale
from app.canvas.diagram_scene import DiagramScene
from app.canvas.flow_words import flow_lines, join_tooltip
from app.canvas.gestures import hits
from app.canvas.scene import Sheet
from graphcore.diagram import Definition, Node
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.scales import find_scale, scales_at
from graphcore.layers import LAYERS
from graphcore.results import NodeResult
from graphcore.tensor_type import TensorType

_WIDTH = 76
"""Characters of a line."""


def tooltip_at(scene: DiagramScene, at: QPointF, item: str) -> str:
    """What is to be told about a place of ``scene``, where ``item`` is."""
    sheet = scene.sheet_at(at)
    local = scene.to_sheet(at, sheet)
    scale = hits.scale_at(scene, local, sheet)
    if scale:
        return scale_tooltip(sheet, scale)
    join = hits.join_at(local, sheet)
    met = join_tooltip(sheet, join) if join is not None else ""
    return met or tooltip(sheet, item)


def tooltip(sheet: Sheet, item: str) -> str:
    """The tooltip of a node or an edge; "" for nothing."""
    graph = sheet.block.graph
    if item in graph.nodes:
        lines = _about_node(sheet, graph.nodes[item])
    elif item in graph.edges:
        lines = _about_edge(sheet, item)
    else:
        return ""
    told = [*_problems(sheet, item), *lines]
    return "\n".join(fill(line, _WIDTH) for line in told if line)


def scale_tooltip(sheet: Sheet, label: str) -> str:
    """The tooltip of the chip of a scale."""
    graph = sheet.block.graph
    found = find_scale(graph, label)
    if found is None:
        return ""
    place, index = found
    scale = scales_at(graph, place)[index]
    given = (f"{name} {value}" for name, value in scale.params.items())
    lines = [" · ".join([f"{label} · {scale.kind}", *given])]
    lines += _gradient(sheet, label)
    lines.append(LAYERS[scale.kind].doc if scale.kind in LAYERS else "")
    return "\n".join(fill(line, _WIDTH) for line in lines if line)


def _about_node(sheet: Sheet, node: Node) -> list[str]:
    results = sheet.results_of(node.id)
    lines = [f"{node.label} · {node.kind}" + (f" ×{len(results)}" if len(results) > 1 else "")]
    if results:
        lines.append(_types(results))
        lines.append(_parameters(results))
    lines += _gradient(sheet, node.id)
    if node.kind in LAYERS:
        lines.append(LAYERS[node.kind].doc)
    elif node.kind in sheet.document.diagram.blocks:
        lines.append(sheet.document.diagram.blocks[node.kind].doc)
        lines.append("Double-click to enter it; O opens it in place.")
    return lines


def _about_edge(sheet: Sheet, edge: str) -> list[str]:
    result = sheet.result
    found = result.edges.get(edge) if result else None
    if found is None:
        return []
    what = found.caption or found.shortcut
    lines = [str(found.type) if found.type else "shape not known yet"]
    if what:
        lines.insert(0, f"{EDGE_KINDS[sheet.block.graph.edges[edge].kind].word} · {what}")
    behind = sheet.found.kinds.get(edge)
    if behind:
        lines.append(f"{EDGE_KINDS[behind].title.lower()}: it joins inside the block")
    bus = sheet.buses.of(edge)
    if bus:
        lines.append(f"one of {len(bus)} connections that are drawn as one line")
    varies = sheet.found.variations.get(edge, "")
    return [*lines, varies, found.reason, *_gradient(sheet, edge), *flow_lines(sheet, edge)]


def _problems(sheet: Sheet, item: str) -> list[str]:
    here = Definition(sheet.place.block, item)
    own = [problem for problem in sheet.document.analysis.diagnostics if problem.at == here]
    lines = []
    for problem in own:
        copies = ", ".join(map(str, problem.copies))
        lines.append(problem.message + (f" (in copies {copies})" if copies else ""))
        lines += [f"  → {fix.title}" for fix in problem.fixes]
    node = sheet.block.graph.nodes.get(item)
    if not own and node is not None and sheet.problem_of(item):
        lines.append(f"There is a problem inside {node.kind}; double-click to open it.")
    return [*lines, ""] if lines else []


def _types(results: tuple[NodeResult, ...]) -> str:
    entering = _listed(tuple(results[0].inputs.values()))
    leaving = _listed(tuple(results[-1].outputs.values()))
    return " → ".join(text for text in (entering, leaving) if text)


def _listed(types: tuple[TensorType | None, ...]) -> str:
    return ", ".join(str(one) if one is not None else "?" for one in types)


def _parameters(results: tuple[NodeResult, ...]) -> str:
    count = sum(_count(result) for result in results)
    return f"{count:,} parameters" if count else ""


def _count(result: NodeResult) -> int:
    own = 0
    for weight in result.weights:
        sizes = [size for size in weight.shape if isinstance(size, int)]
        own += 0 if weight.buffer else math.prod(sizes)
    if result.body is not None:
        own += sum(_count(inner) for copies in result.body.nodes.values() for inner in copies)
    return own


def _gradient(sheet: Sheet, item: str) -> list[str]:
    values = [value for value in sheet.values.get(item, ()) if value is not None]
    if not values:
        return []
    return ["‖∂L/∂w‖ RMS " + ", ".join(gradient_scale.describe(value) for value in values)]
