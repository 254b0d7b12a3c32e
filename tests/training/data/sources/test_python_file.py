"""A user's program is run only where the very text of it was trusted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphcore.training.data.arrays import Arrays, DataError, Demand, Text
from graphcore.training.data.datasets import data_info, load_arrays
from graphcore.training.data.sources.python_file import TrustNeeded, digest_of, is_program
from tests.source_tree import files

PROGRAM = """
from pathlib import Path
import numpy as np

def load_data():
    (Path(__file__).parent / "ran").touch()
    return np.ones((10, 3)), np.arange(10) % 2
"""


def written(folder: Path, text: str = PROGRAM) -> Path:
    path = folder / "mine.py"
    path.write_text(text)
    return path


def test_it_is_not_run_without_trust_in_its_very_text(tmp_path: Path) -> None:
    path = written(tmp_path)
    for trusted in ("", "0" * 64, str(path)):
        for read in (data_info, load_arrays):
            with pytest.raises(TrustNeeded, match="is a program, and it is run only if you trust"):
                read(str(path), Demand(trusted=trusted))
    before = digest_of(path)
    written(tmp_path, PROGRAM + "\n")
    with pytest.raises(TrustNeeded):
        data_info(str(path), Demand(trusted=before))
    assert not (tmp_path / "ran").exists()


def test_with_trust_it_gives_data_by_the_rules_of_an_npz_file(tmp_path: Path) -> None:
    path = written(tmp_path)
    demand = Demand(trusted=digest_of(path))
    info, arrays = data_info(str(path), demand), load_arrays(str(path), demand)
    assert isinstance(arrays, Arrays)
    assert (info.sample_shape, info.classes, info.train, info.held_out) == ((3,), 2, 8, 2)
    assert arrays.x.dtype == np.float32
    assert (tmp_path / "ran").exists()


def test_what_is_held_out_may_be_given(tmp_path: Path) -> None:
    text = "def load_data():\n    return [[1.0], [2.0]], [0.5, 1.0], [[3.0], [4.0]], [1.0, 2.0]\n"
    path = written(tmp_path, text)
    arrays = load_arrays(str(path), Demand(trusted=digest_of(path)))
    assert isinstance(arrays, Arrays)
    assert (arrays.x_test.tolist(), arrays.y_test.tolist()) == ([[3], [4]], [1, 2])


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (PROGRAM, True),
        ("def load_data(): ...", True),
        ("load_data = 3", False),
        ("class A:\n    def load_data(self): ...", False),
        ("def load_data(:", False),
        ("\x00", False),
        ("(" * 10_000, False),
    ],
)
def test_a_program_is_told_by_its_function(tmp_path: Path, text: str, is_one: bool) -> None:
    assert is_program(written(tmp_path, text)) is is_one


def test_other_python_files_are_texts(tmp_path: Path) -> None:
    path = written(tmp_path, "print('hello')\n" * 200)
    assert isinstance(load_arrays(str(path), Demand((8,))), Text)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise KeyError('cats')", "failed: KeyError: 'cats'"),
        ("return 3", "returned int, wanted (x, y) or four arrays"),
        ("return ['a', 'b'], [0, 1]", "returned 'x' of type <U1"),
        ("return [1.0, float('nan')], [0, 1]", "that are not finite"),
        ("return [1.0, 2.0], [0, -1]", "the label -1 in 'y'; classes begin at 0"),
        ("return [1.0, 2.0, 3.0], [0, 1]", "returned 3 samples but 2 targets"),
        ("return [1.0, 1e39], [0, 1]", "number in 'x' too large to compute with, 1e+39 at [1]"),
        ("return [1, 2], [0, 1], [1, 2, 3], [0, 1]", "returned 3 samples but 2 targets"),
        (
            "return [[1, 2]] * 2, [0, 1], [[1]] * 2, [0, 1]",
            "'x' of shape (2, 2) but 'x_test' of shape (2, 1); all samples must be alike",
        ),
    ],
)
def test_what_it_does_wrong_is_told(tmp_path: Path, body: str, said: str) -> None:
    path = written(tmp_path, f"def load_data():\n    {body}\n")
    with pytest.raises(DataError) as refused:
        data_info(str(path), Demand(trusted=digest_of(path)))
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


def test_only_here_is_a_file_of_the_user_run() -> None:
    program = files("app") + files("graphcore")
    users = [file.name for file in program if "exec_module" in file.path.read_text()]
    assert users == ["graphcore/training/data/sources/python_file.py"]
