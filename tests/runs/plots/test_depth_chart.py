"""The names of stages beside the rows of a chart."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from app.runs.plots import chart
from app.runs.plots.chart import Axis, Frame
from app.runs.plots.depth_chart import LONGEST_NAME, draw_names, room_for_names
from app.runs.plots.rows import Stage, stages


def _rows_with_ink(shown: tuple[Stage, ...], rows: int, height: int) -> list[list[int]]:
    """The runs of rows of pixels that have something written in them."""
    left = room_for_names(shown)
    image = QImage(200, height, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    rect = QRectF(left, 8, 100, height - 16)
    draw_names(painter, Frame(rect, Axis(0, 1), Axis(0, rows), down=True), shown)
    painter.end()
    found: list[list[int]] = []
    for y in range(height):
        inked = [x for x in range(200) if image.pixel(x, y) & 0xFFFFFF]
        assert all(x < left for x in inked)
        if inked and found and found[-1][-1] == y - 1:
            found[-1].append(y)
        elif inked:
            found.append([y])
    return found


@pytest.mark.parametrize(("height", "written"), [(400, 3), (70, 3), (40, 2)])
def test_names_stand_apart_and_left_of_the_rows(qtbot: QtBot, height: int, written: int) -> None:
    names = [f"{stage}.{row}" for stage in ("xxx", "zzz", "vvv") for row in range(6)]
    assert len(_rows_with_ink(stages(names), len(names), height)) == written


def test_a_long_name_takes_no_more_than_its_share(qtbot: QtBot) -> None:
    shown = stages(["a_stage_with_a_very_long_name.0", "b.0"])
    assert room_for_names(shown) == LONGEST_NAME + chart.TICK_GAP
    assert _rows_with_ink(shown, 2, 100)


def test_without_stages_there_is_no_name_and_no_room_but_the_gap(qtbot: QtBot) -> None:
    assert room_for_names(()) == chart.TICK_GAP
    assert not _rows_with_ink((), 1, 100)
