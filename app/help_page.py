"""Help on a layer or a block, and the page of keys."""

from __future__ import annotations

import html
from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from app.actions import Actions
from app.param_text import shown
from graphcore.diagram import Diagram
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layers import LAYERS
from graphcore.spec import Param

CANVAS_KEYS = (
    ("Double click or Space on the canvas", "search for a block and add it"),
    ("Tab, arrows", "walk from block to block"),
    ("Return, double click on a block", "open it"),
    ("Drag from a port", "draw a wire; drop it on empty canvas to choose what fits"),
    (
        "S, D, E and drag from block to block",
        "draw a skip, a dense or an encoder–decoder connection, in either direction",
    ),
    (
        "S, D, E with several blocks selected",
        "a skip round them; a dense block of them; an encoder–decoder connection round them",
    ),
    ("Drop a wire on a wired input", "replace the wire there, add to it or concatenate"),
    ("Drag a wire's end", "plug it elsewhere; dropped on nothing it goes"),
    ("Wheel", "zoom at the pointer"),
    ("Middle button or Space and drag", "move the view"),
    ("Alt held", "all shapes on the wires"),
    ("Esc", "cancel; put the tool away; clear the selection"),
)


class HelpDialog(QDialog):
    """A page of text in a window of its own that does not block."""

    def __init__(self, parent: QWidget, title: str, text: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.browser = QTextBrowser()
        self.browser.setOpenExternalLinks(True)
        self.browser.setAccessibleName(title)
        self.browser.setHtml(text)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.addWidget(self.browser)
        self.resize(560, 520)


def about_kind(diagram: Diagram, kind: str) -> str:
    """All that is known of a layer or a block, as HTML."""
    spec = LAYERS.get(kind)
    if spec is None:
        block = diagram.blocks[kind]
        ports = [(node.label, "input") for node in block.graph.inputs()]
        ports += [(node.label, "output") for node in block.graph.outputs()]
        text = block.doc or "A block of this diagram."
        return _page(kind, "Block of this diagram", text, block.params, ports)
    ports = [(port.name, f"input. {port.doc}") for port in spec.inputs]
    ports += [(port.name, f"output. {port.doc}") for port in spec.outputs]
    return _page(kind, spec.family, spec.doc, spec.params, ports)


def about_edge(kind: str) -> str:
    """All that is known of a kind of edge, as HTML."""
    found = EDGE_KINDS[kind]
    return _page(found.title, "Connection", found.doc, found.params, [])


def about_keys(actions: Actions) -> str:
    """Every key, as HTML."""
    rows = [
        (", ".join(keys.toString() for keys in action.shortcuts()), command.tip)
        for command, action in actions
        if action.shortcuts()
    ]
    return f"<h2>Keys</h2>{_table(rows)}<h3>On the canvas</h3>{_table(CANVAS_KEYS)}"


def _page(
    title: str, family: str, doc: str, params: Iterable[Param], ports: list[tuple[str, str]]
) -> str:
    rows = [
        (
            param.name,
            f"{html.escape(param.doc)} Default: {html.escape(shown(param.default)) or '–'}.",
        )
        for param in params
    ]
    body = f"<h2>{html.escape(title)}</h2><p><i>{html.escape(family)}</i></p>"
    body += f"<p>{html.escape(doc)}</p>"
    body += f"<h3>Parameters</h3>{_table(rows)}" if rows else ""
    return body + (f"<h3>Ports</h3>{_table(ports)}" if ports else "")


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td style='padding: 3px 18px 3px 0'><b>{name}</b></td><td>{text}</td></tr>"
        for name, text in rows
    )
    return f"<table>{cells}</table>"
