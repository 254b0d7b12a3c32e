"""What a wire says, and where."""

from __future__ import annotations

import pytest

from app import theme
from app.canvas.edge_painter import EdgeLook

LONG = ((0.0, 0.0), (200.0, 0.0))
SHORT = ((0.0, 0.0), (24.0, 0.0))


@pytest.fixture(autouse=True)
def fonts(qapp: object) -> None:
    theme.load_fonts()


def test_a_shape_stands_in_the_middle_of_its_wire() -> None:
    rect = EdgeLook("flow", LONG, shape="16×8×8", shape_changes=True).shape_rect()
    assert rect is not None
    assert rect.center().x() == pytest.approx(100)
    assert rect.bottom() < 0


def test_without_room_it_is_shown_to_who_asks_only() -> None:
    quiet = EdgeLook("flow", SHORT, shape="16×8×8", shape_changes=True)
    assert quiet.shape_rect() is None
    pointed = EdgeLook("flow", SHORT, shape="16×8×8", shape_changes=True, hovered=True)
    wanted = EdgeLook("flow", SHORT, shape="16×8×8", shape_asked=True)
    assert pointed.shape_rect() is not None
    assert wanted.shape_rect() is not None
