"""The figures of a run, while they are written."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from app.runs.history import HeldOut, History
from graphcore.diagram import Step
from graphcore.training.measuring.step_file import StepFile, StepWriter
from tests.runs.synthetic import history, records, rows_of


class TestAFileThatGrows:
    def test_before_anything_is_written_there_is_nothing(self, tmp_path: Path) -> None:
        made = History(StepFile(tmp_path / "steps.f32"))
        assert made.pull() == 0
        assert made.loss.shape == (0,)
        assert made.gradients.shape == (0, 0)
        assert made.gradients_at(1) == {}

    def test_each_pull_gives_the_new_steps_and_all_stay(self, tmp_path: Path) -> None:
        rows = rows_of(("a", "b"))
        made = History(StepFile(tmp_path / "steps.f32"))
        with StepWriter(tmp_path / "steps.f32", rows) as writer:
            assert made.pull() == 0
            assert made.loss.shape == (0,)
            last = 0
            for size in (1, 3, 700, 2000):
                writer.append(records(rows, last + 1, last + size, lambda row, step: step))
                assert made.pull() == size
                last += size
                assert made.steps == last
                assert np.allclose(made.loss, 2.0 / np.arange(1, last + 1))
                assert np.allclose(made.gradients[:, 1], np.arange(1, last + 1))

    def test_a_header_without_steps_has_columns_and_no_rows_of_figures(
        self, tmp_path: Path
    ) -> None:
        made = history(tmp_path, 0, modules=("a", "b"))
        assert made.loss.shape == (0,)
        assert made.gradients.shape[0] == 0


class TestGradientsArePerElement:
    @pytest.mark.parametrize("numel", [1, 9, 144])
    def test_layers_of_every_size_compare(self, tmp_path: Path, numel: int) -> None:
        rows = rows_of(("a",), numel)
        with StepWriter(tmp_path / "steps.f32", rows) as writer:
            writer.append(np.array([[1.0, 0.5, 0.1, 6.0]], dtype=np.float32))
        made = History(StepFile(tmp_path / "steps.f32"))
        made.pull()
        assert made.gradients[0, 0] == pytest.approx(6.0 / math.sqrt(numel))

    def test_they_are_told_by_instance(self, tmp_path: Path) -> None:
        made = history(tmp_path, 3, lambda row, step: step + row / 10)
        at = made.gradients_at(2)
        assert at[(Step("stem", 0),)] == pytest.approx(2.0)
        assert at[(Step("stage1", 0), Step("conv2", 0))] == pytest.approx(2.2)
        assert len(at) == len(made.rows)

    @pytest.mark.parametrize("step", [0, 4, -1])
    def test_a_step_that_was_not_made_has_none(self, tmp_path: Path, step: int) -> None:
        assert history(tmp_path, 3).gradients_at(step) == {}


class TestTests:
    def test_the_last_one_up_to_a_step(self, tmp_path: Path) -> None:
        tests = (HeldOut(2, 0.5, 0.8), HeldOut(4, 0.4, 0.9))
        made = history(tmp_path, 4, tests=tests)
        assert made.last_test() == tests[1]
        assert made.last_test(3) == tests[0]
        assert made.last_test(1) is None
