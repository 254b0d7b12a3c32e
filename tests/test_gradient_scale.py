"""One scale for every gradient: the same number, the same colour, everywhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from app import gradient_scale as scale

magnitudes = st.floats(min_value=0.0, max_value=1e30, allow_nan=False)


def rgb(color: QColor) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()


class TestTheScaleIsFixed:
    @pytest.mark.parametrize(
        ("rms", "place"),
        [(1e-10, 0.0), (1e-7, 0.25), (1e-4, 0.5), (1e2, 1.0), (0.0, 0.0), (1e9, 1.0)],
    )
    def test_decades_are_evenly_spaced(self, rms: float, place: float) -> None:
        assert scale.position(rms) == pytest.approx(place)

    def test_not_a_number_stands_nowhere(self) -> None:
        assert math.isnan(scale.position(math.nan))

    @given(magnitudes, magnitudes)
    def test_a_larger_gradient_never_stands_lower(self, one: float, other: float) -> None:
        low, high = sorted((one, other))
        assert scale.position(low) <= scale.position(high)

    def test_its_ends_are_those_of_viridis(self) -> None:
        assert rgb(scale.color(1e-10)) == (68, 1, 84)
        assert rgb(scale.color(1e2)) == (253, 231, 37)


class TestWhatIsOffTheScaleLooksLikeNothingOnIt:
    @pytest.mark.parametrize(
        ("rms", "own"),
        [
            (0.0, scale.VANISHED),
            (1e-11, scale.VANISHED),
            (101.0, scale.EXPLODED),
            (math.inf, scale.EXPLODED),
            (math.nan, scale.UNMEASURED),
        ],
    )
    def test_it_has_a_colour_of_its_own(self, rms: float, own: QColor) -> None:
        on_scale = {tuple(row) for row in scale.lut()[2:255, :3].tolist()}
        assert rgb(scale.color(rms)) == rgb(own)
        assert rgb(own) not in on_scale

    @given(magnitudes)
    def test_vanished_and_exploded_are_below_and_above(self, rms: float) -> None:
        assert scale.is_vanished(rms) == (rms < 1e-10)
        assert scale.is_exploded(rms) == (rms > 1e2)

    @pytest.mark.parametrize("rms", [math.nan, math.inf])
    def test_not_a_number_has_neither_vanished_nor_a_place(self, rms: float) -> None:
        assert not scale.is_vanished(rms)

    @pytest.mark.parametrize(
        ("rms", "words"),
        [
            (0.0032, "3.2e-3"),
            (12.5, "1.2e1"),
            (0.0, "0 (vanished)"),
            (2e-12, "2.0e-12 (vanished)"),
            (500.0, "5.0e2 (exploded)"),
            (math.inf, "infinite (exploded)"),
            (math.nan, "not measured"),
        ],
    )
    def test_words_say_so_too(self, rms: float, words: str) -> None:
        assert scale.describe(rms) == words


class TestManyAtOnce:
    @given(st.lists(st.floats(width=32), min_size=1, max_size=20))
    def test_an_array_gets_the_colours_of_its_values(self, values: list[float]) -> None:
        array = np.array(values, dtype=np.float32)
        table = scale.lut()[scale.levels(array)]
        assert [tuple(row[:3]) for row in table.tolist()] == [rgb(scale.color(v)) for v in values]

    def test_the_table_is_opaque_and_cannot_be_changed(self) -> None:
        assert scale.lut().shape == (256, 4)
        assert (scale.lut()[:, 3] == 255).all()
        with pytest.raises(ValueError, match="read-only"):
            scale.lut()[0, 0] = 0


class TestTextOnAColour:
    @pytest.mark.parametrize("exponent", range(-12, 4))
    def test_it_is_legible_over_the_whole_scale(self, exponent: int) -> None:
        below = scale.color(10.0**exponent)
        assert contrast(below, scale.text_color_on(below)) >= 4.5


def contrast(one: QColor, other: QColor) -> float:
    lights = []
    for color in (one, other):
        parts = np.array(rgb(color)) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        lights.append(float(linear @ [0.2126, 0.7152, 0.0722]))
    low, high = sorted(lights)
    return (high + 0.05) / (low + 0.05)
