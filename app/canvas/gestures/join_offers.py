"""What a second wire into an occupied input may do: replace, add or concatenate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.canvas.gestures.tools import JOINING
from app.canvas.gestures.verdicts import (
    EdgeEdit,
    fitted,
    type_given,
    verdict_on_join,
    verdict_on_wire,
)
from app.canvas.placing.making_room import with_room
from app.document import Document
from graphcore import edits
from graphcore.diagram import Diagram, EdgeKindName, PortRef
from graphcore.edge_kinds import EDGE_KINDS

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_LONGEST_REASON = 64


@dataclass(frozen=True)
class JoinOffer:
    """One way of taking a second wire. ``says`` is the shape that it gives and how, or in short
    why it cannot be; ``explains`` tells that in full."""

    title: str
    step: str
    edit: EdgeEdit
    says: str
    explains: str
    fits: bool


def join_offers(
    document: Document,
    source: PortRef,
    target: PortRef,
    concatenating: EdgeKindName = "dense",
    moved: str = "",
) -> tuple[JoinOffer, ...]:
    """Replace, Add and Concat for a wire from ``source`` dropped on the occupied ``target``; it is
    a new one, or the wire ``moved`` that ended elsewhere before."""
    block = document.block

    def replaced(diagram: Diagram) -> tuple[Diagram, str]:
        if moved:
            return edits.reconnect(diagram, block, moved, target=target), moved
        return edits.connect(diagram, block, source, target)

    verdict = verdict_on_wire(document, replaced, target)
    says = type_given(document, replaced) if verdict.fits else in_short(verdict.text)
    whole = JoinOffer("&Replace", "Replace wire", replaced, says, verdict.text, verdict.fits)
    return (
        whole,
        _joining(document, "&Add", "skip", source, target, moved),
        _joining(document, "&Concat", concatenating, source, target, moved),
    )


def _joining(
    document: Document,
    title: str,
    kind: EdgeKindName,
    source: PortRef,
    target: PortRef,
    moved: str,
) -> JoinOffer:
    block, params = document.block, fitted(document, kind, source, target)

    def edit(diagram: Diagram) -> tuple[Diagram, str]:
        freed = edits.delete(diagram, block, {moved}) if moved else diagram
        after, edge = edits.connect(freed, block, source, target, kind, params)
        return with_room(after, block, edge), edge

    verdict = verdict_on_join(document, edit)
    says = in_short(verdict.text)
    if verdict.fits:
        how = verdict.text.splitlines()[0].removeprefix("concat: ").partition(" →")[0]
        says = f"{type_given(document, edit)} · {how}"
    step = f"Draw {EDGE_KINDS[kind].title.lower()}"
    return JoinOffer(title, step, edit, says, verdict.text, verdict.fits)


def in_short(reason: str) -> str:
    """The beginning of a reason, for a row of a menu, without the ends of the wire.

    >>> in_short("conv1 → act: x is 4×8×8 but F(x) is 8×8×8; use a projection")
    'x is 4×8×8 but F(x) is 8×8×8'
    """
    ends, _, rest = reason.partition(": ")
    first = (rest if " → " in ends else reason).partition(";")[0].partition(". ")[0]
    return first if len(first) <= _LONGEST_REASON else first[: _LONGEST_REASON - 1].rstrip() + "…"


def join_menu(canvas: CanvasView, source: PortRef, target: PortRef, moved: str = "") -> QMenu:
    """The offers as a menu: arrows, the underlined letters and Return choose. With a tool that
    concatenates in hand, Concat draws its kind."""
    menu = QMenu(canvas)
    menu.setToolTipsVisible(True)
    tool = JOINING.get(canvas.tool, "skip")
    kind = tool if EDGE_KINDS[tool].join == "concat" else "dense"
    offers = join_offers(canvas.document, source, target, kind, moved)
    actions = [_add(canvas, menu, offer) for offer in offers]
    menu.setActiveAction(next((action for action in actions if action.isEnabled()), actions[0]))
    return menu


def _add(canvas: CanvasView, menu: QMenu, offer: JoinOffer) -> QAction:
    action = menu.addAction(f"{offer.title}\t{offer.says}")
    action.setToolTip(offer.explains)
    action.setEnabled(offer.fits)
    document = canvas.document
    action.triggered.connect(lambda: document.apply(offer.step, lambda d: offer.edit(d)[0]))
    return action
