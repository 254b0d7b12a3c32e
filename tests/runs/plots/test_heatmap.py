"""The heat map: what is painted is what was measured, and the pointer reads it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import gradient_scale
from app.runs.cursor import Cursor
from app.runs.history import History
from app.runs.plots import heatmap as heatmap_module
from app.runs.plots.heatmap import HeatMap
from graphcore.training.measuring.step_file import StepFile, StepWriter
from tests.runs.synthetic import Magnitude, history, records, rows_of

LAYERS = ("stem", "body.0", "body.1", "head")


def shown(qtbot: QtBot, made: History, total: int = 0) -> tuple[HeatMap, Cursor]:
    time = Cursor()
    time.extend(made.steps, total or made.steps)
    view = HeatMap(time)
    qtbot.addWidget(view)
    view.resize(420, 260)
    view.set_history(made)
    view.show()
    view.grab()
    return view, time


def middle_of(view: HeatMap, row: int, step: int) -> QPointF:
    frame = view.frame()
    return QPointF(frame.px(step - 0.5), frame.py(row + 0.5))


def color_at(view: HeatMap, row: int, step: int) -> QColor:
    image: QImage = view.grab().toImage()
    return image.pixelColor(middle_of(view, row, step).toPoint())


def magnitude(row: int, step: int) -> float:
    return math.pow(10.0, -row - step / 10)


class TestEveryCellHasTheColourOfItsGradient:
    @pytest.mark.parametrize(("row", "step"), [(0, 1), (0, 20), (3, 1), (2, 11)])
    def test_rows_from_input_to_output_and_steps_to_the_right(
        self, qtbot: QtBot, tmp_path: Path, row: int, step: int
    ) -> None:
        view, time = shown(qtbot, history(tmp_path, 20, magnitude, LAYERS))
        time.go(7)
        assert color_at(view, row, step) == gradient_scale.color(magnitude(row, step))

    def test_the_cursor_is_a_white_line(self, qtbot: QtBot, tmp_path: Path) -> None:
        view, time = shown(qtbot, history(tmp_path, 20, magnitude, LAYERS))
        time.go(7)
        assert color_at(view, 1, 7) == QColor(255, 255, 255)

    def test_vanished_is_hatched(self, qtbot: QtBot, tmp_path: Path) -> None:
        view, time = shown(qtbot, history(tmp_path, 10, lambda row, step: 0.0, LAYERS))
        time.go(1)
        image = view.grab().toImage()
        at = middle_of(view, 2, 6).toPoint()
        around = {image.pixelColor(at.x() + dx, at.y()).name() for dx in range(12)}
        assert gradient_scale.VANISHED.name() in around
        assert len(around) == 2

    @pytest.mark.parametrize(
        ("value", "color"),
        [(1e3, gradient_scale.EXPLODED), (math.nan, gradient_scale.UNMEASURED)],
    )
    def test_off_the_scale(self, qtbot: QtBot, tmp_path: Path, value: float, color: QColor) -> None:
        view, time = shown(qtbot, history(tmp_path, 10, lambda row, step: value, LAYERS))
        time.go(1)
        assert color_at(view, 1, 6) == color

    def test_steps_to_come_are_empty(self, qtbot: QtBot, tmp_path: Path) -> None:
        view, _ = shown(qtbot, history(tmp_path, 10, magnitude, LAYERS), total=40)
        made = {gradient_scale.color(magnitude(1, step)).name() for step in range(1, 41)}
        empty = color_at(view, 1, 30).name()
        assert empty not in made | {gradient_scale.VANISHED.name()}
        assert empty == color_at(view, 3, 38).name()


class TestARunThatGrows:
    def test_it_looks_as_if_it_had_been_there_from_the_start(
        self, qtbot: QtBot, tmp_path: Path
    ) -> None:
        (tmp_path / "whole").mkdir()
        whole, _ = shown(qtbot, history(tmp_path / "whole", 60, magnitude, LAYERS))
        rows = rows_of(LAYERS)
        made = History(StepFile(tmp_path / "steps.f32"))
        view, time = shown(qtbot, made, total=60)
        with StepWriter(tmp_path / "steps.f32", rows) as writer:
            for first, last in ((1, 1), (2, 17), (18, 60)):
                writer.append(records(rows, first, last, magnitude))
                made.pull()
                time.extend(last, 60)
                view.grab()
        assert view.grab().toImage() == whole.grab().toImage()

    def test_a_long_run_shares_columns_and_keeps_every_figure(
        self, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(heatmap_module, "MOST_COLUMNS", 8)
        grows: Magnitude = lambda row, step: 10.0 ** (-step / 20)  # noqa: E731
        view, _ = shown(qtbot, history(tmp_path, 100, grows, LAYERS))
        assert view._cells.shape == (4, 8)
        expected = gradient_scale.levels(np.array([grows(0, 100)], dtype=np.float32))[0]
        assert view._cells[0, -1] == expected
        assert view.figure_at(middle_of(view, 0, 55)).startswith("stem, step 55: ")


class TestThePointerReadsIt:
    def test_layer_step_and_magnitude(self, qtbot: QtBot, tmp_path: Path) -> None:
        view, _ = shown(qtbot, history(tmp_path, 20, lambda row, step: 3.2e-3, LAYERS))
        assert view.figure_at(middle_of(view, 2, 15)) == "body.1, step 15: 3.2e-3"

    @pytest.mark.parametrize("point", [QPointF(2, 2), QPointF(5000, 100)])
    def test_off_the_picture_nothing(self, qtbot: QtBot, tmp_path: Path, point: QPointF) -> None:
        view, _ = shown(qtbot, history(tmp_path, 20, magnitude, LAYERS))
        assert view.figure_at(point) == ""

    def test_a_step_to_come_has_no_figure(self, qtbot: QtBot, tmp_path: Path) -> None:
        view, _ = shown(qtbot, history(tmp_path, 20, magnitude, LAYERS), total=40)
        assert view.figure_at(middle_of(view, 1, 30)) == ""

    def test_a_press_moves_the_cursor(self, qtbot: QtBot, tmp_path: Path) -> None:
        view, time = shown(qtbot, history(tmp_path, 20, magnitude, LAYERS))
        at = middle_of(view, 1, 13).toPoint()
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
        assert (time.step, time.is_live) == (13, False)

    def test_without_a_run_it_is_an_empty_frame(self, qtbot: QtBot, tmp_path: Path) -> None:
        view, _ = shown(qtbot, history(tmp_path, 5, magnitude, LAYERS))
        inside = view.frame().rect.center()
        assert view.figure_at(inside) != ""
        view.set_history(None)
        assert view.figure_at(inside) == ""
        colors = {color_at(view, 0, step).name() for step in range(2, 5)}
        assert len(colors) == 1
