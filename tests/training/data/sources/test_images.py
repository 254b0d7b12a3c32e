from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from graphcore.training.data.arrays import Arrays, DataError, Demand
from graphcore.training.data.datasets import data_info, load_arrays
from graphcore.training.data.sources import images

COLORS = {"blue": (0, 0, 255), "green": (0, 255, 0)}


def folder(root: Path, each: int = 5, size: tuple[int, int] = (30, 20)) -> Path:
    for name, color in COLORS.items():
        (root / name).mkdir(parents=True)
        for index in range(each):
            Image.new("RGB", size, color).save(root / name / f"{index}.png")
    return root


def arrays_of(path: Path, demand: Demand) -> Arrays:
    loaded = load_arrays(str(path), demand)
    assert isinstance(loaded, Arrays)
    return loaded


def test_a_folder_is_a_class(tmp_path: Path) -> None:
    root = folder(tmp_path / "colours")
    (root / "notes.txt").write_text("no image")
    (root / "empty").mkdir()
    info = data_info(str(root), Demand((3, 8, 12)))
    assert (info.labels, info.classes, info.title) == (("blue", "green"), 2, "colours")
    assert (info.sample_shape, info.train, info.held_out) == ((3, 8, 12), 8, 2)
    arrays = arrays_of(root, Demand((3, 8, 12)))
    assert arrays.x.shape == (8, 3, 8, 12)
    for image, label in zip(arrays.x, arrays.y, strict=True):
        wanted = np.array(COLORS[info.labels[label]]) / 255
        np.testing.assert_allclose(image, wanted[:, None, None] * np.ones((1, 8, 12)))


def test_what_is_held_out_may_be_said(tmp_path: Path) -> None:
    folder(tmp_path / "train", each=4)
    folder(tmp_path / "val", each=3)
    info = data_info(str(tmp_path))
    assert (info.train, info.held_out, info.sample_shape) == (8, 6, (3, 64, 64))
    arrays = arrays_of(tmp_path, Demand())
    assert sorted(arrays.y_test) == [0, 0, 0, 1, 1, 1]


def test_grey_images_for_a_model_of_one_channel(tmp_path: Path) -> None:
    arrays = arrays_of(folder(tmp_path / "c"), Demand((1, 8, 8)))
    assert arrays.x.shape[1:] == (1, 8, 8)


def test_the_middle_is_taken_in_the_proportions_of_the_model(tmp_path: Path) -> None:
    image = np.zeros((20, 60), dtype=np.uint8)
    image[:, 18:42] = 255
    Image.fromarray(image).save(tmp_path / "middle.png")
    np.testing.assert_array_equal(images.decode(tmp_path / "middle.png", (1, 10, 10)), 1)


def test_without_pillow_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"pip install 'skipwright\[images\]'"):
        data_info(str(folder(tmp_path / "c")))


def test_what_cannot_be_learnt_from_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="has images of 0 classes; it needs a folder for each"):
        data_info(str(tmp_path))
    root = folder(tmp_path / "c")
    (root / "blue" / "0.png").write_bytes(b"nonsense")
    with pytest.raises(DataError, match=r"0\.png cannot be decoded .* take it out"):
        load_arrays(str(root), Demand())
    monkeypatch.setattr(images, "MOST_BYTES", 1000)
    with pytest.raises(DataError, match="of memory at 64×64"):
        data_info(str(root))


def test_a_held_out_class_that_is_not_learnt_is_named(tmp_path: Path) -> None:
    folder(tmp_path / "train")
    folder(tmp_path / "test")
    (tmp_path / "test" / "red").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "test" / "red" / "0.png")
    with pytest.raises(DataError, match="has the class 'red' in test but not in train"):
        data_info(str(tmp_path))
