"""The inspector's page for the block that is shown, while nothing in it is selected."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMenu, QPushButton, QWidget

from app import figures
from app.document import Document
from app.form import Form, FormValue
from app.inspector.params import TYPES, ParamEditor
from app.inspector.ports import PortList
from app.page_parts import (
    Card,
    Heading,
    NameLine,
    Page,
    SharedNote,
    connect_form,
    hairline,
    paragraph,
    spaced,
)
from graphcore import edits
from graphcore.diagram import Block, Diagram, name_problem
from graphcore.spec import IntParam, Param, ParamValue, TextParam
from graphcore.wording import value_text

DESCRIPTION = TextParam(
    name="description",
    doc="What the block is; the docstring of its class.",
    default="",
    longest=10_000,
)


class BlockPage(Page):
    """Name, description, declared parameters and, for the model itself, symbols."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.name = document.block
        block = self._block
        self.heading = Heading()
        self.title = NameLine("Name", "The class's name in the code")
        self.title.renamed.connect(self._rename)
        self.description = Form((DESCRIPTION,), {})
        connect_form(document, self.description, self._describe, ("doc", self.name))
        self.params = self._params_form()
        self.symbols = Form(self._symbol_params(), {})
        connect_form(document, self.symbols, _set_symbol, "symbol")
        self.card = Card()
        self.sizes = paragraph()
        self.shared = SharedNote(document)
        self.adder = ParamAdder()
        self.adder.wanted.connect(self._add_param)
        self.changer = QPushButton("Change a parameter…")
        self.changer.setObjectName("link")
        self.changer.setToolTip("Its name, type, bounds and description; or remove it")
        self.changer.clicked.connect(self._offer_changes)
        self.editor: ParamEditor | None = None
        self.ports = PortList(document)
        self.hint = paragraph()
        self.hint.setText(
            "Select a block or a wire to see its parameters. Parameters of the model stand as "
            "sliders above the canvas and are arguments of its class; expressions such as "
            "=2 * width refer to them."
            if self._is_main
            else "Expressions in this block refer to its parameters: =2 * width."
        )
        self.add(self.heading, self.title, self.description)
        self.add(_caption("Parameters"), self.params, self.adder, self.changer)
        self._editor_place = self.column.count()
        self.add(_caption("Inputs and outputs"), self.ports)
        if self._is_main:
            self.add(_caption("Example sizes"), self.symbols)
        self.add(self.card, self.sizes, self.shared, hairline(), self.hint)
        self.close_column()
        # Only now that they stand in the page: shown before, they would be windows of their own.
        self.symbols.setVisible(self._is_main and bool(document.diagram.symbols))
        self.changer.setVisible(bool(block.params))
        self.refresh()
        self._tell_sizes()
        # Sizes of thousands of layers follow with the code, a moment after the edit.
        document.source_changed.connect(self._tell_sizes)

    @property
    def _is_main(self) -> bool:
        return self.name == self.document.diagram.main

    @property
    def _block(self) -> Block:
        return self.document.diagram.blocks[self.document.block]

    def refresh(self) -> None:
        """Show the block as it is now."""
        block, result, diagram = self._block, self.document.result, self.document.diagram
        self.heading.tell(self.document.block, "The model" if self._is_main else self._where())
        self.title.tell(self.document.block)
        self.description.set_values({"description": block.doc})
        self._renew_params()
        self.params.set_values({param.name: param.default for param in block.params})
        self.symbols.set_values(dict[str, FormValue](diagram.symbols))
        lines: list[tuple[str, str]] = []
        if result is not None:
            for node in block.graph.inputs():
                outputs = result.nodes[node.id][0].outputs if node.id in result.nodes else {}
                lines += [(node.label, spaced(type)) for type in outputs.values()]
            lines += [(name, spaced(type)) for name, type in result.outputs.items()]
        self.card.tell(lines)
        self.card.setVisible(bool(lines))
        self.shared.tell()
        self.ports.refresh()
        self._refresh_editor()

    def _tell_sizes(self) -> None:
        result = self.document.result
        self.sizes.setVisible(result is not None)
        if result is not None:
            self.sizes.setText(figures.of_diagram(self.document.diagram, result).in_lines())

    def _where(self) -> str:
        instance, result = self.document.instance, self.document.result
        if not instance:
            return "not used anywhere yet"
        given = result.args if result is not None else {}
        shown = ", ".join(
            f"{p.name} {value_text(given[p.name])}" for p in self._block.params if p.name in given
        )
        return " › ".join(step.node for step in instance) + (f" · {shown}" if shown else "")

    def _symbol_params(self) -> tuple[Param, ...]:
        return tuple(
            IntParam(name=name, doc="The size at which this symbol is tried out.", default=value)
            for name, value in self.document.diagram.symbols.items()
        )

    def _rename(self, name: str) -> None:
        old = self.document.block
        self.document.apply("Rename the block", lambda d: edits.rename_block(d, old, name))

    def _describe(self, diagram: Diagram, _: str, value: ParamValue) -> Diagram:
        return edits.set_doc(diagram, self.document.block, str(value or ""))

    def _set_default(self, diagram: Diagram, name: str, value: ParamValue) -> Diagram:
        return edits.set_block_param(diagram, self.document.block, name, value)

    def _add_param(self, param: Param) -> None:
        block = self.document.block
        title = f"Add the parameter {param.name}"
        self.document.apply(title, lambda d: edits.add_block_param(d, block, param))

    def _offer_changes(self) -> None:
        menu = QMenu(self)
        for param in self._block.params:
            menu.addAction(param.name).triggered.connect(partial(self.change_param, param.name))
        menu.popup(self.changer.mapToGlobal(self.changer.rect().bottomLeft()))

    def change_param(self, name: str, _checked: bool = False) -> None:
        """Open what a declared parameter is, to be changed."""
        self.close_editor()
        self.editor = ParamEditor(self.document, self.name, name)
        self.editor.closed.connect(self.close_editor)
        self.column.insertWidget(self._editor_place, self.editor)

    def go_on_from(self, old: BlockPage) -> None:
        """Keep open what was open in the page that this one takes the place of."""
        names = [param.name for param in self._block.params]
        if old.editor is not None and old.editor.name in names:
            self.change_param(old.editor.name)

    def close_editor(self) -> None:
        """Put the editor of a parameter away."""
        editor, self.editor = self.editor, None
        if editor is not None:
            editor.hide()
            editor.deleteLater()

    def _params_form(self) -> Form:
        form = Form(self._block.params, {})
        connect_form(self.document, form, self._set_default, ("default", self.name))
        return form

    def _renew_params(self) -> None:
        """Fields know the bounds of their parameters: other bounds are other fields."""
        now = [replace(param, default=None) for param in self._block.params]
        if now == [replace(param, default=None) for param in self.params.params]:
            return
        old, self.params = self.params, self._params_form()
        self.column.replaceWidget(old, self.params)
        old.hide()
        old.deleteLater()

    def _refresh_editor(self) -> None:
        if self.editor is None:
            return
        param = next((p for p in self._block.params if p.name == self.editor.name), None)
        if param is None:
            self.close_editor()
        elif not self.editor.is_about(param):
            self.change_param(param.name)
        else:
            self.editor.refresh()


