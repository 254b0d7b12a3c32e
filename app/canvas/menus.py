"""The menus of the canvas: what can be done here, and what a second wire should do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from app.canvas import verbs
from app.canvas.making_room import with_room
from app.canvas.verdicts import EdgeEdit, Verdict, verdict_on_skip, verdict_on_wire
from graphcore import edits
from graphcore.diagram import Definition, Diagram, PortRef

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def context_menu(canvas: CanvasView, item: str) -> QMenu:
    """The verbs for ``item`` (a node, an edge, or "" for the empty canvas), fixes first."""
    menu = QMenu(canvas)
    document = canvas.document
    graph = canvas.diagram_scene.block.graph
    if not canvas.read_only:
        _add_fixes(canvas, menu, item)
    if item in graph.nodes and graph.nodes[item].kind in document.diagram.blocks:
        _add(menu, "Open", lambda: canvas.enter_node(item), "Return")
    if canvas.read_only:
        _add(menu, "Fit", canvas.fit, "F")
        return menu
    if item in graph.nodes:
        several = len(document.selection & graph.nodes.keys()) > 1
        words, key = ("the selection", "S") if several else ("this block", "")
        _add(menu, f"Skip round {words}", lambda: verbs.skip_around(document), key)
        _add(menu, "Rename", canvas.rename_selected, "F2")
    if item:
        menu.addSeparator()
        _add(menu, "Copy", lambda: verbs.copy(document), "Ctrl+C")
        _add(menu, "Cut", lambda: verbs.cut(document), "Ctrl+X")
        _add(menu, "Duplicate", lambda: verbs.duplicate(document), "Ctrl+D")
        _add(menu, "Bypass", lambda: verbs.bypass(document), "Ctrl+B")
        _add(menu, "Delete and join the wires", lambda: verbs.dissolve(document), "Ctrl+Del")
        _add(menu, "Delete", lambda: verbs.delete(document), "Del")
        return menu
    _add(menu, "Add a block…", canvas.search_to_add, "Tab")
    _add(menu, "Paste", canvas.paste, "Ctrl+V")
    _add(menu, "Select all", lambda: verbs.select_all(document), "Ctrl+A")
    menu.addSeparator()
    _add(menu, "Arrange", canvas.arrange, "Ctrl+L")
    _add(menu, "Fit", canvas.fit, "F")
    return menu


def join_menu(canvas: CanvasView, source: PortRef, target: PortRef) -> QMenu:
    """What a second wire into an occupied input may do, each with the shape it would give."""
    menu = QMenu(canvas)
    document, block = canvas.document, canvas.document.block

    def replaced(diagram: Diagram) -> tuple[Diagram, str]:
        return edits.connect(diagram, block, source, target)

    def added(diagram: Diagram) -> tuple[Diagram, str]:
        after, edge = edits.connect(diagram, block, source, target, "skip")
        return with_room(after, block, edge), edge

    def choice(title: str, edit: EdgeEdit, verdict: Verdict, step: str) -> None:
        said = verdict.text.splitlines()[0] if verdict.text else ""
        if not verdict.fits:
            # The reason is a sentence or two, too long for a row: it stands below and in the tip.
            said = "does not fit"
        action = _add(menu, f"{title}   {said}", lambda: document.apply(step, lambda d: edit(d)[0]))
        action.setToolTip(verdict.text)
        action.setEnabled(verdict.fits)

    choice("Replace", replaced, verdict_on_wire(document, replaced, target), "Replace wire")
    choice("Add (skip)", added, verdict_on_skip(document, added), "Draw skip")
    return menu


def _add_fixes(canvas: CanvasView, menu: QMenu, item: str) -> None:
    """A problem's fixes, one click and one undo step each."""
    document = canvas.document
    here = Definition(document.block, item)
    for problem in document.analysis.diagnostics:
        if problem.at != here:
            continue
        for fix in problem.fixes:
            _add(menu, fix.title, _applying(canvas, fix.title, fix.edit))
    if menu.actions():
        menu.addSeparator()


def _applying(
    canvas: CanvasView, title: str, edit: Callable[[Diagram], Diagram]
) -> Callable[[], object]:
    return lambda: canvas.document.apply(title, edit)


def _add(menu: QMenu, title: str, act: Callable[[], object], shortcut: str = "") -> QAction:
    action = menu.addAction(title)
    # Shown only: the key itself belongs to the canvas or the window.
    if shortcut:
        action.setText(f"{title}\t{QKeySequence(shortcut).toString()}")
    action.triggered.connect(lambda: act())
    return action
