"""Copies that concatenate, in small."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app import theme
from app.canvas.miniature import Arc
from app.canvas.painting.look import Look
from app.canvas.painting.miniature_bus import bus_runs, paint_run


def arcs(kind: str, *spans: tuple[float, float]) -> list[Arc]:
    return [Arc(start, end, kind) for start, end in spans]


class TestRuns:
    def test_copies_that_follow_each_other_are_one(self) -> None:
        found = arcs("dense", (0, 1), (1, 2), (2, 3))
        assert bus_runs(found) == ([found], [])

    def test_one_alone_stays_an_arc(self) -> None:
        found = arcs("dense", (0, 1), (2, 3))
        assert bus_runs(found) == ([], found)

    @pytest.mark.parametrize("kind", ["skip", "encoder_decoder"])
    def test_other_kinds_stay_arcs(self, kind: str) -> None:
        found = arcs(kind, (0, 1), (1, 2))
        assert bus_runs(found) == ([], found)

    def test_other_kinds_between_do_not_matter(self) -> None:
        dense, skips = arcs("dense", (0, 1), (1, 2)), arcs("skip", (0, 1), (1, 2))
        assert bus_runs([*dense, *skips]) == ([dense], skips)


@pytest.mark.usefixtures("qapp")
def test_the_line_thickens_from_copy_to_copy() -> None:
    theme.set_scheme("light")
    look = Look(theme.current())
    picture = QImage(120, 40, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(10, 30)
    paint_run(painter, look, arcs("dense", *((i, i + 1) for i in range(5))), (0, 20), 20)
    painter.end()
    blue = [
        sum(255 - picture.pixelColor(20 + 20 * i, y).red() for y in range(10, 26)) for i in range(5)
    ]
    assert blue == sorted(blue)
    assert blue[-1] > 2 * blue[0]
