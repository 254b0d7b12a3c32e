"""Where the time of a step goes, of a run as it is told and of one that is opened again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from app.runs.cursor import Cursor
from app.runs.pace_history import PaceHistory
from app.runs.plots.pace_strip import LINE, PaceStrip
from app.runs.session import Run, new_run, open_run
from graphcore import gallery
from graphcore.training.events import PARTS, Telemetry
from graphcore.training.recipe import resolve_recipe

SECONDS = {"data": 0.001, "forward": 0.003, "backward": 0.005, "optimizer": 0.001}
MEMORY = {"process": 412e6, "process_peak": 430e6}


def pace(step: int, rate: float = 640.0) -> Telemetry:
    """What a run tells at a step."""
    return Telemetry(step, rate, SECONDS, MEMORY)


def run_in(folder: Path) -> Run:
    """A run that has told nothing yet."""
    diagram = gallery.build("mlp-digits")
    return new_run(folder, "a run", diagram, resolve_recipe(diagram.recipe))


@pytest.fixture
def strip(qtbot: QtBot) -> PaceStrip:
    """A strip in a wide window, whose cursor is at step 20 of 100."""
    cursor = Cursor()
    cursor.extend(20, 100)
    made = PaceStrip(cursor)
    cursor.setParent(made)
    qtbot.addWidget(made)
    made.resize(1000, LINE)
    return made


class TestHistory:
    def test_a_step_is_told_of_by_what_was_told_next(self) -> None:
        history = PaceHistory()
        assert history.at(5) is None
        for step in (10, 20, 30):
            history.add(pace(step))
        found = [history.at(step) for step in (1, 10, 11, 30, 99)]
        assert [one.step for one in found if one] == [10, 10, 20, 30, 30]

    def test_a_resumed_run_tells_again_of_steps_before(self) -> None:
        history = PaceHistory()
        for step in (10, 30, 20):
            history.add(pace(step))
        told = history.at(15)
        assert told is not None
        assert told.step == 20


def test_the_pieces_are_as_wide_as_the_shares_of_the_time(strip: PaceStrip, tmp_path: Path) -> None:
    run = run_in(tmp_path / "run")
    strip.set_runs([run])
    assert not strip.isVisibleTo(strip), "a run that told nothing has no strip"
    run.take(pace(20))
    strip.refresh()
    line = strip.line(0)
    assert line is not None
    assert line.before == "640 samples/s · step 10.0 ms"
    assert line.behind == "memory 412 MB, at most 430 MB"
    assert [piece.part for piece in line.pieces] == list(PARTS)
    widths = [piece.box.width() for piece in line.pieces]
    assert [width / sum(widths) for width in widths] == pytest.approx([0.1, 0.3, 0.5, 0.1, 0, 0])
    assert line.pieces[-1].box.right() < line.left_of_behind


def test_the_pointer_reads_a_part_and_elsewhere_all(strip: PaceStrip, tmp_path: Path) -> None:
    run = run_in(tmp_path / "run")
    run.take(pace(20))
    strip.set_runs([run])
    line = strip.line(0)
    assert line is not None
    backward = line.pieces[PARTS.index("backward")]
    read = strip.figure_at(backward.box.center())
    assert read == "backward: 5.00 ms of each step, 50 %\nthe gradients of the loss"
    whole = strip.figure_at(QPointF(30, LINE / 2))
    assert whole.startswith("Up to step 20: a step took 10.0 ms: data 10 %")
    assert "optimizer 10 %: the weights follow" in whole
    assert strip.figure_at(QPointF(30, 5 * LINE)) == ""


def test_each_of_a_pair_has_a_line(strip: PaceStrip, tmp_path: Path) -> None:
    one, other = run_in(tmp_path / "one"), run_in(tmp_path / "other")
    one.take(pace(20, 640.0))
    other.take(pace(20, 320.0))
    strip.set_runs([one, other])
    lines = [strip.line(index) for index in range(2)]
    assert [line.before.split(" ·")[0] for line in lines if line] == [
        "640 samples/s",
        "320 samples/s",
    ]
    assert strip.sizeHint().height() >= 2 * LINE


@pytest.mark.parametrize("width", [100, 300, 420, 600, 1000])
def test_words_give_way_to_the_bar_where_it_is_narrow(
    strip: PaceStrip, tmp_path: Path, width: int
) -> None:
    run = run_in(tmp_path / "run")
    run.take(pace(20))
    strip.set_runs([run])
    strip.resize(width, LINE)
    line = strip.line(0)
    assert line is not None
    for piece in line.pieces:
        assert piece.box.right() <= width
    if line.behind:
        assert line.pieces[0].box.width() > 0
        assert line.pieces[-1].box.right() - line.pieces[0].box.left() >= 150
    strip.grab()


def test_a_run_that_is_opened_again_tells_its_pace(strip: PaceStrip, tmp_path: Path) -> None:
    run = run_in(tmp_path / "run")
    for event in (pace(10, 100.0), pace(20, 640.0)):
        run.folder.append_event(event)
    strip.set_runs([open_run(run.folder, "again")])
    line = strip.line(0)
    assert line is not None
    assert line.told == pace(20, 640.0)
    assert "640 samples/s" in strip.accessibleDescription()
