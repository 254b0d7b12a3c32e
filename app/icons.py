"""The few signs of the interface, drawn in the colours of the theme."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

SIZE = 16


def icon(name: str, color: QColor) -> QIcon:
    """The sign ``name`` in ``color``. Raises KeyError for a name that is not drawn here."""
    return QIcon(pixmap(name, color))


def pixmap(name: str, color: QColor, size: int = SIZE) -> QPixmap:
    """The sign as a picture of ``size`` pixels, sharp on screens of twice the density."""
    picture = QPixmap(size * 2, size * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / SIZE, size / SIZE)
    painter.setPen(_pen(color, 1.6))
    SIGNS[name](painter, color)
    painter.end()
    return picture


def _pen(color: QColor, width: float) -> QPen:
    pen = QPen(color, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _lines(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _shape(painter: QPainter, color: QColor, *points: tuple[float, float]) -> None:
    painter.setBrush(color)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in points]))


def _select(painter: QPainter, color: QColor) -> None:
    _shape(painter, color, (3, 1), (3, 13), (6, 10.4), (8.2, 15), (10.2, 14), (8, 9.6), (12, 9.4))


def _wire(painter: QPainter, color: QColor) -> None:
    painter.setPen(_pen(color, 2.2))
    painter.drawLine(QPointF(1.5, 8), QPointF(14.5, 8))


def _skip(painter: QPainter, color: QColor) -> None:
    painter.setPen(_pen(color, 2.2))
    painter.drawArc(QRectF(2, 4, 12, 14), 0, 180 * 16)


def _dense(painter: QPainter, color: QColor) -> None:
    painter.setPen(_pen(color, 2.2))
    for x in (2.5, 8, 13.5):
        painter.drawLine(QPointF(x, 3.5), QPointF(x, 12))
    painter.drawLine(QPointF(2.5, 12), QPointF(13.5, 12))


def _encoder_decoder(painter: QPainter, color: QColor) -> None:
    painter.setPen(_pen(color, 1.8))
    _lines(painter, (2, 2.5), (6, 13.5), (10, 13.5), (14, 2.5))
    painter.setPen(_pen(color, 2.2))
    painter.drawLine(QPointF(6.3, 6.5), QPointF(9.7, 6.5))


def _play(painter: QPainter, color: QColor) -> None:
    _shape(painter, color, (4, 2.5), (4, 13.5), (13, 8))


def _stop(painter: QPainter, color: QColor) -> None:
    _shape(painter, color, (3.5, 3.5), (12.5, 3.5), (12.5, 12.5), (3.5, 12.5))


def _pause(painter: QPainter, color: QColor) -> None:
    painter.fillRect(QRectF(4, 3, 3, 10), color)
    painter.fillRect(QRectF(9, 3, 3, 10), color)


def _error(painter: QPainter, color: QColor) -> None:
    painter.drawEllipse(QRectF(1.5, 1.5, 13, 13))
    _lines(painter, (5.5, 5.5), (10.5, 10.5))
    _lines(painter, (10.5, 5.5), (5.5, 10.5))


def _warning(painter: QPainter, color: QColor) -> None:
    _lines(painter, (8, 2), (14.5, 13.5), (1.5, 13.5), (8, 2))
    _lines(painter, (8, 6.5), (8, 9.5))
    painter.drawPoint(QPointF(8, 11.6))


def _ok(painter: QPainter, color: QColor) -> None:
    painter.drawEllipse(QRectF(1.5, 1.5, 13, 13))
    _lines(painter, (5, 8.3), (7.2, 10.5), (11, 5.8))


def _search(painter: QPainter, color: QColor) -> None:
    painter.drawEllipse(QRectF(2, 2, 9, 9))
    _lines(painter, (10, 10), (14, 14))


def _close(painter: QPainter, color: QColor) -> None:
    _lines(painter, (4, 4), (12, 12))
    _lines(painter, (12, 4), (4, 12))


def _down(painter: QPainter, color: QColor) -> None:
    _lines(painter, (4.5, 6.5), (8, 10), (11.5, 6.5))


def _up(painter: QPainter, color: QColor) -> None:
    _lines(painter, (4.5, 9.5), (8, 6), (11.5, 9.5))


def _right(painter: QPainter, color: QColor) -> None:
    _lines(painter, (6.5, 4.5), (10, 8), (6.5, 11.5))


def _check(painter: QPainter, color: QColor) -> None:
    _lines(painter, (3.5, 8.5), (6.8, 11.8), (12.5, 4.8))


SIGNS: dict[str, Callable[[QPainter, QColor], None]] = {
    "select": _select,
    "wire": _wire,
    "skip": _skip,
    "dense": _dense,
    "encoder_decoder": _encoder_decoder,
    "play": _play,
    "stop": _stop,
    "pause": _pause,
    "error": _error,
    "warning": _warning,
    "ok": _ok,
    "search": _search,
    "close": _close,
    "down": _down,
    "up": _up,
    "right": _right,
    "check": _check,
}
