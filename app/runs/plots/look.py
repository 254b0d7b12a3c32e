"""How runs are told apart in plots: by colour, by marker and by stroke, never by colour alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from app import theme

Shape = tuple[tuple[float, float], ...]

_DISC: Final[Shape] = ()
_CROSS: Final[Shape] = (
    *((0.4, -0.4), (0.4, -1.3), (-0.4, -1.3), (-0.4, -0.4), (-1.3, -0.4), (-1.3, 0.4)),
    *((-0.4, 0.4), (-0.4, 1.3), (0.4, 1.3), (0.4, 0.4), (1.3, 0.4), (1.3, -0.4)),
)
MARKERS: Final[tuple[Shape, ...]] = (
    _DISC,
    ((0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)),
    ((-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)),
    ((0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)),
    ((0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)),
    _CROSS,
)
"""Corners at a radius of 1: a disc, a diamond, a square, triangles, a cross."""

DASHES: Final[tuple[tuple[float, ...], ...]] = (
    (),
    (7.0, 4.0),
    (2.0, 3.0),
    (6.0, 3.0, 2.0, 3.0),
)
"""Pixels that are drawn and left out in turn; nothing for a line without gaps."""

SWATCH: Final = QSize(26, 14)
SMALL_SWATCH: Final = QSize(16, 16)


@dataclass(frozen=True)
class RunLook:
    """The look number ``slot``: colours first; once all are used another stroke and marker."""

    slot: int

    @property
    def color(self) -> QColor:
        """Its colour in the theme that is shown."""
        colors = theme.current().run_colors
        return colors[self.slot % len(colors)]

    @property
    def marker(self) -> Shape:
        """Its marker; () is a disc."""
        return MARKERS[(self.slot + self._round) % len(MARKERS)]

    @property
    def dashes(self) -> tuple[float, ...]:
        """Its stroke, one of :data:`DASHES`."""
        return DASHES[self._round % len(DASHES)]

    @property
    def _round(self) -> int:
        return self.slot // len(theme.current().run_colors)


def draw_marker(
    painter: QPainter, at: QPointF, look: RunLook, radius: float = 4.0, *, hollow: bool = False
) -> None:
    """A run's marker in its colour."""
    painter.setPen(QPen(look.color, 1.4))
    painter.setBrush(theme.current().panel if hollow else look.color)
    if look.marker is _DISC:
        painter.drawEllipse(at, radius, radius)
    else:
        painter.drawPolygon(QPolygonF([at + QPointF(x, y) * radius for x, y in look.marker]))


def swatch(look: RunLook, pixel_ratio: float = 1.0, size: QSize = SWATCH) -> QIcon:
    """A piece of a run's curve with its marker, for a list."""
    picture = QPixmap(size * pixel_ratio)
    picture.setDevicePixelRatio(pixel_ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(look.color, 1.6))
    middle = size.height() / 2
    for left, right in _pieces(look.dashes, size.width()):
        painter.drawLine(QLineF(left, middle, right, middle))
    draw_marker(painter, QPointF(size.width() / 2, middle), look, 3.6)
    painter.end()
    icon = QIcon(picture)
    # In a line that is selected as well: there Qt would tint it.
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon


def _pieces(dashes: tuple[float, ...], width: float) -> list[tuple[float, float]]:
    """From where to where a stroke of ``width`` is drawn."""
    if not dashes:
        return [(0.0, width)]
    found, at, index = [], 0.0, 0
    while at < width:
        end = at + dashes[index % len(dashes)]
        if index % 2 == 0:
            found.append((at, min(end, width)))
        at, index = end, index + 1
    return found


class Looks:
    """Which run has which look: a run keeps its own while it is shown, and gets it back where it
    is shown again and the look is free."""

    def __init__(self) -> None:
        self._remembered: dict[Path, int] = {}
        self._held: dict[Path, int] = {}

    def give(self, runs: Iterable[Path]) -> Mapping[Path, RunLook]:
        """The looks of the ``runs`` (their folders) that are shown from now on."""
        wanted = list(dict.fromkeys(runs))
        held = {run: slot for run, slot in self._held.items() if run in wanted}
        taken = set(held.values())
        for run in wanted:
            slot = self._remembered.get(run)
            if run not in held and slot is not None and slot not in taken:
                held[run] = slot
                taken.add(slot)
        for run in wanted:
            if run not in held:
                held[run] = next(slot for slot in range(len(taken) + 1) if slot not in taken)
                taken.add(held[run])
        self._held = held
        self._remembered.update(held)
        return {run: RunLook(held[run]) for run in wanted}

    def give_afresh(self, runs: Iterable[Path]) -> Mapping[Path, RunLook]:
        """The first looks in this order, for runs that are shown by themselves."""
        self._held = {run: slot for slot, run in enumerate(runs)}
        return {run: RunLook(slot) for run, slot in self._held.items()}