class ParamAdder(QWidget):
    """A name and a type; ``wanted(param)`` when the user adds the parameter."""

    wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setPlaceholderText("new parameter")
        self.line.setAccessibleName("Name of a new parameter")
        self.kind = QComboBox()
        self.kind.setAccessibleName("Type of the new parameter")
        self.kind.addItems(list(TYPES))
        self.button = QPushButton("Add")
        self.button.setEnabled(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.line, 1)
        row.addWidget(self.kind)
        row.addWidget(self.button)
        self.line.textChanged.connect(self._judge)
        self.line.returnPressed.connect(self._add)
        self.button.clicked.connect(self._add)

    def _judge(self, text: str) -> None:
        problem = name_problem(text.strip()) if text.strip() else None
        self.button.setEnabled(bool(text.strip()) and problem is None)
        self.line.setToolTip(problem or "A name that expressions in this block can refer to")

    def _add(self) -> None:
        if not self.button.isEnabled():
            return
        self.wanted.emit(TYPES[self.kind.currentText()](self.line.text().strip()))
        self.line.clear()


def _caption(text: str) -> QWidget:
    label = paragraph("family")
    label.setText(text)
    return label


def _set_symbol(diagram: Diagram, name: str, value: ParamValue) -> Diagram:
    return edits.set_symbol(diagram, name, value)  # type: ignore[arg-type]
