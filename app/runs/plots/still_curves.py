"""Curves that do not grow, kept as a picture: twenty runs cost as much as one to look through."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.runs.history import History
from app.runs.plots.curves import Curve

DrawCurve = Callable[[QPainter, Curve], None]


class StillCurves:
    """Draws curves, from a picture those that have got nothing new since they were drawn last."""

    def __init__(self) -> None:
        self._seen: WeakKeyDictionary[History, tuple[int, int]] = WeakKeyDictionary()
        self._key: Hashable = None
        self._picture = QPixmap()

    def draw(
        self,
        painter: QPainter,
        widget: QWidget,
        curves: Sequence[Curve],
        view: Hashable,
        draw: DrawCurve,
    ) -> None:
        """Draw ``curves`` by ``draw``; ``view`` is all else that their looks depend on."""
        still: list[Curve] = []
        growing: list[Curve] = []
        for curve in curves:
            known = (curve.history.steps, len(curve.history.tests))
            (still if self._seen.get(curve.history, known) == known else growing).append(curve)
            self._seen[curve.history] = known
        if still:
            self._refresh(widget, still, view, draw)
            painter.drawPixmap(QPointF(0, 0), self._picture)
        for curve in growing:
            draw(painter, curve)

    def _refresh(
        self, widget: QWidget, still: Sequence[Curve], view: Hashable, draw: DrawCurve
    ) -> None:
        ratio = widget.devicePixelRatioF()
        # A number as its identity could come again once a run is gone.
        figures = tuple((ref(one.history), self._seen[one.history], one.look) for one in still)
        key = (view, widget.size().toTuple(), ratio, figures)
        if key == self._key:
            return
        self._key = key
        self._picture = QPixmap(widget.size() * ratio)
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(Qt.GlobalColor.transparent)
        inside = QPainter(self._picture)
        inside.setRenderHint(QPainter.RenderHint.Antialiasing)
        for curve in still:
            draw(inside, curve)
        inside.end()
