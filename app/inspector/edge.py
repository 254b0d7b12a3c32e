"""The inspector's pages for an edge and for a join: what meets there, what becomes of it, why."""

from __future__ import annotations

from app import figures
from app.canvas.gestures import verbs
from app.condition_line import ConditionLine
from app.document import Document
from app.form import MIXED, Form
from app.inspector.advanced import Folded
from app.inspector.operands import JOIN_KIND, KIND, OperandList, equation, join_title
from app.inspector.scales import ScaleList
from app.page_parts import (
    Card,
    Heading,
    NameLine,
    Page,
    ProblemList,
    SharedNote,
    by_param,
    connect_form,
    hairline,
    names_of,
    paragraph,
    problems_at,
    spaced,
)
from graphcore import edits
from graphcore.diagram import Diagram, Edge, EdgeKindName, Graph, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.expression import Expr
from graphcore.operands import concat_sum, operands_at
from graphcore.results import EdgeResult
from graphcore.spec import ParamValue
from graphcore.variation import variations
from graphcore.walls import kinds_behind_walls


class EdgePage(Page):
    """A wire or a skip: what it becomes, what it adds up, and why."""

    def __init__(self, document: Document, id: str) -> None:
        super().__init__(document)
        self.id = id
        edge = self._edge
        kind = EDGE_KINDS[edge.kind]
        self.heading = Heading()
        tip = (
            "The name of the projection in the code, if there is one"
            if kind.join == "add"
            else "A name that stands on the connection; empty for none"
        )
        self.label = NameLine("Label", tip, optional=kind.join != "add")
        self.label.renamed.connect(self._rename)
        self.kind = Form((KIND,), {"kind": edge.kind})
        self.kind.edited.connect(lambda _, value: self._set_kind(value))
        self.form = Form(kind.params, edge.params)
        connect_form(document, self.form, self._set_param, ("param", document.block, id))
        self.active = ConditionLine()
        self.active.edited.connect(self._set_active)
        self.active.finished.connect(document.seal)
        self.advanced = Folded("Advanced", "Where the edge is there", self.active)
        self.advanced.fold.setChecked(edge.active is not True)
        self.problems = ProblemList(document)
        self.card = Card()
        self.sizes = paragraph()
        self.reason = paragraph()
        self.doc = paragraph()
        self.doc.setText(kind.doc)
        self.shared = SharedNote(document)
        self.scales = ScaleList(document, id)
        self.operands = OperandList(document)
        self.add(self.heading, self.problems, self.kind, self.label, self.form, self.scales)
        self.add(self.advanced, self.card, self.operands)
        self.add(self.reason, self.sizes, self.shared, hairline(), self.doc)
        self.close_column()
        self.label.setVisible(bool(kind.stem))
        self.advanced.setVisible(kind.join != "none")
        self.refresh()

    @property
    def _edge(self) -> Edge:
        return self.document.diagram.blocks[self.document.block].graph.edges[self.id]

    def refresh(self) -> None:
        """Show the edge as it is now."""
        edge, result = self._edge, self.document.result
        found = result.edges.get(self.id) if result is not None else None
        self.heading.tell(EDGE_KINDS[edge.kind].title, self._ends())
        self.label.tell(edge.label)
        problems = problems_at(self.document, self.id)
        self.problems.tell(problems)
        self.form.set_values(dict(edge.params))
        self.form.set_names(names_of(result.args if result is not None else None))
        self.form.set_problems(by_param(problems))
        self.form.set_notes(self._notes(found))
        self.active.set_value(edge.active)
        self.active.set_names(names_of(result.args if result is not None else None))
        self.scales.refresh()
        self._tell_equation(found)
        self.operands.tell(edge.target)
        self.reason.setText(self._behind_the_wall() or (found.reason if found is not None else ""))
        self.reason.setVisible(bool(self.reason.text()))
        built = (*found.chain, *found.scales) if found is not None else ()
        self.sizes.setText(figures.of_chain(self.document.diagram, built).in_lines())
        self.sizes.setVisible(bool(built))
        self.shared.tell()

    def _behind_the_wall(self) -> str:
        """What a plain wire comes to inside the block where it ends, if that is a join."""
        graph = self.document.diagram.blocks[self.document.block].graph
        kind = kinds_behind_walls(self.document.diagram, graph).get(self.id)
        if kind is None:
            return ""
        label = graph.nodes[self._edge.target.node].label
        done = "added" if EDGE_KINDS[kind].join == "add" else "concatenated"
        return (
            f"Inside {label} its value is {done} and nothing else, so it is drawn as what it is "
            f"there: {EDGE_KINDS[kind].title.lower()}."
        )

    def _ends(self) -> str:
        nodes = self.document.diagram.blocks[self.document.block].graph.nodes
        edge = self._edge
        where = f"{self.document.instance[-1].node} · " if self.document.instance else ""
        return f"{where}{nodes[edge.source.node].label} → {nodes[edge.target.node].label}"

    def _tell_equation(self, found: EdgeResult | None) -> None:
        edge, result = self._edge, self.document.result
        lines = [("x", spaced(found.type if found else None))]
        headline = ""
        if EDGE_KINDS[edge.kind].join != "none" and result is not None:
            graph = self.document.diagram.blocks[self.document.block].graph
            operands = operands_at(graph, result, edge.target)
            flow = next((operand.type for operand in operands if operand.is_flow), None)
            joined = result.nodes[edge.target.node][0].inputs.get(edge.target.port)
            lines += [("F(x)", spaced(flow)), ("y", spaced(joined))]
            headline = equation(graph, operands, edge.target)
        self.card.tell(lines, headline)

    def _notes(self, found: EdgeResult | None) -> dict[str, str]:
        if found is None:
            return {}
        varying = variations(self.document.analysis, self.document.block)
        becomes = varying.get(self.id) or found.shortcut
        chosen = self._edge.params.get("shortcut")
        notes = {"shortcut": becomes} if becomes != chosen else {}
        if found.shortcut == "projection" and found.chain:
            first = found.chain[0]
            notes["stride"] = (
                f"stride {_one(first.args.get('stride'))}, "
                f"{first.input.channels} → {first.output.channels}"
            )
            if first.args.get("bias") is False and self._edge.params.get("bias", True):
                notes["bias"] = "none here: a norm follows"
        return notes

    def _rename(self, name: str) -> None:
        block = self.document.block
        self.document.apply("Rename", lambda d: edits.set_edge_label(d, block, self.id, name))

    def _set_kind(self, kind: EdgeKindName) -> None:
        if not verbs.set_kind(self.document, self.id, kind):
            self.kind.field("kind").set_value(self._edge.kind)

    def _set_param(self, diagram: Diagram, name: str, value: ParamValue) -> Diagram:
        return edits.set_param(diagram, self.document.block, self.id, name, value)

    def _set_active(self, value: bool | Expr) -> None:
        block = self.document.block
        self.document.apply(
            "Set active",
            lambda d: edits.set_active(d, block, [self.id], value),
            merge_key=("active", block, self.id),
        )


