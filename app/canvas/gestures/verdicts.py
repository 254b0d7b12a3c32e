"""What an edit would come to, said before it is made: the tentative diagram, analysed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.document import Document
from graphcore.analysis import analyse
from graphcore.diagnostics import Diagnostic
from graphcore.diagram import Diagram, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits import EditError
from graphcore.layers import LAYERS
from graphcore.operands import concat_sum, fitting_params, operands_at
from graphcore.results import Analysis, BlockResult, NodeResult
from graphcore.spec import Refused
from graphcore.tensor_type import TensorType

EdgeEdit = Callable[[Diagram], tuple[Diagram, str]]
"""An edit that also returns the id of the edge it made."""


@dataclass(frozen=True)
class Verdict:
    """``fits`` tells whether the edit is possible and brings no new problem; ``text`` what comes
    of it, or why not."""

    text: str
    fits: bool


def verdict_on_wire(document: Document, edit: EdgeEdit, target: PortRef) -> Verdict:
    """What a new wire into ``target`` would give there."""
    tried = _try(document, edit)
    if isinstance(tried, Verdict):
        return tried
    analysis, result, edge = tried
    problem = _new_problem(document, analysis, {target.node, edge}, target.port)
    if problem is not None:
        return Verdict(problem.message, False)
    results = result.nodes.get(target.node, ()) if result else ()
    leaving = _leaving(results)
    if leaving is None:
        entering = results[0].inputs.get(target.port) if results else None
        return Verdict(entering.without_batch() if entering else "", True)
    return Verdict(f"→ {leaving.without_batch()}", True)


def verdict_on_join(document: Document, edit: EdgeEdit) -> Verdict:
    """What a new joining edge would become: a shortcut and why, or what is concatenated."""
    tried = _try(document, edit)
    if isinstance(tried, Verdict):
        return tried
    analysis, result, edge = tried
    graph = analysis.diagram.blocks[document.block].graph
    target = graph.edges[edge].target
    problem = _new_problem(document, analysis, {edge, target.node}, target.port)
    if problem is not None:
        return Verdict(problem.message, False)
    found = result.edges.get(edge) if result else None
    total = concat_sum(operands_at(graph, result, target)) if found and found.caption else ""
    if total and EDGE_KINDS[graph.edges[edge].kind].join == "concat":
        return Verdict(total, True)
    if found is None or not found.shortcut:
        return Verdict(EDGE_KINDS[graph.edges[edge].kind].word, True)
    reason = f"\n{found.reason}" if found.reason else ""
    return Verdict(f"{found.caption or found.shortcut}{reason}", True)


def type_given(document: Document, edit: EdgeEdit) -> str:
    """The type at the port where a new edge ends, after the join there; "" where not known."""
    tried = _try(document, edit)
    if isinstance(tried, Verdict):
        return ""
    analysis, result, edge = tried
    target = analysis.diagram.blocks[document.block].graph.edges[edge].target
    results = result.nodes.get(target.node, ()) if result else ()
    entering = results[0].inputs.get(target.port) if results else None
    return entering.without_batch() if entering else ""


def fitted(document: Document, kind: str, source: PortRef, target: PortRef) -> dict[str, str]:
    """The parameters with which a new edge of ``kind`` fits the copy that is shown."""
    return fitting_params(kind, type_at(document, source), flow_type(document, target))


def flow_type(document: Document, target: PortRef) -> TensorType | None:
    """The type of F(x) at a port: what its plain wire brings; None where it is not known."""
    result = document.result
    for edge in document.diagram.blocks[document.block].graph.into(*target):
        if EDGE_KINDS[edge.kind].join == "none":
            found = result.edges.get(edge.id) if result else None
            return found.type if found else None
    return None


def accepts(document: Document, target: PortRef, arriving: TensorType | None) -> bool:
    """Whether the layer at ``target`` takes a value of this type; True where it is not known.

    Asks the layer's own rule, so it can be asked of every port in view when a wire is picked up.
    """
    node = document.diagram.blocks[document.block].graph.nodes[target.node]
    spec = LAYERS.get(node.kind)
    result = document.result
    found = result.nodes.get(target.node, ()) if result else ()
    if spec is None or arriving is None or not found or len(spec.inputs) != 1:
        return True
    if spec.by_name.keys() - found[0].args.keys():
        return True
    try:
        spec.shape(found[0].args, (arriving,))
    except Refused:
        return False
    return True


def type_at(document: Document, source: PortRef) -> TensorType | None:
    """The type that leaves a node at a port; None where it is not known."""
    result = document.result
    results = result.nodes.get(source.node, ()) if result else ()
    return results[-1].outputs.get(source.port) if results else None


def _try(document: Document, edit: EdgeEdit) -> tuple[Analysis, BlockResult | None, str] | Verdict:
    try:
        after, edge = edit(document.diagram)
    except EditError as error:
        return Verdict(str(error), False)
    analysis = analyse(after)
    return analysis, analysis.at(document.instance), edge


def _new_problem(
    document: Document, after: Analysis, items: set[str], port: str | None
) -> Diagnostic | None:
    """The first error of ``items`` that is not there yet; of other ports it is not the wire's."""
    known = {(problem.at, problem.message) for problem in document.analysis.diagnostics}
    for problem in after.diagnostics:
        here = problem.at.block == document.block and problem.at.item in items
        about = port is None or problem.port in (None, port)
        is_new = (problem.at, problem.message) not in known
        if problem.severity == "error" and here and about and is_new:
            return problem
    return None


def _leaving(results: tuple[NodeResult, ...]) -> TensorType | None:
    return next(iter(results[-1].outputs.values()), None) if results else None
