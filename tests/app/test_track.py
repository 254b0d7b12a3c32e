"""Sliders: each position is a number, each number has its nearest position."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.track import Track, bounded_track, track_around
from graphcore.spec import FloatParam, IntParam, Param, TextParam

TRACKS = [
    Track(8, 80, whole=True),
    Track(0.0, 1.0),
    Track(-2.5, 7.0),
    Track(1e-8, 100.0, logarithmic=True),
]


@pytest.mark.parametrize("track", TRACKS)
def test_every_position_is_the_position_of_its_number(track: Track) -> None:
    for position in range(0, track.positions + 1, max(1, track.positions // 50)):
        value = track.value(position)
        assert track.low <= value <= track.high
        assert abs(track.position(value) - position) <= 3
        assert isinstance(value, int) == track.whole


@pytest.mark.parametrize("track", TRACKS)
@given(number=st.floats(-1e6, 1e6))
def test_any_number_has_a_position(track: Track, number: float) -> None:
    assert 0 <= track.position(number) <= track.positions


@pytest.mark.parametrize(
    ("param", "track"),
    [
        (IntParam(name="n", doc="", minimum=1, maximum=64), Track(1, 64, whole=True)),
        (IntParam(name="n", doc="", maximum=1024), None),
        (FloatParam(name="p", doc="", minimum=0.0, maximum=1.0), Track(0.0, 1.0)),
        (FloatParam(name="p", doc="", minimum=0.0), None),
        (TextParam(name="t", doc=""), None),
    ],
)
def test_a_form_has_sliders_where_bounds_are_near(param: Param, track: Track | None) -> None:
    assert bounded_track(param) == track


@pytest.mark.parametrize(
    ("param", "track"),
    [
        (IntParam(name="depth", doc="", default=20, minimum=8, maximum=1202), Track(8, 80, True)),
        (IntParam(name="width", doc="", default=1), Track(1, 17, True)),
        (FloatParam(name="scale", doc="", default=0.5), Track(-2.0, 2.0)),
    ],
)
def test_above_the_canvas_a_slider_goes_round_the_default(param: Param, track: Track) -> None:
    assert track_around(param) == track
