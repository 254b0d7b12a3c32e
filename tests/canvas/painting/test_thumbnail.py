"""Models in small."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from app import theme
from app.canvas.painting.look import Look
from app.canvas.painting.thumbnail import MOST_COPIES, paint_thumbnail, thumbnail
from graphcore import gallery


def test_a_stage_shows_its_copies_and_their_skips() -> None:
    stages = [part.picture for part in thumbnail(gallery.build("resnet20-digits")).parts]
    assert [(p.cells, len(p.arcs)) for p in stages if p is not None] == [(3, 3)] * 3


def test_many_copies_look_like_some() -> None:
    stages = [part.picture for part in thumbnail(gallery.build("resnet1202-cifar")).parts]
    assert {p.cells for p in stages if p is not None} == {MOST_COPIES}


def test_what_a_container_hides_is_shown() -> None:
    pictures = [part.picture for part in thumbnail(gallery.build("gpt2")).parts]
    stack = max((p for p in pictures if p is not None), key=lambda p: p.cells)
    assert stack.cells == MOST_COPIES
    assert len(stack.arcs) == 2 * MOST_COPIES


def test_a_u_has_levels_and_what_joins_them() -> None:
    model = thumbnail(gallery.build("unet"))
    depths = [part.level for part in model.parts]
    assert max(depths) == 4
    assert [kind for *_, kind in model.over] == ["encoder_decoder"] * 4
    assert all(depths[start] == depths[end] for start, end, _ in model.over)


@pytest.mark.parametrize("name", gallery.TEMPLATES)
def test_every_model_has_one_that_fits(qapp: QApplication, name: str) -> None:
    model = thumbnail(gallery.build(name))
    size = QSize(180, 52)
    image = QImage(size.width(), size.height(), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    painter = QPainter(image)
    paint_thumbnail(painter, Look(theme.current()), size, model)
    painter.end()
    rows = [{image.pixel(x, y) for x in range(size.width())} for y in (0, size.height() - 1)]
    columns = [{image.pixel(x, y) for y in range(size.height())} for x in (0, size.width() - 1)]
    assert all(edge == {0xFFFFFFFF} for edge in (*rows, *columns))
    assert any(image.pixel(x, y) != 0xFFFFFFFF for x in range(180) for y in range(52))
