"""The shortcut's share at every (+), from input to output."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import theme
from app.canvas.flow_words import NO_BREAK
from app.runs.cursor import Cursor
from app.runs.listing.comparison import Plotted
from app.runs.plots.look import RunLook
from app.runs.plots.plot_row import PlotRow
from app.runs.plots.shares import RunShares, ShareView
from app.runs.plots.shortcuts import shortcuts_of
from app.runs.session import Run
from graphcore import edits, gallery
from graphcore.analysis import analyse
from graphcore.diagram import Diagram
from graphcore.training.measuring.edge_paths import EdgeRow, edge_rows
from tests.runs.edge_runs import replayed, write_run


def rows(diagram: Diagram) -> dict[tuple[object, ...], list[str]]:
    found: dict[tuple[object, ...], list[str]] = {}
    for row in edge_rows(analyse(diagram)):
        found.setdefault(row.instance, []).append(row.edge)
    return found


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("resnet20-digits", [f"stage{s}.{copy}" for s in (1, 2, 3) for copy in range(3)]),
        ("mlp-digits", []),
        ("plain20-digits", []),
    ],
)
def test_shortcuts_are_named_in_the_order_in_which_values_pass_them(
    model: str, names: list[str]
) -> None:
    diagram = gallery.build(model)
    measured = rows(diagram)
    backwards = dict(reversed(measured.items()))
    for known in (measured, backwards):
        assert [one.name for one in shortcuts_of(diagram, known)] == names  # type: ignore[arg-type]


def test_several_shortcuts_of_a_block_are_named_by_where_they_end() -> None:
    diagram = gallery.build("vit-digits")
    names = [one.name for one in shortcuts_of(diagram, rows(diagram))]  # type: ignore[arg-type]
    assert len(set(names)) == len(names) > 2
    first, second, *_ = names
    assert first.rsplit(".", 1)[0] == second.rsplit(".", 1)[0]


def by_copy(row: EdgeRow, step: int) -> tuple[float, ...]:
    """The share falls by a tenth a copy and stage, and is less at later steps."""
    place = row.instance[0].copy if row.instance else 0
    share = 0.9 - place / 10 - step / 100
    return (1e-2, share, -0.25, 0.0, 1.0, 0.5)


class TestTheView:
    def make(self, qtbot: QtBot, runs: list[Run], step: int = 1) -> tuple[ShareView, Cursor]:
        time = Cursor()
        time.extend(60, 60)
        time.go(step)
        view = ShareView(time)
        qtbot.addWidget(view)
        view.resize(320, 300)
        view.set_runs([RunShares(run) for run in runs])
        return view, time

    def residual(self, folder: Path) -> Run:
        net = gallery.build("resnet20-digits")
        return replayed(write_run(folder / "with", net, by_copy, (0, 20)))

    def test_it_follows_the_cursor_from_measurement_to_measurement(
        self, qtbot: QtBot, tmp_path: Path
    ) -> None:
        view, time = self.make(qtbot, [self.residual(tmp_path)], step=20)
        assert view.step == 1
        wanted = [0.9, 0.8, 0.7] * 3
        assert [one.share for one in view.shares()] == pytest.approx(wanted)
        time.go(30)
        assert view.step == 21
        assert [one.share for one in view.shares()] == pytest.approx([x - 0.2 for x in wanted])

    def test_the_pointer_reads_both_paths(self, qtbot: QtBot, tmp_path: Path) -> None:
        view, _ = self.make(qtbot, [self.residual(tmp_path)])
        frame = view.frame()
        told = view.figure_at(QPointF(frame.rect.center().x(), frame.py(1.5)))
        assert told.replace(NO_BREAK, " ") == (
            "stage1.1, step 1: the shortcut brings 80 % of the gradient of x, the branch 20 %; "
            "their cosine is −0.25"
        )
        assert view.figure_at(QPointF(frame.rect.center().x(), frame.rect.bottom() + 4)) == ""

    def test_bars_reach_from_nothing_to_the_share_negative_ones_to_the_left(
        self, qtbot: QtBot, tmp_path: Path
    ) -> None:
        def figure(row: EdgeRow, step: int) -> tuple[float, ...]:
            share = -0.15 if row.instance and row.instance[0].copy else 0.6
            return (1e-2, share, math.nan, 0.0, 1.0, 0.5)

        net = gallery.build("resnet20-digits")
        view, _ = self.make(qtbot, [replayed(write_run(tmp_path / "run", net, figure, (0,)))])
        image, frame = view.grab().toImage(), view.frame()

        def is_bar(row: int, share: float) -> bool:
            at = image.pixelColor(round(frame.px(share)), round(frame.py(row + 0.5)))
            return at == QColor(theme.current().skip)

        assert [is_bar(0, x) for x in (-0.1, 0.3, 0.55, 0.7)] == [False, True, True, False]
        assert [is_bar(1, x) for x in (-0.1, 0.3)] == [True, False]

    @pytest.mark.parametrize(
        ("measured", "every", "told"),
        [
            ((), 20, "Nothing was measured on the edges"),
            ((), 0, "edges every: 0"),
        ],
    )
    def test_empty_it_says_what_will_be_there(
        self, qtbot: QtBot, tmp_path: Path, measured: tuple[int, ...], every: int, told: str
    ) -> None:
        net = gallery.build("resnet20-digits")
        run = replayed(write_run(tmp_path / "run", net, by_copy, measured))
        run.recipe = replace(run.recipe, edges_every=every)
        view, _ = self.make(qtbot, [run])
        assert view.shares() == ()
        assert "how much of the gradient of x comes back by the shortcut" in view.empty_text()
        assert told in view.empty_text()

    def test_without_a_skip_it_says_how_to_get_one(self, qtbot: QtBot, tmp_path: Path) -> None:
        plain = edits.without_skips(gallery.build("resnet20-digits"))
        view, _ = self.make(qtbot, [replayed(write_run(tmp_path / "run", plain, by_copy, (0,)))])
        assert "draw one (S)" in view.empty_text()

    def test_of_a_pair_the_one_with_shortcuts_is_shown(self, qtbot: QtBot, tmp_path: Path) -> None:
        plain = edits.without_skips(gallery.build("resnet20-digits"))
        without = replayed(write_run(tmp_path / "without", plain, by_copy, (0,)))
        view, _ = self.make(qtbot, [without, self.residual(tmp_path)])
        assert len(view.shares()) == 9


def test_a_choice_puts_the_shares_in_the_place_of_the_profile(qtbot: QtBot, tmp_path: Path) -> None:
    time = Cursor()
    plots = PlotRow(time)
    qtbot.addWidget(plots)
    plots.resize(1400, 320)
    plots.show()
    net = gallery.build("resnet20-digits")
    run = replayed(write_run(tmp_path / "run", net, by_copy, (0, 20)))
    plots.set_runs([Plotted(run, "batch", RunLook(0))], [run])
    time.extend(60, 60)
    assert plots.depth_pane.profile.isVisible()
    plots.depth_pane.show_view("shortcuts")
    assert plots.depth_pane.shares.isVisible()
    assert plots.depth_pane.title.text() == "Step 21, input to output"
    time.go(5)
    assert plots.depth_pane.title.text() == "Step 1, input to output"
    QTest.keyClick(plots.depth_pane.chooser, Qt.Key.Key_Home)
    assert plots.depth_pane.profile.isVisible()
    assert plots.depth_pane.title.text() == "Step 5, input to output"
