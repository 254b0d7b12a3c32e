"""How much of the gradient of x comes back by the shortcut, at every (+) from input to output."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.canvas.flow_words import number, percent
from app.runs.cursor import Cursor
from app.runs.plots.chart import Axis, Frame, Tick
from app.runs.plots.depth_chart import DepthChart, draw_axis, draw_names, room_for_names
from app.runs.plots.rows import Stage, stages
from app.runs.plots.shortcuts import Shortcut, shortcuts_of
from app.runs.session import Run
from graphcore.edge_kinds import EDGE_KINDS

LOWEST, HIGHEST = -0.25, 1.25
"""What the axis shows of shares; those beyond stand at its ends, hollow."""
_TICKS: Final = (Tick(0.0, "0"), Tick(0.5, "50"), Tick(1.0, "100 %"))


class Share(NamedTuple):
    """A shortcut at one step: its part of the gradient of x, and how that lies to the rest."""

    shortcut: Shortcut
    share: float
    cosine: float


class RunShares:
    """The shares of one run, by step."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def _known(self) -> tuple[Shortcut, ...]:
        return shortcuts_of(self.run.diagram, self.run.edges.rows())

    @property
    def shortcuts(self) -> tuple[Shortcut, ...]:
        """Its shortcuts from input to output; none before anything was measured."""
        return self._known if self.run.edges.steps else ()

    def at(self, step: int) -> tuple[int, tuple[Share, ...]]:
        """The last step up to ``step`` that was measured, and what it showed; 0 for none."""
        flows = self.run.edges.at(step)
        if flows is None:
            return 0, ()
        measures = [(one, flows.of(one.instance, one.edge)) for one in self.shortcuts]
        return flows.step, tuple(
            Share(one, measure.share, measure.cosine) for one, measure in measures if measure
        )


class ShareView(DepthChart):
    """One bar a shortcut, in the order in which values pass them."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(cursor, parent)
        self._runs: tuple[RunShares, ...] = ()

    def set_runs(self, runs: Sequence[RunShares]) -> None:
        """Show these runs."""
        self._runs = tuple(runs)
        self.update()

    @property
    def shown(self) -> RunShares | None:
        """The run with shortcuts; of a pair one has none."""
        return next((run for run in self._runs if run.shortcuts), None)

    @property
    def step(self) -> int:
        """The step whose figures are shown; 0 for none."""
        return self.shown.at(self._cursor.step)[0] if self.shown is not None else 0

    def shares(self) -> tuple[Share, ...]:
        """What is shown, from input to output; shares that were not measured are left out."""
        found = self.shown.at(self._cursor.step)[1] if self.shown is not None else ()
        return tuple(one for one in found if math.isfinite(one.share))

    def frame(self) -> Frame:
        """Where the bars are drawn: shares to the right, shortcuts downwards."""
        room = room_for_names(self._stages())
        return self.frame_of(room, Axis(LOWEST, HIGHEST), len(self.shares()))

    def figure_at(self, point: QPointF) -> str:
        """What the pointer reads: ``stage1.3: the shortcut brings 72 % …``; "" beside the bars."""
        shares, frame = self.shares(), self.frame()
        row = math.floor(frame.value_at(point)[1])
        if not (0 <= row < len(shares) and frame.rect.top() <= point.y() <= frame.rect.bottom()):
            return ""
        one = shares[row]
        told = f"{one.shortcut.name}, step {self.step}: the shortcut brings {percent(one.share)}"
        told += f" of the gradient of x, the branch {percent(1 - one.share)}"
        return told if math.isnan(one.cosine) else f"{told}; their cosine is {number(one.cosine)}"

    def empty_text(self) -> str:
        """What stands here instead of bars; "" where there are some."""
        if self.shares():
            return ""
        what = "Here stands, for every (+) from input to output, how much of the gradient of x "
        what += "comes back by the shortcut; the rest comes back through the branch.\n\n"
        runs = [shown.run for shown in self._runs]
        if not runs:
            return what + "Train a diagram with skips to see it."
        if not any(_adds(run) for run in runs):
            return what + "This diagram has no skip: draw one (S) and train it."
        every = runs[0].recipe.edges_every
        if not every:
            return what + "The recipe of this run measures nothing on edges (edges every: 0)."
        if runs[0].is_going:
            return what + f"It is measured every {every} steps, first at step 1."
        return what + "Nothing was measured on the edges of this run; train it again."

    def paint_chart(self, painter: QPainter) -> None:
        """Draw the axis, the names of stages and the bars; hollow at the axis's ends."""
        frame, shares, colors = self.frame(), self.shares(), theme.current()
        draw_axis(painter, frame, _TICKS, "share of the gradient of x", marked=0.0)
        draw_names(painter, frame, self._stages())
        thick = min(6.0, max(1.0, frame.rect.height() / len(shares) * 0.45))
        for index, one in enumerate(shares):
            y = frame.py(index + 0.5)
            off = not LOWEST <= one.share <= HIGHEST
            x = frame.px(min(max(one.share, LOWEST), HIGHEST))
            painter.setPen(QPen(colors.skip, thick, c=Qt.PenCapStyle.FlatCap))
            painter.drawLine(QPointF(frame.px(0.0), y), QPointF(x, y))
            painter.setPen(QPen(colors.skip, 1.4))
            painter.setBrush(colors.panel if off else colors.skip)
            radius = max(thick * 0.6, 1.8)
            painter.drawEllipse(QPointF(x, y), radius, radius)

    def _stages(self) -> tuple[Stage, ...]:
        return stages([one.shortcut.name for one in self.shares()])


def _adds(run: Run) -> bool:
    """Whether there is a shortcut in the diagram of a run that is not switched off."""
    return any(
        EDGE_KINDS[edge.kind].join == "add" and edge.active is not False
        for block in run.diagram.blocks.values()
        for edge in block.graph.edges.values()
    )
