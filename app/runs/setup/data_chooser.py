"""Which data to learn from, what is known of them, and one click to let the diagram suit them."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QPushButton,
    QWidget,
)

from app.runs.setup.choice_row import ChoiceRow
from graphcore.training.data.arrays import DataError, DataInfo
from graphcore.training.data.datasets import DATASETS, FILE_KINDS
from graphcore.training.data.sources.python_file import TrustNeeded
from graphcore.training.recipe import RECIPE

_CHOOSE, _FOLDER = "choose", "folder"

PROGRAM_HINT = (
    "A program, load_data() gives the data. It is run when a run begins, after a question; what it "
    "holds is known then."
)


class DataChooser(ChoiceRow):
    """Which data: a registered set, or a file of the user's.

    ``chosen(str)`` gives the recipe's value. What is known of the data, or what is wrong with
    them, stands below; ``adapt_asked()`` is the click that lets the diagram suit them, and
    ``preview_asked()`` the one that shows samples.
    """

    chosen = Signal(str)
    adapt_asked = Signal()
    preview_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Data", "data", RECIPE[0].doc, parent)
        self._data: str | None = None
        self.box.activated.connect(self._on_activated)
        self.preview_button = _link("Show samples", "Some samples with what is to be predicted")
        self.preview_button.clicked.connect(self.preview_asked)
        self.misfit = QLabel()
        self.misfit.setObjectName("wrong")
        self.misfit.setWordWrap(True)
        self.adapt_button = QPushButton("Fit the diagram")
        self.adapt_button.setToolTip(
            "Sets the input's shape and the number of outputs, in one undo step"
        )
        self.adapt_button.clicked.connect(self.adapt_asked)
        for widget in (self.misfit, self.adapt_button):
            widget.hide()
        self.below.addWidget(self.preview_button, alignment=Qt.AlignmentFlag.AlignLeft)
        self.below.addWidget(self.misfit)
        self.below.addWidget(self.adapt_button, alignment=Qt.AlignmentFlag.AlignLeft)

    def show_data(self, data: str) -> None:
        """Show the recipe's value."""
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
            self.box.addItem("Choose a folder of images …", _FOLDER)
            self.box.setCurrentIndex(self.box.findData(data))

    def tell(self, known: DataInfo | DataError) -> None:
        """Show what is known of the data, or what is wrong with them."""
        if isinstance(known, DataInfo):
            text, name = describe_data(known), "hint"
        elif isinstance(known, TrustNeeded):
            text, name = PROGRAM_HINT, "hint"
        else:
            text, name = str(known)[:1].upper() + str(known)[1:], "wrong"
        self.preview_button.setVisible(isinstance(known, DataInfo))
        self.tell_fact(text, name)

    def tell_misfit(self, message: str, *, can_adapt: bool) -> None:
        """Show why the diagram does not suit the data (empty: it does), and whether one click
        mends it."""
        self.misfit.setText(message[:1].upper() + message[1:] + "." if message else "")
        self.misfit.setVisible(bool(message))
        self.adapt_button.setVisible(bool(message) and can_adapt)

    def choose_file(self) -> None:
        """Let the user choose a data file."""
        name, _ = QFileDialog.getOpenFileName(self, "Data", "", _file_filter())
        self._choose(name)

    def choose_folder(self) -> None:
        """Let the user choose a folder of images, a folder in it for each class."""
        self._choose(QFileDialog.getExistingDirectory(self, "A folder of images", ""))

    def _choose(self, name: str) -> None:
        if name:
            self.chosen.emit(os.path.abspath(name))  # noqa: PTH100  Path.resolve follows links.
        else:
            with QSignalBlocker(self.box):
                self.box.setCurrentIndex(self.box.findData(self._data))

    def _on_activated(self, index: int) -> None:
        data = str(self.box.itemData(index))
        if data == _CHOOSE:
            self.choose_file()
        elif data == _FOLDER:
            self.choose_folder()
        else:
            self.chosen.emit(data)


def _file_filter() -> str:
    """All kinds of data files together, then each."""
    patterns = [" ".join(f"*{suffix}" for suffix in kind.suffixes) for kind in FILE_KINDS]
    kinds = [f"{kind.title} ({each})" for kind, each in zip(FILE_KINDS, patterns, strict=True)]
    return ";;".join([f"Data ({' '.join(patterns)})", *kinds])


def describe_data(info: DataInfo) -> str:
    """``1×8×8, 10 classes; 1,438 to learn from, 359 held out``."""
    if info.classes_last:
        kinds = f"{info.classes} tokens" if not info.vocabulary else f"{info.classes} characters"
        return (
            f"Windows of {info.sample_text} tokens of {kinds}; {info.train:,} to learn from, "
            f"{info.held_out:,} held out"
        )
    wanted = "values" if info.classes is None else f"{info.classes} classes"
    if info.target_shape and info.classes is not None:
        wanted += " for every pixel"
    shape = f"{info.sample_text} values" if len(info.sample_shape) == 1 else info.sample_text
    return f"{shape}, {wanted}; {info.train:,} to learn from, {info.held_out:,} held out"


def _link(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("link")
    button.setToolTip(tip)
    return button
