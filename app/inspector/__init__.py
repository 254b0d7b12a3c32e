"""The inspector: a page for whatever is selected.

The window begins with nothing selected, so the pages of blocks and connections are imported when
the first of them is.
"""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.document import Document
from app.inspector.block import BlockPage
from app.page_parts import Page
from graphcore.spec import Param


class Inspector(QWidget):
    """Shows the selection's page and keeps it up to date; a page is made anew only when it is about
    something else, so that what is being typed stays."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.document = document
        self.page: Page | None = None
        self._subject: Hashable = None
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Inspector")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.area)
        document.analysed.connect(self._refresh)
        document.selection_changed.connect(self._refresh)
        document.place_changed.connect(self._refresh)
        theme.signals.changed.connect(self._rebuild)
        self._refresh()

    def show_scale(self, label: str) -> None:
        """Bring the scale called ``label``, of what is selected, into view."""
        from app.inspector.edge import EdgePage
        from app.inspector.pages import NodePage

        row = self.page.scales.row(label) if isinstance(self.page, NodePage | EdgePage) else None
        if row is not None:
            row.point_out()
            self.area.ensureWidgetVisible(row)

    def _refresh(self) -> None:
        subject = self._about()
        if subject == self._subject and self.page is not None:
            self.page.refresh()
            return
        self._subject = subject
        self._rebuild()

    def _rebuild(self) -> None:
        old = self.area.takeWidget()
        self.page = self._make_page()
        self.area.setWidget(self.page)
        if isinstance(self.page, BlockPage) and isinstance(old, BlockPage):
            self.page.go_on_from(old)
        if old is not None:
            # It may be in the middle of telling the document what the user typed.
            old.deleteLater()

    def _about(self) -> Hashable:
        """What decides which widgets there are: another one of these is another page."""
        diagram, chosen = self.document.diagram, self.document.selection
        block = diagram.blocks[self.document.block]
        place = (self.document.block, self.document.instance)
        if not chosen:
            return (place, _kinds(block.params), tuple(diagram.symbols))
        if len(chosen) > 1:
            from app.inspector.edge import join_of

            return (place, chosen, join_of(block.graph, chosen))
        (id,) = chosen
        if id in block.graph.edges:
            edge = block.graph.edges[id]
            return (place, id, edge.kind)
        node = block.graph.nodes[id]
        inside = diagram.blocks.get(node.kind)
        return (place, id, node.kind, _kinds(inside.params) if inside else ())

    def _make_page(self) -> Page:
        document = self.document
        if not document.selection:
            return BlockPage(document)
        from app.inspector.edge import EdgePage, JoinPage, join_of
        from app.inspector.pages import NodePage, SeveralPage

        graph = document.diagram.blocks[document.block].graph
        if len(document.selection) > 1:
            join = join_of(graph, document.selection)
            return JoinPage(document, join) if join else SeveralPage(document, document.selection)
        (id,) = document.selection
        return NodePage(document, id) if id in graph.nodes else EdgePage(document, id)


def _kinds(params: tuple[Param, ...]) -> tuple[tuple[type, str], ...]:
    return tuple((type(param), param.name) for param in params)
