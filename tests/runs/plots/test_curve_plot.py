"""Curves and profile: labelled at their ends, read by the pointer, tied to the cursor."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import gradient_scale
from app.runs.cursor import Cursor
from app.runs.history import HeldOut
from app.runs.plots.curve_labels import spread
from app.runs.plots.curve_plot import CurvePlot
from app.runs.plots.curves import Curve, label_of
from app.runs.plots.look import RunLook
from app.runs.plots.profile import Profile
from tests.runs.synthetic import history

LOOK = RunLook(0)


class TestACurvesEndSaysWhatItReached:
    @pytest.mark.parametrize(
        ("tests", "label"),
        [
            ((), ("without 0.05", "")),
            ((HeldOut(40, 2.0, 0.139),), ("without 0.05", "test 13.9 %")),
            ((HeldOut(40, 0.00123, None),), ("without 0.05", "test 1.2e-3")),
        ],
    )
    def test_name_loss_and_the_last_test(
        self, tmp_path: Path, tests: tuple[HeldOut, ...], label: tuple[str, str]
    ) -> None:
        curve = Curve("without", LOOK, history(tmp_path, 40, tests=tests))
        assert label_of(curve, "loss") == label

    def test_accuracy_is_a_mean_of_batches(self, tmp_path: Path) -> None:
        made = history(tmp_path, 40)
        made.accuracy[20:] = [0.0, 1.0] * 10
        assert label_of(Curve("with", LOOK, made), "accuracy")[0] == "with 50.0 %"

    def test_a_loss_that_is_no_number_is_said_to_be_none(self, tmp_path: Path) -> None:
        made = history(tmp_path, 3)
        made.loss[-1] = math.nan
        assert label_of(Curve("with", LOOK, made), "loss")[0] == "with not a number"

    @given(st.lists(st.floats(min_value=0, max_value=190), min_size=1, max_size=6))
    def test_labels_never_overlap_and_stay_inside(self, tops: list[float]) -> None:
        placed = spread(sorted(tops), 30.0, 0.0, 200.0)
        assert all(after - before >= 30.0 - 1e-9 for before, after in pairwise(placed))
        assert placed[-1] <= 170.0
        assert placed[0] >= 0.0


class TestTheCurvePlot:
    def make(self, qtbot: QtBot, folder: Path) -> tuple[CurvePlot, Cursor, Curve]:
        curve = Curve("batch", LOOK, history(folder, 50, tests=(HeldOut(25, 0.5, 0.75),)))
        time = Cursor()
        time.extend(50, 100)
        plot = CurvePlot(time)
        qtbot.addWidget(plot)
        plot.resize(500, 300)
        plot.set_curves([curve])
        plot.show()
        return plot, time, curve

    @pytest.mark.parametrize("step", [2, 10, 50])
    def test_the_curve_runs_through_its_figures(
        self, qtbot: QtBot, tmp_path: Path, step: int
    ) -> None:
        plot, _, curve = self.make(qtbot, tmp_path)
        frame, image = plot.frame(), plot.grab().toImage()
        at = QPointF(frame.px(step), frame.py(float(curve.history.loss[step - 1]))).toPoint()
        near = [image.pixelColor(at.x(), at.y() + dy) for dy in range(-2, 3)]
        assert any(color.blue() - color.red() > 60 for color in near)

    def test_one_wild_step_does_not_flatten_the_rest(self, qtbot: QtBot, tmp_path: Path) -> None:
        plot, _, curve = self.make(qtbot, tmp_path)
        curve.history.loss[7] = 1e6
        assert plot.frame().y.high < 10

    def test_accuracy_reaches_from_0_to_100_per_cent(self, qtbot: QtBot, tmp_path: Path) -> None:
        plot, _, _ = self.make(qtbot, tmp_path)
        plot.set_quantity("accuracy")
        assert (plot.frame().y.low, plot.frame().y.high) == (0, 1)

    def test_a_press_and_a_drag_move_the_cursor(self, qtbot: QtBot, tmp_path: Path) -> None:
        plot, time, _ = self.make(qtbot, tmp_path)
        at = QPointF(plot.frame().px(20), 100).toPoint()
        QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=at)
        assert time.step == 20
        QTest.mouseMove(plot, QPointF(plot.frame().px(90), 100).toPoint())
        QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=at)
        assert not time.is_live


class TestTheProfile:
    def make(self, qtbot: QtBot, folder: Path) -> tuple[Profile, Cursor, Curve]:
        layers = ("a", "b", "c", "d")
        values = (1e-2, 0.0, 1e9, math.nan)
        curve = Curve("with", LOOK, history(folder, 5, lambda row, step: values[row], layers))
        time = Cursor()
        time.extend(5, 5)
        profile = Profile(time)
        qtbot.addWidget(profile)
        profile.resize(300, 300)
        profile.set_curves([curve])
        return profile, time, curve

    def test_a_marker_a_layer_that_was_measured_from_top_to_bottom(
        self, qtbot: QtBot, tmp_path: Path
    ) -> None:
        profile, _, curve = self.make(qtbot, tmp_path)
        points = profile.points(curve.history)
        assert [name for name, _, _ in points] == ["a", "b", "c"]
        assert [at.y() for _, _, at in points] == sorted(at.y() for _, _, at in points)

    def test_what_is_off_the_scale_stands_at_its_end(self, qtbot: QtBot, tmp_path: Path) -> None:
        profile, _, curve = self.make(qtbot, tmp_path)
        rect = profile.frame().rect
        places = {name: at.x() for name, _, at in profile.points(curve.history)}
        assert places["b"] == rect.left()
        assert places["c"] == rect.right()
        share = gradient_scale.position(1e-2)
        assert places["a"] == pytest.approx(rect.left() + share * rect.width())

    def test_a_layer_stands_at_one_height_in_both_nets(self, qtbot: QtBot, tmp_path: Path) -> None:
        (tmp_path / "plain").mkdir()
        whole = history(tmp_path, 5, modules=("a", "b", "downsample", "c"))
        plain = history(tmp_path / "plain", 5, modules=("a", "b", "c"))
        profile, _, _ = self.make(qtbot, tmp_path)
        profile.set_curves([Curve("with", LOOK, whole), Curve("without", LOOK, plain)])
        heights = [
            {name: at.y() for name, _, at in profile.points(each)} for each in (whole, plain)
        ]
        assert heights[1].items() < heights[0].items()

    def test_the_pointer_reads_a_marker(self, qtbot: QtBot, tmp_path: Path) -> None:
        profile, _, curve = self.make(qtbot, tmp_path)
        at = {name: place for name, _, place in profile.points(curve.history)}
        assert profile.figure_at(at["a"] + QPointF(3, 3)) == "with: a, 1.0e-2"
        assert profile.figure_at(at["b"]) == "with: b, 0 (vanished)"
        assert profile.figure_at(QPointF(profile.frame().rect.center().x(), 0)) == ""
