from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphcore.training.data.arrays import Array, Arrays, DataError, DataInfo, Text
from graphcore.training.data.normalisation import Normalisation, measured
from graphcore.training.data.record import fingerprint_of, settle
from graphcore.training.recipe import Recipe

INFO = DataInfo("data", "Data", (3,), (), 2, 80, 20)
DRAW = np.random.default_rng(0)


def arrays(x: Array, y: Array | None = None) -> Arrays:
    targets = np.arange(len(x)) % 2 if y is None else y
    cut = len(x) * 4 // 5
    return Arrays(x[:cut], targets[:cut], x[cut:], targets[cut:])


@pytest.mark.parametrize(
    ("shape", "axes", "count"),
    [
        ((50, 3), (0,), 3),
        ((50, 1, 6, 6), (0, 1, 2, 3), 1),
        ((50, 3, 6, 6), (0, 2, 3), 3),
        ((50, 4, 9), (0, 1, 2), 1),
        ((50,), (0,), 1),
    ],
    ids=["table", "grey", "colour", "sequence", "numbers"],
)
def test_it_is_measured_on_what_is_learnt_from_by_channel_or_column(
    shape: tuple[int, ...], axes: tuple[int, ...], count: int
) -> None:
    data = arrays((DRAW.normal(size=shape) * 3 + 5).astype(np.float32))
    found = measured(data, as_numbers=True)
    assert (len(found.mean), found.target_mean) == (count, ())
    applied = found.apply(data)
    np.testing.assert_allclose(applied.x.mean(axes), 0, atol=1e-5)
    np.testing.assert_allclose(applied.x.std(axes), 1, atol=1e-5)
    assert (applied.x.dtype, applied.x.shape) == (np.dtype(np.float32), data.x.shape)
    both = np.concatenate([applied.x, applied.x_test])
    raw = np.concatenate([data.x, data.x_test])
    back = both * np.reshape(found.deviation, (-1, 1, 1) if len(shape) == 4 else (-1,))
    back += np.reshape(found.mean, (-1, 1, 1) if len(shape) == 4 else (-1,))
    np.testing.assert_allclose(back.reshape(shape), raw, rtol=1e-4, atol=1e-5)


def test_a_column_that_never_changes_becomes_zero() -> None:
    found = measured(arrays(np.full((10, 2), 7.0, dtype=np.float32)), as_numbers=True)
    assert (found.apply(arrays(np.full((10, 2), 7.0, dtype=np.float32))).x == 0).all()


def test_numbers_whose_deviation_is_infinite_are_refused() -> None:
    """Divided by it, all of them would be zero."""
    data = arrays((np.full((10, 2, 3), 1e25) * np.arange(-1, 2)).astype(np.float32))
    with pytest.raises(DataError, match=r"the data reach 1e\+25, .* leave them as they are"):
        measured(data, as_numbers=True)


def test_values_to_be_met_are_normalised_and_classes_are_not() -> None:
    x = DRAW.normal(size=(50, 3)).astype(np.float32)
    y = (DRAW.normal(size=(50, 2)) * 100 + 7).astype(np.float32)
    applied = measured(arrays(x, y), as_numbers=True).apply(arrays(x, y))
    np.testing.assert_allclose(applied.y.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(applied.y.std(0), 1, atol=1e-5)
    classes = arrays(x)
    assert measured(classes, as_numbers=True).apply(classes).y is classes.y


def test_whole_numbers_stay_tokens_unless_the_model_takes_numbers() -> None:
    data = arrays(np.arange(60).reshape(20, 3))
    assert measured(data, as_numbers=False) == Normalisation()
    assert measured(data, as_numbers=True).apply(data).x.dtype == np.float32


def test_it_survives_as_plain_values() -> None:
    found = measured(arrays(DRAW.normal(size=(50, 3)).astype(np.float32)), as_numbers=True)
    assert Normalisation.of(json.loads(json.dumps(found.values()))) == found


class TestTheRecordOfARun:
    DATA = arrays(DRAW.normal(size=(50, 3)).astype(np.float32))

    def test_it_is_written_when_the_run_begins_and_used_when_it_goes_on(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "data.json"
        first, record = settle(self.DATA, INFO, Recipe(), as_numbers=True, path=path)
        told = json.loads(path.read_text())
        assert (told["classes"], told["train"], told["sample_shape"]) == (2, 80, [3])
        # Another program's idea of a deviation must not change a run that goes on.
        told["normalisation"]["mean"] = [1.0, 2.0, 3.0]
        path.write_text(json.dumps(told))
        again, resumed = settle(self.DATA, INFO, Recipe(), as_numbers=True, path=path)
        assert resumed.normalisation.mean == (1.0, 2.0, 3.0)
        assert isinstance(first, Arrays)
        assert isinstance(again, Arrays)
        assert not np.array_equal(first.x, again.x)
        assert resumed.fingerprint == record.fingerprint

    def test_it_is_left_out_where_the_recipe_says_so(self) -> None:
        same, record = settle(self.DATA, INFO, Recipe(normalise="none"), as_numbers=True, path=None)
        assert record.normalisation == Normalisation()
        assert isinstance(same, Arrays)
        np.testing.assert_array_equal(same.x, self.DATA.x)

    @pytest.mark.parametrize("name", ["x", "y", "x_test", "y_test"])
    def test_data_that_were_changed_are_refused(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / "data.json"
        settle(self.DATA, INFO, Recipe(), as_numbers=True, path=path)
        changed = getattr(self.DATA, name).copy()
        changed[0] += 1
        with pytest.raises(DataError, match="are not what this run began with"):
            settle(
                self.DATA._replace(**{name: changed}), INFO, Recipe(), as_numbers=True, path=path
            )

    @pytest.mark.parametrize("content", ["", "[]", '{"normalisation": {}, "fingerprint": ""}'])
    def test_a_damaged_record_is_told(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "data.json"
        path.write_text(content)
        with pytest.raises(DataError, match="it was damaged: start a new run"):
            settle(self.DATA, INFO, Recipe(), as_numbers=True, path=path)

    def test_a_text_has_a_fingerprint_too(self) -> None:
        text = Text(np.arange(9), np.arange(3), 2)
        assert fingerprint_of(text) == fingerprint_of(Text(np.arange(9), np.arange(3), 2))
        assert fingerprint_of(text) != fingerprint_of(text._replace(length=3))
        assert fingerprint_of(text) != fingerprint_of(text._replace(tokens=np.arange(1, 10)))
        record = settle(text, replace(INFO, whole=True), Recipe(), as_numbers=False, path=None)[1]
        assert record.normalisation == Normalisation()
