"""An edit of a shared block changes every copy of it: this says so, and offers to keep it here."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.document import Document, Place
from graphcore import edits
from graphcore.analysis import analyse
from graphcore.diagram import Block, Diagram


class SharedEdits(QObject):
    """Follows the document. ``told(text)`` and ``offered(text, title, act)`` come after the first
    edit of a shared block since the user came to it."""

    told = Signal(str)
    offered = Signal(str, str, object)

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document
        self._said: Place | None = None
        document.edited.connect(self._on_edited)
        document.place_changed.connect(self._forget)

    def _forget(self) -> None:
        self._said = None

    def _on_edited(self, before: Diagram, after: Diagram) -> None:
        document = self._document
        place = document.place
        if place == self._said:
            return
        old, new = before.blocks.get(place.block), after.blocks[place.block]
        if old is None or not _differ(old, new) or before.blocks.keys() != after.blocks.keys():
            return
        # What an edit breaks is not analysed to the end: the copies are those there were.
        copies = len(analyse(before).instances_of(place.block))
        if copies < 2:
            return
        self._said = place
        places = _places(after, place.block)
        if places == 1 or not place.instance:
            self.told.emit(f"This changed all {copies} copies of {place.block}.")
            return
        self.offered.emit(
            f"This changed all {copies} copies of {place.block}, in {places} places.",
            "Change only this place",
            lambda: self._keep_here(place, old),
        )

    def _keep_here(self, place: Place, old: Block) -> None:
        """The edits made since the block was come to hold here only; the others are as before."""
        document = self._document
        if document.place != place:
            return
        around = document.analysis.at(place.instance[:-1])
        if around is None:
            return
        node, block = place.instance[-1].node, around.block
        document.apply("Make unique", lambda d: edits.keep_here_only(d, block, node, old)[0])


def _differ(old: Block, new: Block) -> bool:
    """Whether more than places and words differ."""
    if old is new:
        return False
    same = (old.graph, old.params, old.form) == (new.graph, new.params, new.form)
    return not same


def _places(diagram: Diagram, kind: str) -> int:
    nodes = (node for block in diagram.blocks.values() for node in block.graph.nodes.values())
    return sum(node.kind == kind for node in nodes)
