from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphcore.diagram import Step
from graphcore.training.measuring.step_file import Row, StepFile, StepFileError, StepWriter

ROWS = (
    Row("stem", (Step("stem", 0),), 144),
    Row("stage1.0.conv1", (Step("stage1", 0), Step("conv1", 0)), 2304),
)
WIDTH = 5


def records(count: int, start: int = 0) -> np.ndarray:
    return np.arange(start * WIDTH, (start + count) * WIDTH, dtype=np.float32).reshape(-1, WIDTH)


def test_records_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "steps.f32"
    with StepWriter(path, ROWS) as writer:
        writer.append(records(2))
        writer.append(np.full((1, WIDTH), np.nan, dtype=np.float32))
    file = StepFile(path)
    np.testing.assert_array_equal(file.read_new()[:2], records(2))
    assert file.columns == ("loss", "accuracy", "learning_rate")
    assert file.rows == ROWS
    assert file.sizes.tolist() == [144, 2304]
    assert np.isnan(file.read_all()[2]).all()


def test_the_header_is_one_padded_line_of_json(tmp_path: Path) -> None:
    path = tmp_path / "steps.f32"
    StepWriter(path, ROWS).close()
    data = path.read_bytes()
    assert len(data) % 64 == 0
    assert data.endswith(b"\n")
    assert data.count(b"\n") == 1
    assert json.loads(data)["rows"][1] == {
        "module": "stage1.0.conv1",
        "instance": [["stage1", 0], ["conv1", 0]],
        "numel": 2304,
    }


def test_it_is_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "steps.f32"
    file = StepFile(path)
    assert file.read_new().shape == (0, 0)
    with StepWriter(path, ROWS) as writer:
        assert file.read_new().shape == (0, WIDTH)
        writer.append(records(3))
        np.testing.assert_array_equal(file.read_new(), records(3))
        assert file.read_new().shape == (0, WIDTH)
        writer.append(records(1, start=3))
        np.testing.assert_array_equal(file.read_new(), records(1, start=3))


def test_what_is_cut_short_waits_until_it_is_complete(tmp_path: Path) -> None:
    whole = tmp_path / "whole.f32"
    with StepWriter(whole, ROWS) as writer:
        writer.append(records(2))
    data = whole.read_bytes()
    path = tmp_path / "steps.f32"
    file = StepFile(path)
    seen = []
    for cut in range(0, len(data) + 1, 7):
        path.write_bytes(data[:cut])
        seen += file.read_new().tolist()
    path.write_bytes(data)
    seen += file.read_new().tolist()
    assert seen == records(2).tolist()


def test_a_run_goes_on_after_the_steps_it_keeps(tmp_path: Path) -> None:
    path = tmp_path / "steps.f32"
    with StepWriter(path, ROWS) as writer:
        writer.append(records(5))
    with StepWriter(path, ROWS, keep=3) as writer:
        writer.append(records(1, start=9))
    read = StepFile(path).read_new()
    np.testing.assert_array_equal(read, np.concatenate([records(3), records(1, start=9)]))


@pytest.mark.parametrize("keep", [6, 100])
def test_steps_that_are_not_there_cannot_be_kept(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "steps.f32"
    with StepWriter(path, ROWS) as writer:
        writer.append(records(5))
    before = path.read_bytes()
    with pytest.raises(StepFileError, match="does not hold the steps before the checkpoint"):
        StepWriter(path, ROWS, keep=keep)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n",
        b"{}\n",
        b'{"columns": [], "rows": []}\n',
        b'{"columns": ["loss"], "rows": [{"module": 3}]}\n',
        b'{"columns": ["loss"], "rows": [{"module": "a", "instance": 1, "numel": 1}]}\n',
        b"[]\n",
    ],
)
def test_what_is_no_step_file_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "steps.f32"
    path.write_bytes(data)
    with pytest.raises(StepFileError, match=r"steps\.f32"):
        StepFile(path).read_new()


def test_records_of_another_width_are_refused(tmp_path: Path) -> None:
    with (
        StepWriter(tmp_path / "steps.f32", ROWS) as writer,
        pytest.raises(ValueError, match=r"wanted \(k, 5\)"),
    ):
        writer.append(np.zeros((1, 4), dtype=np.float32))
