"""Runs are told apart by colour, marker and stroke, and keep their looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from app import theme
from app.runs.plots.look import DASHES, Looks, RunLook, swatch

COLORS = len(theme.LIGHT.run_colors)
ONE, TWO, THREE, FOUR = (Path(f"net-{number}") for number in (1, 2, 3, 4))


class TestALook:
    def test_the_colours_come_first_each_with_a_marker_of_its_own(self) -> None:
        first = [RunLook(slot) for slot in range(COLORS)]
        assert len({look.color.name() for look in first}) == COLORS
        assert len({look.marker for look in first}) == COLORS
        assert {look.dashes for look in first} == {()}

    def test_a_colour_comes_back_with_another_stroke_and_another_marker(self) -> None:
        for slot in range(COLORS):
            same = [RunLook(slot + again * COLORS) for again in range(len(DASHES))]
            assert len({look.color.name() for look in same}) == 1
            assert len({look.dashes for look in same}) == len(DASHES)
            assert len({look.marker for look in same}) == len(DASHES)

    def test_more_looks_than_anybody_can_tell_apart_by_colour(self) -> None:
        looks = [RunLook(slot) for slot in range(3 * COLORS * len(DASHES))]
        assert len({(each.color.name(), each.dashes, each.marker) for each in looks}) == len(looks)

    @pytest.mark.parametrize("slot", [0, 4, 7, 14, 23])
    def test_a_swatch_is_a_piece_of_the_curve(self, qapp: object, slot: int) -> None:
        look = RunLook(slot)
        picture = swatch(look).pixmap(26, 14).toImage()
        inks = [
            picture.pixelColor(x, y)
            for x in range(picture.width())
            for y in range(picture.height())
            if picture.pixelColor(x, y).alpha() == 255
        ]
        assert any(_near(ink, look.color) for ink in inks)
        ends = [picture.pixelColor(x, 7).alpha() for x in (*range(7), *range(19, 26))]
        assert (0 in ends) == bool(look.dashes)


class TestLooksStay:
    def test_a_run_keeps_its_own_while_others_come_and_go(self) -> None:
        looks = Looks()
        before = looks.give([ONE, TWO, THREE])
        after = looks.give([TWO, THREE, FOUR])
        assert (after[TWO], after[THREE]) == (before[TWO], before[THREE])
        assert after[FOUR] == before[ONE]

    def test_a_run_that_comes_back_gets_it_back(self) -> None:
        looks = Looks()
        before = looks.give([ONE, TWO, THREE])
        looks.give([FOUR])
        assert looks.give([THREE, FOUR, TWO])[THREE] == before[THREE]

    def test_one_that_was_shown_alone_keeps_its_own_when_others_are_laid_over_it(self) -> None:
        looks = Looks()
        looks.give([TWO, ONE])
        looks.give_afresh([THREE])
        given_now = looks.give([TWO, THREE])
        assert given_now[THREE] == RunLook(0)
        assert given_now[TWO] != RunLook(0)

    @given(st.lists(st.lists(st.sampled_from([ONE, TWO, THREE, FOUR]), min_size=1), max_size=6))
    def test_no_two_ever_share_one(self, shown: list[list[Path]]) -> None:
        looks = Looks()
        for runs in shown:
            given_now = looks.give(runs)
            assert len(set(given_now.values())) == len(set(runs))


def _near(one: QColor, other: QColor) -> bool:
    parts = zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)  # type: ignore[index]
    return all(abs(mine - its) < 12 for mine, its in parts)