class JoinPage(Page):
    """Several edges that are joined at one port: what that computes, of what, in which order."""

    def __init__(self, document: Document, target: PortRef) -> None:
        super().__init__(document)
        self.target = target
        self.heading = Heading()
        self.problems = ProblemList(document)
        self.kind = Form((JOIN_KIND,), {})
        self.kind.edited.connect(lambda _, value: self._set_kind(value))
        self.card = Card()
        self.operands = OperandList(document)
        self.total = paragraph()
        self.shared = SharedNote(document)
        self.doc = paragraph()
        self.doc.setText(
            "Values that are concatenated stand side by side in this order, so the channels of the "
            "next layer's weight follow it. A sum is the same in any order."
        )
        self.scales = ScaleList(document, target.node)
        self.add(self.heading, self.problems, self.kind, self.card, self.operands, self.total)
        self.add(self.scales)
        self.add(self.shared, hairline(), self.doc)
        self.close_column()
        self.refresh()

    @property
    def _graph(self) -> Graph:
        return self.document.diagram.blocks[self.document.block].graph

    def refresh(self) -> None:
        """Show the join as it is now."""
        graph, result = self._graph, self.document.result
        operands = operands_at(graph, result, self.target)
        joining = [operand.edge for operand in operands if not operand.is_flow]
        label = graph.nodes[self.target.node].label
        self.heading.tell(f"{join_title(joining[0].kind)} at {label}", f"{len(operands)} operands")
        kinds = {edge.kind for edge in joining}
        self.kind.set_values({"kind": joining[0].kind if len(kinds) == 1 else MIXED})
        self.problems.tell(
            tuple(p for edge in joining for p in problems_at(self.document, edge.id))
        )
        copies = result.nodes.get(self.target.node, ()) if result is not None else ()
        joined = copies[0].inputs.get(self.target.port) if copies else None
        self.card.tell([("y", spaced(joined))], equation(graph, operands, self.target))
        self.operands.tell(self.target)
        self.scales.refresh()
        self.total.setText(concat_sum(operands))
        self.total.setVisible(EDGE_KINDS[joining[0].kind].join == "concat")
        self.shared.tell()

    def _set_kind(self, kind: EdgeKindName) -> None:
        block = self.document.block
        title = f"Join by {EDGE_KINDS[kind].title.lower()}"
        self.document.apply(title, lambda d: edits.set_join_kind(d, block, self.target, kind))


def join_of(graph: Graph, chosen: frozenset[str]) -> PortRef | None:
    """The port at which the ``chosen`` edges, and no other joining ones, are joined; None where
    they are anything else."""
    first = next((graph.edges[id] for id in chosen if id in graph.edges), None)
    if first is None or len(chosen) < 2:
        return None
    there = graph.into(*first.target)
    joining = {edge.id for edge in there if EDGE_KINDS[edge.kind].join != "none"}
    return first.target if joining == chosen else None


def _one(value: object) -> object:
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value
