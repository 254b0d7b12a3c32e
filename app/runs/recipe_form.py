"""The training recipe as a form: every change is an undo step of the document."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.document import Document
from app.form import LABEL_WIDTH, Form
from graphcore import edits
from graphcore.diagram import Diagram
from graphcore.spec import ParamValue
from graphcore.training.datasets import DATASETS, FILE_KINDS, DataError, DataInfo, data_info
from graphcore.training.recipe import RECIPE

PANEL_WIDTH = 316
_CHOOSE = "choose"


class DataChooser(QWidget):
    """Which data: a registered set, or a file of the user's.

    ``chosen(str)`` gives the recipe's value. What is known of the data, or what is wrong with it,
    stands below.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: str | None = None
        label = QLabel("Data")
        label.setObjectName("muted")
        label.setFixedWidth(LABEL_WIDTH)
        self.box = QComboBox()
        self.box.setAccessibleName("data")
        self.box.setToolTip(RECIPE[0].doc)
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.setMinimumContentsLength(10)
        self.box.activated.connect(self._on_activated)
        self.fact = QLabel()
        self.fact.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.box, 1)
        below = QHBoxLayout()
        below.addSpacing(LABEL_WIDTH + 8)
        below.addWidget(self.fact, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addLayout(below)

    def show_data(self, data: str) -> None:
        """Show the recipe's value and what is known of it."""
        if data == self._data:
            return
        self._data = data
        with QSignalBlocker(self.box):
            self.box.clear()
            for name, dataset in DATASETS.items():
                self.box.addItem(dataset.title, name)
                self.box.setItemData(self.box.count() - 1, dataset.doc, Qt.ItemDataRole.ToolTipRole)
            if data not in DATASETS:
                self.box.addItem(Path(data).name or data, data)
            self.box.addItem("Choose a file …", _CHOOSE)
            self.box.setCurrentIndex(self.box.findData(data))
        self._tell(data)

    def choose_file(self) -> None:
        """Let the user choose a data file."""
        name, _ = QFileDialog.getOpenFileName(self, "Data", "", _file_filter())
        if name:
            self.chosen.emit(os.path.abspath(name))  # noqa: PTH100  Path.resolve follows links.
        else:
            with QSignalBlocker(self.box):
                self.box.setCurrentIndex(self.box.findData(self._data))

    def _on_activated(self, index: int) -> None:
        data = str(self.box.itemData(index))
        if data == _CHOOSE:
            self.choose_file()
        else:
            self.chosen.emit(data)

    def _tell(self, data: str) -> None:
        try:
            text, name = describe_data(data_info(data)), "hint"
        except DataError as error:
            text, name = str(error)[:1].upper() + str(error)[1:], "wrong"
        self.fact.setObjectName(name)
        self.fact.style().unpolish(self.fact)
        self.fact.style().polish(self.fact)
        self.fact.setText(text)


def _file_filter() -> str:
    """All kinds of data files together, then each."""
    patterns = [" ".join(f"*{suffix}" for suffix in kind.suffixes) for kind in FILE_KINDS]
    kinds = [f"{kind.title} ({each})" for kind, each in zip(FILE_KINDS, patterns, strict=True)]
    return ";;".join([f"Data ({' '.join(patterns)})", *kinds])


def describe_data(info: DataInfo) -> str:
    """``1×8×8, 10 classes; 1,438 to learn from, 359 held out``."""
    if info.classes is None:
        wanted = "values"
    else:
        wanted = f"{info.classes} classes"
    return f"{info.sample_text}, {wanted}; {info.train:,} to learn from, {info.held_out:,} held out"


class RecipeForm(QWidget):
    """The recipe of ``document``'s diagram."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.data = DataChooser()
        self.data.chosen.connect(lambda data: self._set("data", data))
        rest = [param for param in RECIPE if param.name != "data"]
        self.form = Form(rest, document.diagram.recipe)
        self.form.edited.connect(self._set)
        self.form.finished.connect(lambda _: document.seal())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.data)
        column.addWidget(self.form)
        document.changed.connect(self._follow)
        document.path_changed.connect(self._show)
        self._show()

    def _follow(self, before: Diagram, after: Diagram) -> None:
        if before.recipe is not after.recipe:
            self._show()

    def _show(self) -> None:
        recipe = self._document.diagram.recipe
        self.data.show_data(str(recipe.get("data", RECIPE[0].default)))
        self.form.set_values(recipe)
        self.form.set_notes(notes_on({**_DEFAULTS, **recipe}))
        self.form.set_read_only(self._document.read_only)

    def _set(self, name: str, value: ParamValue) -> None:
        self._document.apply(
            f"Change {name.replace('_', ' ')} of the recipe",
            lambda diagram: edits.set_recipe(diagram, name, value),
            merge_key=("recipe", name),
        )


_DEFAULTS = {param.name: param.default for param in RECIPE}


def notes_on(values: dict[str, ParamValue]) -> dict[str, str]:
    """Remarks on values that seldom go together, by parameter."""
    notes: dict[str, str] = {}
    rate = values["learning_rate"]
    adaptive = values["optimizer"] in ("adam", "adamw")
    if isinstance(rate, int | float):
        if adaptive and rate > 0.01:
            notes["learning_rate"] = "High for Adam, which is mostly given about 0.001."
        elif not adaptive and rate < 0.003:
            notes["learning_rate"] = "Low for SGD, which is mostly given 0.01 to 0.1."
    if adaptive:
        notes["momentum"] = "Not used: Adam has its own."
    if values["steps"] is not None:
        notes["epochs"] = "Not used: 'steps' says when the run ends."
    return notes


class RecipePanel(QFrame):
    """The form beside the plots, with a heading, scrolling where it is higher than they are."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recipe_panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(PANEL_WIDTH)
        self.recipe = RecipeForm(document)
        heading = QLabel("Recipe of the next run")
        heading.setFont(theme.ui_font(13, 600))
        page = QWidget()
        page.setObjectName("page")
        inside = QVBoxLayout(page)
        inside.setContentsMargins(16, 16, 16, 16)
        inside.setSpacing(10)
        inside.addWidget(heading)
        inside.addWidget(self.recipe)
        inside.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.addWidget(scroll)
        theme.signals.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        colors = theme.current()
        self.setStyleSheet(f"#recipe_panel {{ border-left: 1px solid {colors.line.name()}; }}")
