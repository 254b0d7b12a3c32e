"""What the context menu offers for scaling: a branch or a shortcut, and stochastic depth over all
that is selected."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu

from app.canvas.gestures.scale_offers import ScaleOffer, scale_offers
from app.canvas.gestures.scaling import add_scale, scale_places, scaled_type
from app.stochastic_depth import DepthDialog, holds_branches
from graphcore.edits.scales import ScalePlace, find_scale

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_LISTED = 6
"""So many offers stand in the menu itself; the others are found by typing."""


def add_scale_menus(canvas: CanvasView, menu: QMenu, item: str) -> None:
    """Add what can be scaled at ``item`` or over the selection; nothing where nothing can."""
    document = canvas.document
    places = _places(canvas, item) if len(document.selection) <= 1 else ()
    branches = sum(bool(place.port) for place in places)
    for place in places:
        what = "branch" if place.port else "shortcut"
        where = f" at {place.port}" if branches > 1 else ""
        _add_offers(canvas, menu.addMenu(f"Scale the {what}{where}"), place)
    if holds_branches(document):
        action = menu.addAction("Stochastic depth with linear decay…")
        action.triggered.connect(lambda: ask_stochastic_depth(canvas))


def _places(canvas: CanvasView, item: str) -> tuple[ScalePlace, ...]:
    """Where something can be scaled at ``item``: at a skip, and so at its (+), the branch that it
    is added to as well as its shortcut."""
    found = scale_places(canvas.document, item)
    edge = canvas.diagram_scene.block.graph.edges.get(item)
    return (ScalePlace(*edge.target), *found) if edge is not None and found else found


def choose_scale(canvas: CanvasView, label: str) -> None:
    """Select what a scale belongs to, and tell which scale is meant."""
    found = find_scale(canvas.diagram_scene.block.graph, label)
    if found is not None:
        canvas.document.select([found[0].item])
        canvas.scale_chosen.emit(label)


def ask_stochastic_depth(canvas: CanvasView) -> DepthDialog:
    """Ask for the last probability and write the decay over what is selected."""
    dialog = DepthDialog(canvas.document, canvas)
    dialog.open()
    return dialog


def _add_offers(canvas: CanvasView, menu: QMenu, place: ScalePlace) -> None:
    menu.setToolTipsVisible(True)
    offers = scale_offers(scaled_type(canvas.document, place))
    for offer in offers[:_LISTED]:
        action = menu.addAction(offer.title)
        action.setToolTip(offer.doc)
        action.triggered.connect(partial(_take, canvas, place, offer))
    if len(offers) > _LISTED:
        menu.addSeparator()
        menu.addAction("Another layer…").triggered.connect(partial(_search, canvas, place, offers))


def _take(canvas: CanvasView, place: ScalePlace, offer: ScaleOffer, _checked: bool = False) -> None:
    label = add_scale(canvas.document, place, offer)
    if label:
        choose_scale(canvas, label)


def _search(
    canvas: CanvasView,
    place: ScalePlace,
    offers: tuple[ScaleOffer, ...],
    _checked: bool = False,
) -> None:
    by_title = {offer.title: offer for offer in offers}
    pointer: QPoint = canvas.viewport().mapFromGlobal(QCursor.pos())
    inside = canvas.viewport().rect().contains(pointer)
    corner = pointer if inside else canvas.viewport().rect().center()
    rows = [offer.as_offer() for offer in offers]
    canvas.popup.ask(
        corner, rows, "Search what scales", lambda title: _take(canvas, place, by_title[title])
    )
