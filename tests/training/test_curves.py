"""The curves of runs as CSV: what is read back is what was measured."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcore.diagram import Step
from graphcore.training.curves import NamedRun, write_file, write_steps, write_tests
from graphcore.training.events import Evaluated, Started
from graphcore.training.measuring.step_file import Row, StepFileError
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder

STEM = Row("stem", (Step("stem", 0),), 16)
CONV = Row("stage.1.conv1", (Step("stage", 1), Step("conv1", 0)), 25)
LOSS = Row("loss", (Step("loss", 0),), 4)


def run(path: Path, rows: Sequence[Row], figures: object) -> RunFolder:
    folder = RunFolder.create(path, "{}", Recipe())
    with folder.start_steps(rows) as writer:
        writer.append(np.array(figures, dtype=np.float32).reshape(-1, writer.width))
    return folder


def steps(*runs: NamedRun, gradients: bool = False) -> list[dict[str, str]]:
    text = io.StringIO()
    assert list(write_steps(runs, text, gradients=gradients))[-1:] in ([1.0], [])
    text.seek(0)
    return list(csv.DictReader(text))


def held_out(*runs: NamedRun) -> list[dict[str, str]]:
    text = io.StringIO()
    assert list(write_tests(runs, text))[-1] == 1.0
    text.seek(0)
    return list(csv.DictReader(text))


class TestEveryStep:
    def test_a_line_a_step_with_the_runs_name(self, tmp_path: Path) -> None:
        folder = run(tmp_path / "a", [STEM], [[2.5, 0.1, 0.05, 4.0], [2.25, 0.2, 0.04, 2.0]])
        assert steps(NamedRun("wider", folder)) == [
            {"run": "wider", "step": "1", "loss": "2.5", "accuracy": "0.1"}
            | {"learning_rate": "0.05"},
            {"run": "wider", "step": "2", "loss": "2.25", "accuracy": "0.2"}
            | {"learning_rate": "0.04"},
        ]

    def test_gradients_are_root_mean_squares_as_they_are_plotted(self, tmp_path: Path) -> None:
        folder = run(tmp_path / "a", [STEM, CONV], [[2.5, 0.1, 0.05, 4.0, 10.0]])
        (line,) = steps(NamedRun("a", folder), gradients=True)
        assert line["gradient_rms.stem"] == "1.0"
        assert line["gradient_rms.stage.1.conv1"] == "2.0"

    def test_a_layer_called_loss_is_not_taken_for_the_loss(self, tmp_path: Path) -> None:
        folder = run(tmp_path / "a", [LOSS], [[2.5, 0.1, 0.05, 6.0]])
        (line,) = steps(NamedRun("a", folder), gradients=True)
        assert (line["loss"], line["gradient_rms.loss"]) == ("2.5", "3.0")

    def test_of_runs_of_different_nets_each_leaves_empty_what_it_lacks(
        self, tmp_path: Path
    ) -> None:
        one = NamedRun("one", run(tmp_path / "a", [STEM], [[2.5, 0.1, 0.05, 4.0]]))
        other = NamedRun("other", run(tmp_path / "b", [CONV], [[1.5, 0.1, 0.05, 5.0]]))
        first, second = steps(one, other, gradients=True)
        assert (first["gradient_rms.stem"], first["gradient_rms.stage.1.conv1"]) == ("1.0", "")
        assert (second["gradient_rms.stem"], second["gradient_rms.stage.1.conv1"]) == ("", "1.0")

    def test_what_is_no_number_is_written_as_such(self, tmp_path: Path) -> None:
        folder = run(tmp_path / "a", [], [[math.nan, math.inf, 0.05]])
        (line,) = steps(NamedRun("a", folder))
        assert (line["loss"], line["accuracy"]) == ("nan", "inf")

    @settings(max_examples=50)
    @given(st.lists(st.floats(width=32, allow_nan=False), min_size=3, max_size=30))
    def test_the_very_same_float_is_read_back(
        self, tmp_path_factory: pytest.TempPathFactory, losses: list[float]
    ) -> None:
        folder = tmp_path_factory.mktemp("run") / "a"
        made = run(folder, [], [[loss, 0.5, 0.1] for loss in losses])
        read = [float(line["loss"]) for line in steps(NamedRun("a", made))]
        assert np.array(read, np.float32).tobytes() == np.array(losses, np.float32).tobytes()

    def test_a_name_with_commas_and_quotes_stays_one_cell(self, tmp_path: Path) -> None:
        folder = run(tmp_path / "a", [], [[1.0, 0.5, 0.1]])
        (line,) = steps(NamedRun('wider, "deeper"', folder))
        assert line["run"] == 'wider, "deeper"'

    def test_a_run_without_steps_has_no_lines(self, tmp_path: Path) -> None:
        empty = RunFolder.create(tmp_path / "a", "{}", Recipe())
        other = run(tmp_path / "b", [], [[1.0, 0.5, 0.1]])
        assert [line["run"] for line in steps(NamedRun("a", empty), NamedRun("b", other))] == ["b"]

    def test_it_tells_how_far_it_is(self, tmp_path: Path) -> None:
        folder = run(tmp_path / "a", [], [[1.0, 0.5, 0.1]] * 40_000)
        shares = list(write_steps([NamedRun("a", folder)], io.StringIO()))
        assert shares == sorted(shares)
        assert len(shares) > 1
        assert shares[-1] == 1.0


class TestHeldOut:
    def test_a_line_an_evaluation_and_a_column_a_metric(self, tmp_path: Path) -> None:
        folder = run(tmp_path / "a", [], [])
        folder.append_event(Started("a", "cpu", 1, 2, 4, 100, "Net"))
        folder.append_event(Evaluated(2, 0, 1 / 3, 0.9))
        folder.append_event(Evaluated(4, 1, 0.25, None, {"mean_iou": 0.7}))
        first, second = held_out(NamedRun("a", folder))
        assert first == {"run": "a", "step": "2", "epoch": "1", "loss": repr(1 / 3)} | {
            "accuracy": "0.9",
            "mean_iou": "",
        }
        assert (second["accuracy"], second["mean_iou"]) == ("", "0.7")


class TestTheFile:
    def test_it_is_there_when_all_is_written(self, tmp_path: Path) -> None:
        folder = run(tmp_path / "a", [], [[1.0, 0.5, 0.1]])
        out = tmp_path / "curves.csv"
        work = write_file(out, lambda file: write_steps([NamedRun("a", folder)], file))
        next(work)
        assert not out.exists()
        assert list(work) == []
        lines = out.read_text().splitlines()
        assert lines == ["run,step,loss,accuracy,learning_rate", "a,1,1.0,0.5,0.1"]

    def test_given_up_it_leaves_what_was_there(self, tmp_path: Path) -> None:
        folder = run(tmp_path / "a", [], [[1.0, 0.5, 0.1]])
        out = tmp_path / "curves.csv"
        out.write_text("mine")
        work = write_file(out, lambda file: write_steps([NamedRun("a", folder)], file))
        next(work)
        work.close()
        assert out.read_text() == "mine"
        assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["curves.csv"]

    def test_damaged_figures_are_told(self, tmp_path: Path) -> None:
        folder = run(tmp_path / "a", [], [[1.0, 0.5, 0.1]])
        folder.steps_path.write_text("{}\n")
        out, runs = tmp_path / "c.csv", [NamedRun("a", folder)]
        work = write_file(out, lambda file: write_steps(runs, file))
        with pytest.raises(StepFileError, match="does not begin with the header"):
            list(work)
        assert not out.exists()
