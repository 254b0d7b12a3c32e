"""Below the canvases: the time cursor, and under it the plots or the table of differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.runs.cursor import Cursor
from app.runs.empty import EmptyPlots
from app.runs.listing.comparison import Plotted, names_of
from app.runs.listing.differences_view import DifferencesView
from app.runs.page_head import PageHead
from app.runs.plots.look import Looks, RunLook
from app.runs.plots.pace_strip import PaceStrip
from app.runs.plots.plot_row import PlotRow
from app.runs.session import Run


class LowerPart(QWidget):
    """Shows runs, each under its name and in its look; without any, how to get one."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head = PageHead(cursor)
        self.plots = PlotRow(cursor)
        self.differences = DifferencesView()
        self.empty = EmptyPlots()
        self.pace = PaceStrip(cursor)
        self.stack = QStackedWidget()
        self.looks: Mapping[Path, RunLook] = {}
        """The look of every run that is shown, by its folder."""
        self._looks = Looks()
        self._count = 0
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        for widget in (self.plots, self.differences, self.empty):
            self.stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.stack, 1)
        column.addWidget(self.pace)
        self.head.differences_button.toggled.connect(self._bring_to_front)

    def show_runs(self, runs: Sequence[Run], pictured: Sequence[Run]) -> None:
        """Show the curves of ``runs``, and of those ``pictured`` every layer."""
        self._count = len(runs)
        folders = [run.folder for run in runs]
        paths = [folder.path for folder in folders]
        if len(runs) > len(pictured):
            names, self.looks = names_of(folders), self._looks.give(paths)
        else:
            names = ["with", "without"] if len(runs) > 1 else ["batch"]
            self.looks = self._looks.give_afresh(paths)
        plotted = [
            Plotted(run, name, self.looks[run.folder.path])
            for run, name in zip(runs, names, strict=False)
        ]
        self.plots.set_runs(plotted, pictured)
        self.pace.set_runs(pictured)
        self.differences.set_runs(plotted if len(runs) > 1 else ())
        self.head.scrubber.setVisible(bool(runs))
        self.head.differences_button.setVisible(len(runs) > 1)
        self.head.recipe_button.setChecked(not runs)
        self._bring_to_front()

    def refresh(self) -> None:
        """Show what has come since."""
        self.plots.refresh()
        self.pace.refresh()
        self.differences.refresh()

    def _bring_to_front(self) -> None:
        if not self._count:
            self.stack.setCurrentWidget(self.empty)
            return
        differs = self.head.differences_button.isChecked() and self._count > 1
        self.stack.setCurrentWidget(self.differences if differs else self.plots)
