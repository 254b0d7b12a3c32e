"""Looking at a diagram: zoom, pan, entering blocks, overlays, colours of gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QToolTip, QWidget

from app.canvas.breadcrumbs import Breadcrumbs
from app.canvas.diagram_scene import DiagramScene
from app.canvas.edge_flow import EdgeFlows
from app.canvas.gestures import hits
from app.canvas.gestures.preview import Preview
from app.canvas.highway_turn import HighwayTurn
from app.canvas.measured import Measured
from app.canvas.openings import Openings
from app.canvas.painting.backdrop import frame_rect, paint_frame, paint_grid, paint_invitation
from app.canvas.painting.minimap import Minimap
from app.canvas.painting.overview import Overview
from app.canvas.scene import Sheet
from app.canvas.viewpoint import Viewpoint
from app.canvas.zoom_bar import ZoomBar
from app.document import Document
from graphcore.diagram import Instance, Step

OVERVIEW_BELOW = 0.45
OVERVIEW_FROM = 400
"""Blocks from which the overview takes over; fewer are painted one by one at any zoom."""
NAMED = 0.25
"""Zoom from which every block has a name of 9 pixels."""
LEGIBLE = 0.5
"""Zoom down to which everything is kept in view when a block is opened in place."""
_FAR = 1_000_000.0
_STEP = 1.25
_WHEEL = 1.0017
"""Zoom factor for each eighth of a degree of the wheel: a notch (120) is a fifth."""
_EDGE = 12
"""Pixels between an overlay and the border."""


class DiagramView(QGraphicsView):
    """Shows the block that ``document`` is at."""

    zoom_changed = Signal(float)
    scale_chosen = Signal(str)
    """The chip of a scale was clicked: its label. What it acts for is selected by then."""
    more_verbs: tuple[tuple[str, Callable[[Instance], object]], ...] = ()
    """What can be asked of a block's instance besides, in the menu of a read-only canvas."""

    def __init__(
        self,
        document: Document,
        parent: QWidget | None = None,
        openings: Openings | None = None,
    ) -> None:
        super().__init__(parent)
        self.document: Document = document
        self.diagram_scene = DiagramScene(document, self, openings)
        self.viewpoint = Viewpoint(self)
        self._shown_place = self.diagram_scene.root.place
        self._corner_taken = False
        self.measured = Measured(self.diagram_scene)
        self._set_up()
        self.overview = Overview(self.diagram_scene)
        self.preview = Preview(self.diagram_scene, self.viewport())
        self.breadcrumbs = Breadcrumbs(document, self)
        self.minimap = Minimap(self.diagram_scene, self.overview, self)
        self.zoom_bar = ZoomBar(self)
        self.highway = HighwayTurn(self.diagram_scene, self)
        self._connect()

    def _set_up(self) -> None:
        self.setScene(self.diagram_scene)
        self.setFrameShape(QFrame.Shape.NoFrame)
        hints = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing
        self.setRenderHints(hints)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSceneRect(-_FAR, -_FAR, 2 * _FAR, 2 * _FAR)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Diagram")

    def _connect(self) -> None:
        self.diagram_scene.rooted.connect(self._show_place)
        self.diagram_scene.unfolded.connect(self._measure_anew)
        self.diagram_scene.unfolded.connect(self._keep_all_in_view)
        self.document.analysed.connect(self._measure_anew)
        self.document.analysed.connect(self._keep_all_in_view)
        self.diagram_scene.reshaped.connect(self._repaint_backdrop)
        self.breadcrumbs.resized.connect(self._place_overlays)
        self.minimap.aimed.connect(self._aim)
        self.zoom_bar.asked_in.connect(self.zoom_in)
        self.zoom_bar.asked_out.connect(self.zoom_out)
        self.zoom_bar.asked_whole.connect(self.zoom_whole)
        self.zoom_bar.asked_fit.connect(self.fit)
        self.zoom_bar.asked_highway.connect(self.toggle_highway)
        self.highway.toggled.connect(self.zoom_bar.show_highway)
        self.highway.moved.connect(self._keep_fitted)

    @property
    def zoom(self) -> float:
        """Pixels of the screen for one of the scene."""
        return self.viewpoint.zoom

    def toggle_highway(self) -> None:
        """Turn the picture inside out, so that the shortcuts run straight, or back."""
        turned = self.highway.toggle()
        self.zoom_bar.show_highway(self.highway.is_on)
        if not turned:
            self.document.refused.emit(
                "The highway view lets skip and dense connections run straight, and there are "
                "none: draw one first (S)."
            )

    def take_corner(self, taken: bool) -> None:
        """Give the corner of the map and the zoom buttons to something else, or have it back."""
        if taken != self._corner_taken:
            self._corner_taken = taken
            self._place_overlays()

    def keep_free(self, below: int) -> None:
        """Fit pictures above what covers so many pixels at the bottom."""
        if below != self.viewpoint.covered:
            self.viewpoint.covered = below
            if self.viewpoint.is_fitted:
                self.fit()

    def fit(self) -> None:
        """Show everything."""
        content = self.diagram_scene.content_rect()
        if self.diagram_scene.root.place.instance and not content.isEmpty():
            content = frame_rect(content)
        self.viewpoint.fit(content)
        self._moved()

    def fit_selection(self) -> None:
        """Show the selection as large as is sensible; everything if nothing is selected."""
        rects = [self.diagram_scene.item_rect(item) for item in self.document.selection]
        around = QRectF()
        for rect in rects:
            around = around.united(rect or QRectF())
        if around.isEmpty():
            self.fit()
            return
        self.viewpoint.fit(around.adjusted(-80, -80, 80, 80))
        self.viewpoint.is_fitted = False
        self._moved()

    def zoom_in(self) -> None:
        """One step larger."""
        self.zoom_to(self.zoom * _STEP)

    def zoom_out(self) -> None:
        """One step smaller."""
        self.zoom_to(self.zoom / _STEP)

    def zoom_whole(self) -> None:
        """100 %."""
        self.zoom_to(1.0)

    def zoom_to(self, zoom: float) -> None:
        """Zoom to a figure, 1.0 being 100 %."""
        self.viewpoint.zoom_to(zoom)
        self._moved()

    def pan_by(self, offset: QPoint) -> None:
        """Move the picture by pixels of the screen."""
        self.viewpoint.pan_by(offset)
        self._moved()

    def focus_item(self, item: str) -> None:
        """Select a node or an edge of the shown block and bring it into view."""
        self.document.select([item])
        rect = self.diagram_scene.item_rect(item)
        if rect is not None:
            self.viewpoint.reveal(rect)
            self._moved()

    def enter_node(self, node: str) -> None:
        """Open a composite block, at its first copy."""
        found = self.diagram_scene.block.graph.nodes.get(node)
        if found is not None and found.kind in self.document.diagram.blocks:
            opened = self.diagram_scene.sheet.insides.get(node)
            copy = opened.place.instance[-1].copy if opened is not None else 0
            self.diagram_scene.enter((*self.document.instance, Step(node, copy)))

    def toggle_selected(self) -> None:
        """Open the selected blocks in place, or close them; with none selected the block that is
        worked in is closed."""
        scene = self.diagram_scene
        blocks = self.document.diagram.blocks
        chosen = [n for n in self.document.selection if n in scene.nodes]
        composite = [n for n in chosen if scene.block.graph.nodes[n].kind in blocks]
        sheet = scene.sheet
        for node in composite:
            self.toggle(node, sheet)
        if not composite and sheet is not scene.root:
            self.document.leave()
            self.toggle(sheet.place.instance[-1].node, scene.sheet)

    def toggle(self, node: str, sheet: Sheet) -> None:
        """Open a block in place, or close it. Its triangle stays where it is on the screen, and
        all of the frame comes into view; where everything was in view and still can be, legibly,
        it is. What can only be looked at stays in view as a whole."""
        scene, fitted = self.diagram_scene, self.viewpoint.is_fitted
        before = self._corner_of(node, sheet)
        self.viewpoint.is_fitted = False
        scene.toggle(node, sheet)
        moved = self._corner_of(node, sheet) - before
        legible = self.viewpoint.fitting(scene.content_rect()) >= LEGIBLE
        if fitted and (legible or self.document.read_only):
            self.fit()
            return
        self.viewpoint.pan_by(-moved)
        frame = sheet.nodes[node].body().translated(sheet.origin)
        self.viewpoint.reveal(frame)
        self._moved()

    def _corner_of(self, node: str, sheet: Sheet) -> QPoint:
        return self.mapFromScene(sheet.nodes[node].body().topLeft() + sheet.origin)

    def open_all(self) -> None:
        """Open every block in place, and those inside, and show all of it; where that would be too
        small to be read, its beginning."""
        self.diagram_scene.open_all()
        self.fit()
        if self.zoom < NAMED and not self.document.read_only:
            self.viewpoint.begin(self.diagram_scene.content_rect(), LEGIBLE)
            self._moved()

    def close_all(self) -> None:
        """Close every open block, and show everything."""
        self.diagram_scene.close_all()
        self.fit()

    def step_copy(self, by: int) -> None:
        """Show the next copy of the open block that is selected or worked in, or the one before;
        where the block fills the paper, that of the paper."""
        scene = self.diagram_scene
        chosen = next(iter(self.document.selection), "")
        sheet = scene.sheet.insides.get(chosen, scene.sheet)
        if sheet is scene.root and not sheet.place.instance:
            return
        if sheet is scene.root:
            self.breadcrumbs.show_copy(sheet.place.instance[-1].copy + by)
        else:
            scene.step_copy(sheet, by)

    def set_gradients(self, measured: Mapping[Instance, float] | None) -> None:
        """Colour blocks by the RMS of their gradients, by instance of the layer; None takes the
        colours off."""
        self.measured.set_gradients(measured)

    def set_flows(self, flows: EdgeFlows | None) -> None:
        """Draw wires as thick as the gradient that flows along them; None as ever."""
        self.measured.set_flows(flows)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer, as far as the wheel has turned."""
        delta = event.angleDelta().y() or event.angleDelta().x()
        self.viewpoint.zoom_at(event.position().toPoint(), _WHEEL**delta)
        self._moved()
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted picture fitted, and the overlays in their corners."""
        super().resizeEvent(event)
        if self.viewpoint.is_fitted:
            self.fit()
        self._place_overlays()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with everything in view."""
        super().showEvent(event)
        if self.viewpoint.is_fitted:
            self.fit()
        self._place_overlays()

    def viewportEvent(self, event: QEvent) -> bool:
        """Tooltips of blocks and wires; nothing stays marked when the pointer leaves."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tooltip_at(event.pos()), self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            self.diagram_scene.hover("")
        return super().viewportEvent(event)

    def tooltip_at(self, at: QPoint) -> str:
        """What is to be told about what is there."""
        place = self.mapToScene(at)
        from app.canvas.tooltips import tooltip_at  # The first paint does not wait for it.

        return tooltip_at(self.diagram_scene, place, self.item_at(place))

    def item_at(self, at: QPointF) -> str:
        """The block, else the wire at a place of the scene, on the innermost sheet there; "" for
        neither."""
        scene = self.diagram_scene
        sheet = scene.sheet_at(at)
        local = scene.to_sheet(at, sheet)
        return hits.node_at(scene, local, sheet) or hits.edge_at(
            scene, local, self.edge_reach, sheet
        )

    def items_at(self, at: QPointF) -> frozenset[str]:
        """What a click at a place of the scene is about, on the sheet that is worked in."""
        scene = self.diagram_scene
        return hits.items_at(scene, scene.to_sheet(at), self.edge_reach)

    @property
    def edge_reach(self) -> float:
        """How near to a wire a press must be, in the scene."""
        return 5.0 / min(self.zoom, 1.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the scene; from afar, where blocks are many, the overview instead."""
        if not self._shows_overview():
            super().paintEvent(event)
            return
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.diagram_scene.look.theme.canvas)
        painter.setTransform(self.viewportTransform())
        self.overview.paint(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.overview.paint_names(painter, self.viewpoint.visible())
        self.preview.paint(painter)

    def _shows_overview(self) -> bool:
        many = self.diagram_scene.block_count() >= OVERVIEW_FROM
        return many and self.zoom < OVERVIEW_BELOW

    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        """Paper, dots, and the frame of an opened block."""
        look = self.diagram_scene.look
        exposed = rect if isinstance(rect, QRectF) else QRectF()
        painter.fillRect(exposed, look.theme.canvas)
        paint_grid(painter, look, exposed, self.zoom)
        root = self.diagram_scene.root
        if root.place.instance and root.nodes:
            content = self.diagram_scene.content_rect()
            paint_frame(painter, look, content, *self._frame_title())

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:
        """An invitation where there is nothing yet."""
        if not self.diagram_scene.root.nodes:
            painter.resetTransform()
            area = self.viewport().rect()
            read_only = self.document.read_only
            paint_invitation(painter, self.diagram_scene.look, area, read_only=read_only)

    def _frame_title(self) -> tuple[str, str]:
        instance = self.diagram_scene.root.place.instance
        around = self.document.analysis.at(instance[:-1])
        graph = self.document.diagram.blocks[around.block].graph if around else None
        node = graph.nodes.get(instance[-1].node) if graph else None
        return (node.label if node else instance[-1].node), self.diagram_scene.root.place.block

    def _show_place(self) -> None:
        """Follow the document into a block and out again, to where the user was in it."""
        place = self.diagram_scene.root.place
        if place != self._shown_place:
            self.viewpoint.leave(self._shown_place)
            self._shown_place = place
            if not self.viewpoint.come_back(self._shown_place):
                self.fit()
        self._measure_anew()
        self._moved()
        self.viewport().update()

    def _repaint_backdrop(self) -> None:
        """Repaint what no item does: the overview, the frame of a block, the invitation."""
        root = self.diagram_scene.root
        if self._shows_overview() or root.place.instance or len(root.nodes) < 2:
            self.viewport().update()

    def _measure_anew(self, _: object = None) -> None:
        self.measured.lay_anew()

    def _keep_all_in_view(self) -> None:
        """Where everything was in view and the user has not moved away, nothing is pushed out of
        it; a pair of canvases that only show is seen at one scale."""
        content = self.diagram_scene.content_rect()
        fits = self.viewpoint.visible().contains(content) and not self.document.read_only
        if self.viewpoint.is_fitted and not fits:
            self.fit()

    def _keep_fitted(self) -> None:
        """What was wholly in view stays so while it is turned."""
        if self.viewpoint.is_fitted:
            self.fit()

    def _aim(self, middle: QPointF) -> None:
        self.viewpoint.aim(middle)
        self._moved()

    def _moved(self) -> None:
        """Tell what follows the part that is shown."""
        self.minimap.show_part(self.viewpoint.visible())
        self.zoom_bar.show_zoom(self.zoom)
        self.zoom_changed.emit(self.zoom)

    def _place_overlays(self) -> None:
        area = self.viewport().rect()
        self.breadcrumbs.move(_EDGE, _EDGE)
        right, bottom = area.right() - _EDGE, area.bottom() - _EDGE
        self.minimap.move(right - self.minimap.width(), bottom - self.minimap.height())
        self.zoom_bar.adjustSize()
        roomy = area.width() >= 420 and area.height() >= 300
        taken = self.minimap.width() + 8 if roomy else 0
        beside = right - taken - self.zoom_bar.width()
        self.zoom_bar.move(beside, bottom - self.zoom_bar.height())
        self.minimap.setVisible(roomy and not self._corner_taken)
        wide = area.width() >= 560 and area.height() >= 160
        self.zoom_bar.setVisible(wide and not self._corner_taken)
