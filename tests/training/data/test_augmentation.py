from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from graphcore.training.data.arrays import DataInfo
from graphcore.training.data.augmentation import Augmented, augmented
from graphcore.training.data.augmentation_rules import unfit_variations
from graphcore.training.data.minibatches import Data, Samples
from graphcore.training.recipe import Recipe

IMAGES = torch.arange(40 * 2 * 6 * 9, dtype=torch.float32).view(40, 2, 6, 9)
CLASSES = torch.arange(40)
INDICES = torch.tensor([3, 17, 3, 39])


def varied(epoch: int = 0, indices: Tensor = INDICES, **recipe: Any) -> tuple[Tensor, Tensor]:
    return Augmented(Samples(IMAGES, CLASSES), Recipe(**recipe)).at(indices, epoch)


VARIATIONS: list[dict[str, Any]] = [{"flip": True}, {"shift": 2}, {"noise": 0.1}, {"cutout": 3}]


@pytest.mark.parametrize("recipe", [*VARIATIONS, {k: v for r in VARIATIONS for k, v in r.items()}])
class TestEveryVariation:
    def test_is_a_function_of_seed_epoch_and_sample(self, recipe: dict[str, Any]) -> None:
        x, y = varied(4, **recipe)
        assert torch.equal(x, varied(4, **recipe)[0])
        assert torch.equal(x[0], x[2])
        alone = varied(4, torch.tensor([17]), **recipe)[0]
        assert torch.equal(x[1], alone[0])
        assert torch.equal(y, INDICES)

    def test_differs_from_epoch_to_epoch_and_from_seed_to_seed(
        self, recipe: dict[str, Any]
    ) -> None:
        every = torch.arange(40)
        shown = [varied(epoch, every, **recipe)[0] for epoch in range(3)]
        shown += [varied(0, every, seed=1, **recipe)[0]]
        assert all(not torch.equal(a, b) for i, a in enumerate(shown) for b in shown[i + 1 :])

    def test_leaves_what_is_held_out(self, recipe: dict[str, Any]) -> None:
        held_out = Samples(IMAGES[:3], CLASSES[:3])
        data = augmented(Data(Samples(IMAGES, CLASSES), held_out), Recipe(**recipe))
        assert data.held_out is held_out
        assert isinstance(data.train, Augmented)


def test_without_variations_samples_are_not_even_looked_at() -> None:
    data = Data(Samples(IMAGES, CLASSES), Samples(IMAGES, CLASSES))
    assert augmented(data, Recipe()) is data


def test_about_half_of_the_images_are_mirrored_and_the_others_not() -> None:
    x, _ = varied(1, torch.arange(40), flip=True)
    mirrored = [torch.equal(image, IMAGES[i].flip(-1)) for i, image in enumerate(x)]
    same = [torch.equal(image, IMAGES[i]) for i, image in enumerate(x)]
    assert [a != b for a, b in zip(mirrored, same, strict=True)] == [True] * 40
    assert 8 < sum(mirrored) < 32


def test_an_image_is_shifted_whole_and_its_edges_repeated() -> None:
    padded = torch.nn.functional.pad(IMAGES, (2, 2, 2, 2), mode="replicate")
    x, _ = varied(2, torch.arange(40), shift=2)
    found = set()
    for index, image in enumerate(x):
        places = [
            (down, right)
            for down in range(5)
            for right in range(5)
            if torch.equal(image, padded[index, :, down : down + 6, right : right + 9])
        ]
        assert len(places) == 1
        found.add(places[0])
    assert len(found) > 12


def test_classes_of_pixels_move_with_their_image() -> None:
    pixels = IMAGES[:, 0].long()
    x, y = Augmented(Samples(IMAGES, pixels), Recipe(flip=True, shift=3)).at(torch.arange(40), 5)
    assert torch.equal(x[:, 0].long(), y)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_square_is_cut_out(size: int) -> None:
    ones = Samples(torch.ones(40, 2, 12, 12), CLASSES)
    x, _ = Augmented(ones, Recipe(cutout=size)).at(torch.arange(40), 0)
    cut = (x == 0).sum((2, 3))
    assert torch.equal(cut[:, 0], cut[:, 1])
    assert cut.max() == size * size
    assert cut.min() >= (size // 2) ** 2


def test_noise_has_its_deviation() -> None:
    x, _ = varied(0, torch.arange(40), noise=0.5)
    assert (x - IMAGES).std() == pytest.approx(0.5, rel=0.05)


def info(shape: tuple[int, ...], **more: Any) -> DataInfo:
    values: dict[str, Any] = {"target_shape": (), "classes": 3, "train": 8, "held_out": 2}
    return DataInfo("d", "Data", shape, **(values | more))


TEXT = info((8,), target_shape=(8,), classes_last=True, whole=True)


@pytest.mark.parametrize(
    ("recipe", "data", "refused"),
    [
        (Recipe(flip=True, shift=1, cutout=2), info((4,)), {"flip", "shift", "cutout"}),
        (Recipe(noise=0.1), info((4,)), set()),
        (Recipe(noise=0.1), TEXT, {"noise"}),
        (Recipe(shift=8), info((1, 8, 9)), {"shift"}),
        (Recipe(shift=7, flip=True, cutout=99, noise=1), info((1, 8, 9)), set()),
        (Recipe(flip=True), info((1, 8, 9), target_shape=(8, 9)), set()),
        (Recipe(flip=True), info((1, 8, 9), target_shape=(4, 5)), {"flip"}),
        (Recipe(shift=1), info((1, 8, 9), target_shape=(1, 8, 9), classes=None), {"shift"}),
    ],
)
def test_what_samples_do_not_have_is_refused(
    recipe: Recipe, data: DataInfo, refused: set[str]
) -> None:
    assert set(unfit_variations(recipe, data)) == refused
