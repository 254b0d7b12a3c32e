"""The figures of a run's weights on held-out data, measured anew in a child."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.restyling import restyle
from app.runs.children.weights_child import CHILD, WeightsChild
from app.runs.listing.comparison import WITH, WITHOUT
from app.runs.listing.run_places import twin_of
from app.runs.setup.weights_chooser import SUFFIXES
from graphcore.training.data.arrays import DataError
from graphcore.training.metric_words import heading_of, in_words
from graphcore.training.run_folder import RunFolder, RunFolderError
from graphcore.training.weights.record import BEST, LAST

Trusted = Callable[[str, QWidget], str | None]
"""(data, parent) -> the digest of the program that may be run for them, or None."""

ROW_HEIGHT: Final = 30

_CHOOSE, _FOLDER, _OWN = "choose", "folder", ""


class EvaluationDialog(QDialog):
    """Evaluates the best or last weights of a run, or others, on its data or on others.

    ``trusted`` asks whether a program may be run for its data.
    """

    def __init__(
        self,
        run: RunFolder,
        trusted: Trusted,
        parent: QWidget | None = None,
        *,
        command: tuple[str, ...] = CHILD,
    ) -> None:
        super().__init__(parent)
        self._run = run
        self._trusted = trusted
        self.setWindowTitle(f"Evaluate {run.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.network = QComboBox()
        self.network.setAccessibleName("network to evaluate")
        self.network.addItem(WITH, str(run.path))
        self.network.addItem(WITHOUT, str(twin_of(run.path)))
        self.network.activated.connect(lambda _: self.start())
        self.weights = QComboBox()
        self.weights.setAccessibleName("weights to evaluate")
        self.weights.addItem("Best weights", BEST)
        self.weights.addItem("Last weights", LAST)
        self.weights.addItem("Choose a file …", _CHOOSE)
        self.weights.activated.connect(self._on_weights)
        self.data = QComboBox()
        self.data.setAccessibleName("data to evaluate on")
        self.data.addItem("The run's own", _OWN)
        self.data.addItem("Choose a file …", _CHOOSE)
        self.data.addItem("Choose a folder of images …", _FOLDER)
        self.data.activated.connect(self._on_data)
        self.figures: dict[str, QLabel] = {}
        """What was measured, by name."""
        self._column = QVBoxLayout(self)
        self._grid = QGridLayout()
        self.told = QLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.start_button = QPushButton("Evaluate")
        self.close_button = QPushButton("Close")
        self.child = WeightsChild(self, command=command)
        self.child.progressed.connect(self._show_progress)
        self.child.answered.connect(self._show_figures)
        self.child.refused.connect(self._show_refusal)
        self.start_button.clicked.connect(self.toggle)
        self.close_button.clicked.connect(self.close)
        self._arrange()
        self.start()

    def start(self) -> None:
        """Measure what is chosen."""
        data = str(self.data.currentData())
        try:
            trusted = self._trusted(data or self._run.recipe().data, self)
        except (DataError, RunFolderError) as error:
            self._show_refusal(str(error))
            return
        if trusted is None:
            self._tell("The program that gives the data was not run.", "hint")
            return
        self._clear()
        self._tell("Loading …", "hint")
        self.bar.setRange(0, 0)
        self._tell_busy()
        asked = {"ask": "evaluate", "run_dir": str(self.network.currentData()), "data": data}
        weights = str(self.weights.currentData())
        self.child.ask({**asked, "weights": weights, "trust_data": trusted})
        self._tell_busy()

    def toggle(self) -> None:
        """Begin, or give up what is going on."""
        if not self.child.is_busy:
            self.start()
            return
        self.child.give_up()
        self._tell("Cancelled.", "hint")
        self._tell_busy()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave no child behind."""
        self.child.give_up()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """Leave no child behind."""
        self.child.give_up()
        super().done(result)

    def _on_weights(self, index: int) -> None:
        if self.weights.itemData(index) == _CHOOSE:
            kinds = f"Weights ({' '.join(SUFFIXES)})"
            name, _ = QFileDialog.getOpenFileName(self, "Weights to evaluate", "", kinds)
            self._take(self.weights, name)
        self.start()

    def _on_data(self, index: int) -> None:
        which = self.data.itemData(index)
        if which == _CHOOSE:
            name, _ = QFileDialog.getOpenFileName(self, "Data to evaluate on", "")
            self._take(self.data, name)
        elif which == _FOLDER:
            title = "A folder of images to evaluate on"
            self._take(self.data, QFileDialog.getExistingDirectory(self, title, ""))
        self.start()

    def _take(self, box: QComboBox, name: str) -> None:
        """Put what was chosen first; where nothing was, the first one stays."""
        if name:
            path = os.path.abspath(name)  # noqa: PTH100  Path.resolve follows links.
            box.insertItem(0, Path(path).name, path)
            box.setItemData(0, path, Qt.ItemDataRole.ToolTipRole)
        box.setCurrentIndex(0)

    def _show_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self._tell(f"{done:,} of {total:,} samples", "hint")

    def _show_figures(self, answer: Mapping[str, Any]) -> None:
        self._clear()
        found = {"loss": answer["loss"], "accuracy": answer["accuracy"], **answer["metrics"]}
        for name, figure in found.items():
            if name == "accuracy" and figure is None:
                continue
            value = QLabel(in_words(name, figure))
            value.setFont(theme.mono_font(13))
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._add_row(heading_of(name), value)
            self.figures[name] = value
        weights = answer["weights"]
        self._tell(
            f"{answer['samples']:,} held-out samples of {answer['data']}; {weights['title']}, "
            f"{weights['message']}.",
            "hint",
        )
        self._tell_busy()
        self._make_room()

    def _show_refusal(self, reason: str) -> None:
        self._clear()
        self._tell(reason[:1].upper() + reason[1:] + ".", "wrong")
        self._tell_busy()

    def _make_room(self) -> None:
        """As many figures as there are can be read."""
        wanted = self._column.totalHeightForWidth(self.width())
        self.resize(self.width(), max(self.height(), wanted))

    def _clear(self) -> None:
        for value in self.figures.values():
            row = self._grid.getItemPosition(self._grid.indexOf(value))[0]  # type: ignore[index]
            for column in (0, 1):
                item = self._grid.itemAtPosition(row, column)
                widget = item.widget() if item is not None else None
                if widget is not None:
                    self._grid.removeWidget(widget)
                    self._grid.setRowMinimumHeight(row, 0)
                    widget.hide()
                    widget.deleteLater()
        self.figures.clear()

    def _add_row(self, title: str, widget: QWidget) -> None:
        row = self._grid.rowCount()
        self._grid.setRowMinimumHeight(row, ROW_HEIGHT)
        self._grid.addWidget(QLabel(title), row, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(widget, row, 1)

    def _tell(self, text: str, name: str) -> None:
        restyle(self.told, name)
        self.told.setText(text)

    def _tell_busy(self) -> None:
        busy = self.child.is_busy
        self.bar.setVisible(busy)
        self.start_button.setText("Cancel" if busy else "Evaluate")
        for part in (self.network, self.weights, self.data):
            part.setEnabled(not busy)

    def _arrange(self) -> None:
        self.setMinimumWidth(440)
        self.resize(460, 270)
        self.told.setWordWrap(True)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnMinimumWidth(0, 78)
        self._grid.setColumnStretch(1, 1)
        if RunFolder(twin_of(self._run.path)).holds_a_run:
            self._add_row("Network", self.network)
        self._add_row("Weights", self.weights)
        self._add_row("Data", self.data)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.start_button)
        buttons.addWidget(self.close_button)
        column = self._column
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addLayout(self._grid)
        column.addWidget(self.bar)
        column.addWidget(self.told)
        column.addStretch(1)
        column.addLayout(buttons)
