from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphcore.training.data.datasets import (
    DATASETS,
    Arrays,
    DataError,
    DataInfo,
    data_info,
)
from graphcore.training.data.datasets import load_arrays as load

X = np.random.default_rng(0).normal(size=(10, 3, 4, 4))
Y = np.arange(10) % 3


def saved(path: Path, **arrays: Any) -> str:
    """A data file with x and y as above, and ``arrays`` instead or besides (None: without)."""
    chosen = {"x": X, "y": Y} | arrays
    kept: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    np.savez(path / "data.npz", **kept)
    return str(path / "data.npz")


def load_arrays(data: str) -> Arrays:
    loaded = load(data)
    assert isinstance(loaded, Arrays)
    return loaded


def described(arrays: Arrays) -> dict[str, object]:
    return {
        "sample_shape": arrays.x.shape[1:],
        "target_shape": arrays.y.shape[1:],
        "train": len(arrays.x),
        "held_out": len(arrays.x_test),
    }


class TestDigits:
    def test_what_is_told_of_it_is_what_it_holds(self) -> None:
        info, arrays = data_info("digits"), load_arrays("digits")
        assert {key: getattr(info, key) for key in described(arrays)} == described(arrays)
        assert info.train + info.held_out == 1797
        assert set(arrays.y) == set(arrays.y_test) == set(range(info.classes or 0))
        assert info.sample_text == "1×8×8"

    def test_no_sample_is_on_both_sides(self) -> None:
        arrays = load_arrays("digits")
        learnt = {sample.tobytes() for sample in arrays.x}
        assert not learnt & {sample.tobytes() for sample in arrays.x_test}

    def test_it_is_described_without_loading_scikit_learn(self) -> None:
        script = (
            "import sys; from graphcore.training.data.datasets import data_info\n"
            "data_info('digits')\n"
            "print([m for m in sys.modules if m.split('.')[0] in ('sklearn', 'scipy', 'torch')])"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert done.stdout.strip() == "[]", done.stderr

    def test_every_registered_set_bears_its_own_name(self) -> None:
        assert [(name, data_info(name).name) for name in DATASETS] == [
            (name, name) for name in DATASETS
        ]


class TestDataFile:
    def test_a_fifth_is_held_out_where_the_file_does_not_say(self, tmp_path: Path) -> None:
        path = saved(tmp_path)
        assert data_info(path) == DataInfo(path, "data.npz", (3, 4, 4), (), 3, 8, 2)
        arrays = load_arrays(path)
        assert described(arrays).items() <= vars(data_info(path)).items()
        order = [np.abs(X.astype(np.float32) - s).sum((1, 2, 3)).argmin() for s in arrays.x]
        np.testing.assert_array_equal(Y[order], arrays.y)

    def test_the_held_out_samples_are_always_the_same(self, tmp_path: Path) -> None:
        path = saved(tmp_path)
        np.testing.assert_array_equal(load_arrays(path).x_test, load_arrays(path).x_test)

    def test_the_file_may_say_what_is_held_out(self, tmp_path: Path) -> None:
        path = saved(tmp_path, x_test=X[:3], y_test=np.array([3, 4, 0]))
        assert data_info(path) == DataInfo(path, "data.npz", (3, 4, 4), (), 5, 10, 3)
        np.testing.assert_array_equal(load_arrays(path).y_test, [3, 4, 0])

    def test_bytes_become_numbers_between_zero_and_one(self, tmp_path: Path) -> None:
        path = saved(tmp_path, x=np.full((10, 2), 255, dtype=np.uint8))
        np.testing.assert_array_equal(load_arrays(path).x, np.ones((8, 2), dtype=np.float32))

    def test_other_whole_numbers_may_be_tokens(self, tmp_path: Path) -> None:
        path = saved(tmp_path, x=np.arange(50).reshape(10, 5))
        assert data_info(path).whole
        assert load_arrays(path).x.dtype == np.int64

    @pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int64", "uint64"])
    def test_whole_numbers_are_classes(self, tmp_path: Path, dtype: str) -> None:
        path = saved(tmp_path, y=(Y % 2).astype(dtype))
        assert data_info(path).classes == 2
        assert load_arrays(path).y.dtype == np.int64

    def test_other_numbers_are_values(self, tmp_path: Path) -> None:
        path = saved(tmp_path, y=X[:, 0, 0])
        assert data_info(path).classes is None
        assert data_info(path).target_shape == (4,)
        assert load_arrays(path).y.dtype == np.float32

    def test_every_pixel_may_have_a_class(self, tmp_path: Path) -> None:
        path = saved(tmp_path, y=np.ones((10, 4, 4), dtype=int))
        assert (data_info(path).target_shape, data_info(path).classes) == ((4, 4), 2)

    def test_what_numpy_compressed_and_stored_in_fortran_order_is_read(
        self, tmp_path: Path
    ) -> None:
        np.savez_compressed(tmp_path / "data.npz", x=np.asfortranarray(X), y=Y)
        path = str(tmp_path / "data.npz")
        assert data_info(path).sample_shape == (3, 4, 4)
        read = load_arrays(path)
        np.testing.assert_array_equal(read.x, load_arrays(saved(tmp_path)).x)
        assert read.x.flags.c_contiguous


ONE_NAN = X.copy()
ONE_NAN[3, 0, 1, 2] = np.nan


class TestBadData:
    @pytest.mark.parametrize(
        ("arrays", "said"),
        [
            ({"y": None}, "has no array 'y' (it has: x); it needs x and y"),
            ({"x": None, "y": None}, "has no array 'x' (it has: nothing)"),
            ({"x_test": X}, "has only one of x_test and y_test"),
            ({"y": Y[:9]}, "has 10 samples in 'x' but 9 in 'y'"),
            ({"x_test": X, "y_test": Y[:1]}, "has 10 samples in 'x_test' but 1 in 'y_test'"),
            (
                {"x_test": X[:, :1], "y_test": Y},
                "has samples of 3×4×4 in 'x' but of 1×4×4 in 'x_test'",
            ),
            ({"y": Y - 1}, "has the label -1 in 'y'; classes are numbered from 0"),
            (
                {"y": np.full(10, 2**64 - 1, dtype=np.uint64)},
                "number in 'y' that is too large to compute with, 1.84467e+19 at [0]; scale",
            ),
            ({"x": X[:0], "y": Y[:0]}, "has no samples in 'x'"),
            ({"x": 3.0}, "has no samples in 'x'"),
            ({"x": X[:1], "y": Y[:1]}, "has a single sample"),
            ({"x": X.astype(complex)}, "has elements of type complex128 in 'x'"),
            ({"y": np.array(list("abcdefghij"))}, "has elements of type <U1 in 'y'"),
            ({"x": np.array([None] * 10)}, "has Python objects in 'x'; save plain numbers"),
        ],
    )
    def test_it_is_refused_before_it_is_loaded(
        self, tmp_path: Path, arrays: dict[str, Any], said: str
    ) -> None:
        path = saved(tmp_path, **arrays)
        for read in (data_info, load_arrays):
            with pytest.raises(DataError) as refused:
                read(path)
            assert said in str(refused.value)
            assert path in str(refused.value)

    def test_values_that_are_no_numbers_are_found(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"in 'x' that is not a number .* at \[3, 0, 1, 2\]"):
            load_arrays(saved(tmp_path, x=ONE_NAN))

    @pytest.mark.parametrize("number", [1e300, -1e39, np.float64(np.finfo(np.float32).max) * 1.01])
    @pytest.mark.parametrize("name", ["x", "y"])
    def test_values_that_float32_would_make_infinite_are_found(
        self, tmp_path: Path, name: str, number: float
    ) -> None:
        array = np.zeros((10, 2))
        array[3, 1] = number
        with pytest.raises(DataError, match=rf"in '{name}' that is too large.* at \[3, 1\]"):
            load_arrays(saved(tmp_path, **{name: array}))

    def test_the_largest_of_float32_is_read(self, tmp_path: Path) -> None:
        most = np.full((10, 2), np.finfo(np.float32).max, dtype=np.float64)
        assert np.isfinite(load_arrays(saved(tmp_path, x=-most)).x).all()

    def test_whole_samples_that_int64_does_not_hold_are_found(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"in 'x' that is too large.* at \[0\]"):
            load_arrays(saved(tmp_path, x=np.full(10, 2**63, dtype=np.uint64)))

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (
                "mnist",
                "there is no data set called 'mnist'; there are: digits, topics, shapes, iris",
            ),
            ("nowhere/data.npz", "nowhere/data.npz does not exist"),
            (
                "nowhere/data.xyz",
                "are no folder and of no known kind; a file's name has one of",
            ),
        ],
    )
    def test_data_that_is_not_there(self, data: str, said: str) -> None:
        with pytest.raises(DataError) as refused:
            data_info(data)
        assert said in str(refused.value)

    def test_a_folder_is_taken_for_images(self, tmp_path: Path) -> None:
        (tmp_path / "data.npz").mkdir()
        with pytest.raises(DataError, match="has images of 0 classes"):
            data_info(str(tmp_path / "data.npz"))

    @pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.99])
    def test_a_file_cut_short_is_refused(self, tmp_path: Path, part: float) -> None:
        path = Path(saved(tmp_path))
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * part)])
        with pytest.raises(DataError, match="cannot be read as an"):
            load_arrays(str(path))

    def test_a_damaged_array_is_named(self, tmp_path: Path) -> None:
        path = Path(saved(tmp_path))
        data = bytearray(path.read_bytes())
        at = data.index(X[0, 0, 0].tobytes())
        data[at] ^= 0xFF
        path.write_bytes(data)
        with pytest.raises(DataError, match="has a damaged array 'x'"):
            load_arrays(str(path))

    def test_a_head_that_promises_more_than_there_is_takes_no_memory(self, tmp_path: Path) -> None:
        path = Path(saved(tmp_path))
        head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (900000000000000, 3), }"
        head += b" " * (118 - len(head) - 1) + b"\n"
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("x.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head)
            file.writestr("y.npy", b"")
        with pytest.raises(DataError, match="'x': its size and its shape disagree"):
            data_info(str(path))

    @pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY\x09\x00abcdef"])
    def test_a_member_that_is_no_array_is_named(self, tmp_path: Path, content: bytes) -> None:
        path = Path(saved(tmp_path))
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("x.npy", content)
            file.writestr("y.npy", content)
        with pytest.raises(DataError, match="has a damaged array 'x'"):
            data_info(str(path))
