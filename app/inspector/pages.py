"""The inspector's pages for what is selected: a layer, an instance of a block, a skip, several."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from app import figures
from app.canvas.gestures import verbs
from app.document import Document
from app.form import MIXED, Form, FormValue
from app.inspector.advanced import AdvancedSection
from app.inspector.operands import OperandList
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
from graphcore.diagram import MAX_REPEAT, Diagram, Node, PortRef, Step
from graphcore.expression import Expr, Value
from graphcore.layers import LAYERS
from graphcore.ports import declared_params, input_ports, output_ports
from graphcore.results import NodeResult
from graphcore.spec import IntParam, ParamValue
from graphcore.wording import wording

REPEAT = IntParam(
    name="repeat",
    doc="How many copies follow each other. In an expression, i is the copy and n their number.",
    default=1,
    maximum=MAX_REPEAT,
)


class NodePage(Page):
    """A layer or an instance of a block: parameters, shapes, sizes, what it is for."""

    def __init__(self, document: Document, id: str) -> None:
        super().__init__(document)
        self.id = id
        self.heading = Heading()
        self.label = NameLine("Label", "The attribute's name in the code (F2 on the canvas)")
        self.label.renamed.connect(self._rename)
        node = self._node
        params = declared_params(document.diagram, node.kind)
        self.form = Form(params, node.params)
        connect_form(document, self.form, self._set_param, ("param", document.block, id))
        self.repeat = Form((REPEAT,), {})
        connect_form(document, self.repeat, self._set_repeat, ("repeat", document.block, id))
        self.advanced = AdvancedSection(document, id)
        self.problems = ProblemList(document)
        self.card = Card()
        self.sizes = paragraph()
        self.open = QPushButton("Open the block")
        self.open.setToolTip("Show its inside (double click or Return on the canvas)")
        self.open.clicked.connect(lambda: self._enter())
        self.doc = paragraph()
        self.shared = SharedNote(document)
        self.scales = ScaleList(document, id)
        self.operands = OperandList(document)
        self.add(self.heading, self.problems, self.label, self.form, self.repeat, self.open)
        self.add(self.scales, self.advanced)
        self.add(self.card, self.operands, self.sizes, self.shared, hairline(), self.doc)
        self.close_column()
        # Only now that it stands in the page: shown before, it would be a window of its own.
        self.open.setVisible(node.kind in document.diagram.blocks)
        self.repeat.setVisible(self._passes_on(node))
        self.refresh()

    @property
    def _node(self) -> Node:
        return self.document.diagram.blocks[self.document.block].graph.nodes[self.id]

    def _passes_on(self, node: Node) -> bool:
        """Whether copies could follow each other: something comes in and something goes out."""
        diagram = self.document.diagram
        return bool(input_ports(diagram, node) and output_ports(diagram, node))

    @property
    def _copies(self) -> tuple[NodeResult, ...]:
        result = self.document.result
        return result.nodes.get(self.id, ()) if result is not None else ()

    def refresh(self) -> None:
        """Show the node as it is now."""
        node, copies, diagram = self._node, self._copies, self.document.diagram
        spec = LAYERS.get(node.kind)
        title = wording(diagram, node, copies[0].args if copies else None)[0]
        self.heading.tell(title if spec else node.kind, self._subtitle(node))
        self.label.tell(node.label)
        problems = problems_at(self.document, self.id)
        self.problems.tell(problems)
        self.form.set_values(dict(node.params))
        self.form.set_names(self._names(copies))
        self.form.set_problems(by_param(problems))
        self.form.setEnabled(node.same_as is None)
        self.repeat.setEnabled(node.same_as is None)
        self.repeat.set_values({"repeat": node.repeat})
        self.repeat.set_names(self._names(copies))
        self.scales.refresh()
        self.advanced.refresh()
        self.card.tell(_shapes(copies))
        self.card.setVisible(bool(copies))
        self.operands.tell(self._joined_port())
        self.sizes.setText(figures.of_node(diagram, copies).in_lines())
        inside = diagram.blocks.get(node.kind)
        self.doc.setText(spec.doc if spec else inside.doc if inside else "")
        self.shared.tell()

    def _joined_port(self) -> PortRef:
        """The first input where several edges meet, else any."""
        graph = self.document.diagram.blocks[self.document.block].graph
        ports = [edge.target for edge in graph.into(self.id)]
        return next((port for port in ports if ports.count(port) > 1), PortRef(self.id, ""))

    def _subtitle(self, node: Node) -> str:
        spec = LAYERS.get(node.kind)
        return f"{node.label} · {spec.kind}" if spec else f"{node.label} · instance of a block"

    def _names(self, copies: tuple[NodeResult, ...]) -> dict[str, Value] | None:
        result = self.document.result
        known = names_of(result.args if result is not None else None)
        if known is None:
            return None
        repeated = {"i": 0, "n": len(copies)} if self._node.repeat != 1 else {}
        return {**known, **repeated}

    def _rename(self, name: str) -> None:
        block = self.document.block
        self.document.apply("Rename", lambda d: edits.rename(d, block, self.id, name))

    def _set_param(self, diagram: Diagram, name: str, value: ParamValue) -> Diagram:
        return edits.set_param(diagram, self.document.block, self.id, name, value)

    def _set_repeat(self, diagram: Diagram, name: str, value: ParamValue) -> Diagram:
        assert isinstance(value, int | Expr), f"{name} is a number"
        return edits.set_repeat(diagram, self.document.block, self.id, value)

    def _enter(self) -> None:
        self.document.enter((*self.document.instance, Step(self.id, 0)))


class SeveralPage(Page):
    """Several things at once: how many, how large, and the parameters they share."""

    def __init__(self, document: Document, ids: frozenset[str]) -> None:
        super().__init__(document)
        self.ids = ids
        self.heading = Heading()
        self.sizes = paragraph()
        self.skip = QPushButton("Skip round these blocks")
        self.skip.setToolTip("From what feeds the first to where the last one's output goes (S)")
        self.skip.clicked.connect(lambda: verbs.join_selection(document, "skip"))
        self.dense = QPushButton("Connect them densely")
        self.dense.setToolTip("Every layer gets x and all that the layers before it made (D)")
        self.dense.clicked.connect(lambda: verbs.join_selection(document, "dense"))
        kinds = {node.kind for node in self._nodes()}
        same = next(iter(kinds)) if len(kinds) == 1 else ""
        self.form = Form(declared_params(document.diagram, same) if same else (), {})
        connect_form(document, self.form, self._set_param, ("param", document.block, ids))
        self.add(self.heading, self.sizes, self.form, self.skip, self.dense)
        self.close_column()
        for button in (self.skip, self.dense):
            button.setVisible(len(self._nodes()) > 1)
        self.refresh()

    def _nodes(self) -> list[Node]:
        graph = self.document.diagram.blocks[self.document.block].graph
        return [graph.nodes[id] for id in graph.nodes if id in self.ids]

    def refresh(self) -> None:
        """Show the selection as it is now."""
        nodes, result = self._nodes(), self.document.result
        wires = len(self.ids) - len(nodes)
        counts = [f"{len(nodes)} blocks" if len(nodes) != 1 else "1 block"] if nodes else []
        counts += [f"{wires} wires" if wires != 1 else "1 wire"] if wires else []
        kinds = sorted({node.kind for node in nodes})
        self.heading.tell(" and ".join(counts), ", ".join(kinds))
        copies = [c for n in nodes for c in (result.nodes.get(n.id, ()) if result else ())]
        self.sizes.setText(figures.of_node(self.document.diagram, copies).in_lines())
        self.form.set_values({param.name: self._shared(param.name) for param in self.form.params})

    def _shared(self, name: str) -> FormValue:
        default = next(param.default for param in self.form.params if param.name == name)
        values = [node.params.get(name, default) for node in self._nodes()]
        return values[0] if all(value == values[0] for value in values) else MIXED

    def _set_param(self, diagram: Diagram, name: str, value: ParamValue) -> Diagram:
        for node in self._nodes():
            diagram = edits.set_param(diagram, self.document.block, node.id, name, value)
        return diagram


def _shapes(copies: tuple[NodeResult, ...]) -> list[tuple[str, str]]:
    if not copies:
        return []
    first, last = copies[0], copies[-1]
    entering = [
        (_side("in", name, len(first.inputs)), spaced(t)) for name, t in first.inputs.items()
    ]
    leaving = [
        (_side("out", name, len(last.outputs)), spaced(t)) for name, t in last.outputs.items()
    ]
    return [*entering, *leaving]


def _side(side: str, port: str, count: int) -> str:
    return side if count == 1 else f"{side} {port}"
