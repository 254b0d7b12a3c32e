"""The time cursor in the hand: drag, play, return to live."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.runs import scrubber as scrubber_module
from app.runs.cursor import Cursor
from app.runs.scrubber import Scrubber


@pytest.fixture
def made(qtbot: QtBot) -> tuple[Scrubber, Cursor]:
    time = Cursor()
    bar = Scrubber(time)
    qtbot.addWidget(bar)
    bar.resize(800, 40)
    bar.show()
    time.extend(158, 184)
    return bar, time


def place_of(bar: Scrubber, step: int) -> QPoint:
    return QPoint(round(bar.track._x(step)), bar.track.height() // 2)


class TestTheCursor:
    def test_live_it_goes_along_and_elsewhere_it_stays(self) -> None:
        time = Cursor()
        time.extend(10, 100)
        assert (time.step, time.is_live) == (10, True)
        time.go(4)
        time.extend(20, 100)
        assert (time.step, time.last, time.is_live) == (4, 20, False)
        time.go_live()
        time.extend(30, 100)
        assert time.step == 30

    @given(st.integers(-1000, 1000), st.integers(1, 500))
    def test_it_never_leaves_what_was_made(self, wanted: int, last: int) -> None:
        time = Cursor()
        time.extend(last, 500)
        time.go(wanted)
        assert 1 <= time.step <= last

    def test_before_the_first_step_it_is_nowhere(self) -> None:
        time = Cursor()
        time.go(5)
        assert time.step == 0

    def test_it_tells_changes_only(self) -> None:
        time = Cursor()
        told: list[int] = []
        time.moved.connect(lambda: told.append(time.step))
        time.extend(3, 9)
        time.extend(3, 9)
        time.go(2)
        time.go(2)
        assert told == [3, 2]


class TestTheTrack:
    def test_a_press_and_a_drag(self, made: tuple[Scrubber, Cursor]) -> None:
        bar, time = made
        QTest.mousePress(bar.track, Qt.MouseButton.LeftButton, pos=place_of(bar, 50))
        assert (time.step, time.is_live) == (50, False)
        QTest.mouseMove(bar.track, place_of(bar, 90))
        QTest.mouseRelease(bar.track, Qt.MouseButton.LeftButton, pos=place_of(bar, 90))
        assert time.step in (50, 90)

    def test_beyond_the_last_step_it_stops_there(self, made: tuple[Scrubber, Cursor]) -> None:
        bar, time = made
        QTest.mouseClick(bar.track, Qt.MouseButton.LeftButton, pos=place_of(bar, 180))
        assert time.step == 158

    def test_arrows_and_end(self, made: tuple[Scrubber, Cursor]) -> None:
        bar, time = made
        QTest.keyClick(bar.track, Qt.Key.Key_Left)
        QTest.keyClick(bar.track, Qt.Key.Key_Left)
        assert time.step == 156
        QTest.keyClick(bar.track, Qt.Key.Key_End)
        assert time.is_live

    def test_the_words_beside_it(self, made: tuple[Scrubber, Cursor]) -> None:
        bar, time = made
        assert bar.place.text() == "step 158 · live"
        time.go(20)
        assert bar.place.text() == "step 20 · go live"
        QTest.mouseClick(bar.place, Qt.MouseButton.LeftButton)
        assert time.is_live
        time.extend(184, 184)
        assert bar.place.text() == "step 184 · end"


class TestPlaying:
    def test_it_runs_to_the_end_and_is_live_again(
        self, qtbot: QtBot, made: tuple[Scrubber, Cursor], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scrubber_module, "PLAY_SECONDS", 0.4)
        bar, time = made
        seen: list[int] = []
        time.moved.connect(lambda: seen.append(time.step))
        QTest.mouseClick(bar.play_button, Qt.MouseButton.LeftButton)
        assert bar.is_playing
        qtbot.waitUntil(lambda: not bar.is_playing, timeout=10_000)
        assert time.is_live
        assert seen[0] == 1
        assert seen == sorted(seen)
        assert len(seen) > 3

    def test_a_second_press_holds(self, made: tuple[Scrubber, Cursor]) -> None:
        bar, time = made
        bar.toggle()
        bar.toggle()
        assert not bar.is_playing
        assert not time.is_live

    def test_there_is_nothing_to_play_without_steps(self, qtbot: QtBot) -> None:
        bar = Scrubber(Cursor())
        qtbot.addWidget(bar)
        bar.toggle()
        assert not bar.is_playing
        assert not bar.play_button.isEnabled()
