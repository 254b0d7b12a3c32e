"""Samples of the data with what is to be predicted: pictures in a grid, text as text, rows."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.runs.children.answering_child import AnsweringChild
from graphcore.training.data.arrays import DataInfo, Demand

COUNT = 24
COLUMNS = 6
SIDE = 84
"""Pixels of a picture on the screen."""

PREVIEW = ("-m", "graphcore.training.data.preview")


class SamplesDialog(QDialog):
    """Shows samples, which a child reads meanwhile."""

    def __init__(self, info: DataInfo, demand: Demand, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Samples of {info.title}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(620, 560)
        self._info = info
        self.told = QLabel("Reading the data …")
        self.told.setWordWrap(True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 16, 16, 16)
        self._column.addWidget(self.told, 1)
        self._child = AnsweringChild(PREVIEW, "the samples could not be read", self)
        self._child.answered.connect(self.show_samples)
        self._child.refused.connect(self._tell)
        asked = {"data": info.name, "shape": demand.shape, "tokens": demand.tokens, "count": COUNT}
        self._child.ask(asked)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave no child behind."""
        self._child.give_up()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """Leave no child behind."""
        self._child.give_up()
        super().done(result)

    def show_samples(self, answer: Mapping[str, Any]) -> None:
        """Show what the child answered."""
        samples: Sequence[Mapping[str, Any]] = answer["samples"]
        views = {
            "images": lambda: _pictures(samples),
            "text": lambda: _texts(samples),
            "rows": lambda: _rows(answer["columns"], samples),
        }
        self.told.hide()
        if self._info.labels and samples and samples[0].get("classes"):
            self._column.addWidget(_legend(self._info.labels))
        self._column.addWidget(views[answer["kind"]](), 1)

    def _tell(self, text: str) -> None:
        self.told.setText(text[:1].upper() + text[1:])
        self.told.show()


def _pictures(samples: Sequence[Mapping[str, Any]]) -> QWidget:
    """A grid; where every pixel has a class, each image stands over its classes."""
    page = QWidget()
    grid = QGridLayout(page)
    grid.setSpacing(10)
    for place, sample in enumerate(samples):
        cell = QLabel()
        cell.setPixmap(picture(sample))
        cell.setAccessibleName(sample["label"] or "an image and the classes of its pixels")
        caption = QLabel(sample["label"])
        caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row, column = divmod(place, COLUMNS)
        grid.addWidget(cell, 2 * row, column, Qt.AlignmentFlag.AlignCenter)
        if sample["label"]:
            grid.addWidget(caption, 2 * row + 1, column)
    grid.setRowStretch(2 * COUNT, 1)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setWidget(page)
    return scroll


def picture(sample: Mapping[str, Any]) -> QPixmap:
    """The image of a sample, over the classes of its pixels where there are such."""
    width, height = sample["width"], sample["height"]
    data = base64.b64decode(sample["pixels"])
    images = [QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()]
    if sample["classes"]:
        classes = base64.b64decode(sample["classes"])
        image = QImage(classes, width, height, width, QImage.Format.Format_Indexed8).copy()
        image.setColorTable([color.rgb() for color in class_colors()])
        images.append(image)
    scaled = [
        image.convertToFormat(QImage.Format.Format_RGB32).scaled(
            SIDE,
            SIDE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.FastTransformation,
        )
        for image in images
    ]
    pixmap = QPixmap(scaled[0].width(), sum(image.height() + 2 for image in scaled) - 2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    for place, image in enumerate(scaled):
        painter.drawImage(0, place * (image.height() + 2), image)
    painter.end()
    return pixmap


def class_colors() -> list[QColor]:
    """A colour for each of 256 classes: the background's, then those of runs over and over."""
    colors = theme.current()
    runs = colors.run_colors
    return [colors.line, *(runs[index % len(runs)] for index in range(255))]


def _legend(labels: Sequence[str]) -> QLabel:
    colors = class_colors()
    parts = [
        f'<span style="color:{colors[index].name()}">■</span> {label}'
        for index, label in enumerate(labels)
    ]
    legend = QLabel("&nbsp;&nbsp; ".join(parts))
    legend.setTextFormat(Qt.TextFormat.RichText)
    return legend


def _texts(samples: Sequence[Mapping[str, Any]]) -> QWidget:
    view = QPlainTextEdit("\n⋯\n".join(sample["text"] for sample in samples))
    view.setReadOnly(True)
    view.setFont(theme.mono_font(12))
    return view


def _rows(columns: Sequence[str], samples: Sequence[Mapping[str, Any]]) -> QWidget:
    table = QTableWidget(len(samples), len(columns) + 1)
    table.setHorizontalHeaderLabels(["to predict", *columns])
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    for row, sample in enumerate(samples):
        for column, value in enumerate([sample["label"], *sample["values"]]):
            table.setItem(row, column, QTableWidgetItem(value))
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    return table
