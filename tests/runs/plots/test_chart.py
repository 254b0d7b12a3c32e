"""Axes, ticks and thinned curves, as values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from app.runs.plots import chart
from app.runs.plots.chart import Axis, Frame

numbers = st.floats(min_value=-1e6, max_value=1e6)


class TestTicksStandAtRoundNumbers:
    @pytest.mark.parametrize(
        ("value", "ceiling"),
        [(2.31, 2.4), (0.07, 0.08), (1.0, 1.0), (9.1, 10.0), (130.0, 150.0), (0.0, 1.0)],
    )
    def test_an_axis_ends_at_a_round_number(self, value: float, ceiling: float) -> None:
        assert chart.round_ceiling(value) == pytest.approx(ceiling)

    @given(st.floats(min_value=1e-8, max_value=1e8))
    def test_the_end_is_never_below_and_never_twice_the_value(self, value: float) -> None:
        assert value <= chart.round_ceiling(value) * (1 + 1e-8) <= 2.0 * value

    @pytest.mark.parametrize(
        ("high", "texts"),
        [
            (2.4, ["0", "0.6", "1.2", "1.8", "2.4"]),
            (3.0, ["0", "1", "2", "3"]),
            (8.0, ["0", "2", "4", "6", "8"]),
            (8e6, ["0", "2e6", "4e6", "6e6", "8e6"]),
            (1e-4, ["0", "2e-5", "4e-5", "6e-5", "8e-5", "1e-4"]),
            (1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ],
    )
    def test_few_digits_are_written(self, high: float, texts: list[str]) -> None:
        assert [tick.text for tick in chart.ticks(high)] == texts

    @pytest.mark.parametrize(
        ("total", "texts"),
        [(184, ["0", "46", "92", "138", "184"]), (2, ["0", "1", "2"]), (1, ["0", "1"])],
    )
    def test_steps_are_whole_and_none_comes_twice(self, total: int, texts: list[str]) -> None:
        assert [tick.text for tick in chart.step_ticks(total)] == texts

    def test_decades(self) -> None:
        texts = [tick.text for tick in chart.decade_ticks(1e-10, 1e2, 3)]
        assert texts == ["1e-10", "1e-6", "1e-2", "1e2"]


class TestAPixelIsAValue:
    @given(st.floats(min_value=0.0, max_value=100.0), st.floats(min_value=1e-9, max_value=1e2))
    def test_there_and_back(self, x: float, y: float) -> None:
        rect = QRectF(40, 10, 300, 200)
        frame = Frame(rect, Axis(0, 100), Axis(1e-10, 1e2, logarithmic=True))
        back = frame.value_at(QPointF(frame.px(x), frame.py(y)))
        assert back[0] == pytest.approx(x, abs=1e-6)
        assert back[1] == pytest.approx(y, rel=1e-6)

    def test_the_vertical_axis_grows_upwards_unless_told(self) -> None:
        rect = QRectF(0, 0, 100, 100)
        assert Frame(rect, Axis(0, 1), Axis(0, 1)).py(1) == 0
        assert Frame(rect, Axis(0, 1), Axis(0, 1), down=True).py(1) == 100


class TestAThinnedCurveLosesNothing:
    @given(st.lists(numbers, min_size=1, max_size=400), st.integers(min_value=1, max_value=50))
    def test_it_keeps_both_extremes_and_few_points(self, values: list[float], width: int) -> None:
        y = np.array(values)
        places, kept = chart.envelope(y, width)
        assert len(kept) <= max(2 * width, len(y) if len(y) <= 2 * width else 0)
        assert kept.max() == y.max()
        assert kept.min() == y.min()
        assert (np.diff(places) >= 0).all()

    def test_a_spike_of_one_step_in_a_hundred_thousand_is_seen(self) -> None:
        y = np.ones(100_000)
        y[54_321] = 7.0
        places, kept = chart.envelope(y, 600)
        assert abs(places[int(kept.argmax())] - 54_321) < 100_000 / 600

    def test_steps_that_are_not_numbers_do_not_hide_their_neighbours(self) -> None:
        y = np.ones(1000)
        y[::2] = np.nan
        _, kept = chart.envelope(y, 100)
        assert np.isfinite(kept).all()

    def test_a_pixel_of_nothing_but_not_a_number_is_a_gap(self) -> None:
        y = np.ones(1000)
        y[300:400] = np.nan
        _, kept = chart.envelope(y, 100)
        assert np.isnan(kept).sum() == 20

    def test_a_gap_breaks_the_line(self) -> None:
        frame = Frame(QRectF(0, 0, 100, 100), Axis(0, 10), Axis(0, 1))
        y = np.array([0.1, 0.2, math.nan, math.inf, 0.3, 0.4])
        lines = chart.segments(frame, np.arange(6.0), y)
        ends = [(line.x1(), line.y1(), line.x2(), line.y2()) for line in lines]
        assert ends == [(0, 90, 10, 80), pytest.approx((40, 70, 50, 60))]
