"""The menus of the canvas: what can be done here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, get_args

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from app.canvas.gestures import block_verbs, verbs
from app.canvas.gestures.scale_menu import add_scale_menus
from graphcore.diagram import Definition, Diagram, EdgeKindName
from graphcore.edge_kinds import EDGE_KINDS

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
        is_open = item in canvas.diagram_scene.sheet.insides
        words = "Close" if is_open else "Open in place"
        _add(menu, words, lambda: canvas.toggle(item, canvas.diagram_scene.sheet), "O")
        _add(menu, "Enter", lambda: canvas.enter_node(item), "Return")
    if canvas.read_only:
        for words, act in canvas.more_verbs if item in graph.nodes else ():
            _add(menu, words, partial(act, canvas.diagram_scene.sheet.place.inside(item)))
        _add_for_all(canvas, menu)
        _add(menu, "Fit", canvas.fit, "F")
        return menu
    if item in graph.nodes:
        several = len(document.selection & graph.nodes.keys()) > 1
        _add_joins(canvas, menu, several=several)
        _add(menu, "Rename", canvas.rename_selected, "F2")
        menu.addSeparator()
        _add_block_verbs(canvas, menu, item)
    if item in graph.edges:
        _add_kinds(canvas, menu, item)
    if item:
        add_scale_menus(canvas, menu, item)
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
    _add_for_all(canvas, menu)
    _add(menu, "Arrange", canvas.arrange, "Ctrl+L")
    _add(menu, "Fit", canvas.fit, "F")
    return menu


def _add_joins(canvas: CanvasView, menu: QMenu, *, several: bool) -> None:
    """Joining edges round what is selected; the keys of their tools do the same for several."""
    words = "the selection" if several else "this block"
    titles: tuple[tuple[EdgeKindName, str, str], ...] = (
        ("skip", f"Skip round {words}", "S"),
        ("dense", f"Connect {words} densely", "D"),
        ("encoder_decoder", f"Encoder–decoder connection round {words}", "E"),
    )
    for kind, title, key in titles:
        join = partial(verbs.join_selection, canvas.document, kind)
        _add(menu, title, join, key if several else "")


def _add_block_verbs(canvas: CanvasView, menu: QMenu, item: str) -> None:
    """Making a block of the selection; taking an instance apart, or parting it from the others."""
    document = canvas.document
    _add(menu, "Make a block…", canvas.make_block, "Ctrl+G")
    kind = canvas.diagram_scene.block.graph.nodes[item].kind
    if kind not in document.diagram.blocks:
        return
    _add(menu, "Explode", lambda: block_verbs.explode(document), "Ctrl+Shift+G")
    places = block_verbs.places_of(document.diagram, kind)
    if places > 1:
        others = places - 1
        rest = "the other place keeps" if others == 1 else f"{others} other places keep"
        unique = partial(block_verbs.make_unique, document, item)
        _add(menu, f"Make unique ({rest} {kind})", unique)


def _add_kinds(canvas: CanvasView, menu: QMenu, edge: str) -> None:
    """What else the edge could be."""
    kinds = menu.addMenu("Make it a")
    now = canvas.diagram_scene.block.graph.edges[edge].kind
    for kind in get_args(EdgeKindName):
        action = _add(kinds, EDGE_KINDS[kind].title, partial(_set_kind, canvas, edge, kind))
        action.setCheckable(True)
        action.setChecked(kind == now)


def _set_kind(canvas: CanvasView, edge: str, kind: EdgeKindName) -> object:
    return verbs.set_kind(canvas.document, edge, kind)


def _add_for_all(canvas: CanvasView, menu: QMenu) -> None:
    """Opening and closing all blocks, where there are any."""
    scene = canvas.diagram_scene
    kinds = {node.kind for node in scene.root.block.graph.nodes.values()}
    if kinds & canvas.document.diagram.blocks.keys():
        _add(menu, "Open all blocks in place", canvas.open_all, "Shift+O")
    if len(scene.sheets) > 1:
        _add(menu, "Close all blocks", canvas.close_all, "Shift+Alt+O")


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
