"""What a step takes, who takes most of it, and what would fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graphcore import gallery
from graphcore.analysis import analyse
from graphcore.diagram import Definition, Diagram, Step
from graphcore.summary import summarise
from graphcore.training.faults.memory_need import MemoryNeed, amount, in_words, memory_of
from graphcore.training.recipe import Recipe
from tests.diagrams import block, diagram, image, node

MIB = 2**20


def wide_net() -> Diagram:
    """Weights of 1,000 × 10 at the end of activations of 16 × 8 × 8."""
    return diagram(
        block(
            image(1),
            node("stem", "Conv2d", out_channels=16, kernel_size=3, padding=1),
            node("relu", "ReLU"),
            node("flatten", "Flatten"),
            node("head", "Linear", out_features=10),
            node("output", "Output"),
        )
    )


def need_of(network: Diagram, **recipe: object) -> MemoryNeed:
    return memory_of(analyse(network), Recipe(**recipe))  # type: ignore[arg-type]


def test_every_output_is_counted_and_every_weight_with_what_goes_with_it() -> None:
    need = need_of(wide_net(), batch_size=8, optimizer="adam")
    floats = 8 * (16 * 64 + 16 * 64 + 10)  # a view by Flatten takes nothing
    weights = 16 * 9 + 16 + 1024 * 10 + 10
    assert need.activations == 4 * floats
    assert need.weights == 4 * weights * 4  # itself, its gradient and two moments
    assert need.total == need.activations + need.weights
    head = 4 * (8 * 10 + 4 * (1024 * 10 + 10))
    assert [(block.label, block.bytes) for block in need.blocks[:1]] == [("head", head)]
    assert need.blocks[0].instance == (Step("head", 0),)
    assert need.blocks[0].definition == Definition("Net", "head")


@pytest.mark.parametrize(
    ("recipe", "copies"),
    [
        ({"optimizer": "sgd", "momentum": 0.0}, 2),
        ({"optimizer": "sgd"}, 3),
        ({"optimizer": "rmsprop"}, 4),
        ({"optimizer": "adamw"}, 4),
        ({"optimizer": "muon"}, 3),
    ],
)
def test_what_the_optimizer_keeps(recipe: dict[str, object], copies: int) -> None:
    assert need_of(wide_net(), **recipe).weights == 4 * copies * (16 * 10 + 1025 * 10)


def test_parts_and_half_precision_take_less_at_once() -> None:
    whole = need_of(wide_net(), batch_size=64)
    parts = need_of(wide_net(), batch_size=64, accumulation=4)
    half = need_of(wide_net(), batch_size=64, precision="bf16")
    assert parts.activations * 4 == whole.activations
    assert half.activations * 2 == whole.activations
    assert parts.weights == half.weights == whole.weights


@pytest.mark.parametrize("name", ["resnet20-digits", "unet-bn", "gpt2", "vgg19-bn", "resnet50"])
def test_it_is_about_what_autograd_keeps_of_the_models_people_mean(name: str) -> None:
    network = gallery.build(name)
    kept = summarise(network).activations_bytes
    need = need_of(network, batch_size=10)
    assert 1 < need.activations / 10 / kept < 1.6


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("resnet50", ["layer1", "layer2", "layer3"]),
        ("vgg19-bn", ["features.conv1_2", "features.conv1_1", "features.bn1_1"]),
        ("gpt2", ["transformer.h.mlp.c_fc"]),
    ],
)
def test_what_takes_nearly_all_gives_way_to_what_is_inside(name: str, labels: list[str]) -> None:
    blocks = need_of(gallery.build(name), batch_size=64).blocks
    assert [block.label for block in blocks[: len(labels)]] == labels
    assert [block.bytes for block in blocks] == sorted((b.bytes for b in blocks), reverse=True)


def need(samples: int, activations: int, weights: int = 0) -> MemoryNeed:
    return MemoryNeed(samples, activations, weights, ())


@pytest.mark.parametrize(
    ("it", "free", "samples"),
    [
        (need(64, 64 * MIB), None, 32),
        (need(64, 64 * MIB), 1000 * MIB, 32),  # something else took it: still fewer than now
        (need(64, 64 * MIB), 14 * MIB, 8),
        (need(64, 64 * MIB, 8 * MIB), 11 * MIB, 0),
        (need(48, 48 * MIB), None, 16),
        (need(1, MIB), None, 0),
        (need(64, 64 * MIB), 0, 0),
    ],
)
def test_what_would_fit(it: MemoryNeed, free: int | None, samples: int) -> None:
    assert it.samples_within(free) == samples


def test_the_words_name_the_blocks_and_what_to_do() -> None:
    recipe = Recipe(batch_size=4096)
    words = in_words(memory_of(analyse(wide_net()), recipe), recipe, 25 * MIB)
    assert words == (
        "a step of 4,096 samples takes about 32.3 MiB, most of it for 'stem' (16.0 MiB), 'relu' "
        "(16.0 MiB) and 'head' (280.1 KiB). Choose a batch size of 1,024, keep 4,096 and go "
        "through it in 4 parts (accumulation), or take the precision bf16, which halves most of it"
    )


def test_the_words_where_parts_are_not_enough_yet() -> None:
    recipe = Recipe(batch_size=4096, accumulation=2, precision="bf16")
    words = in_words(memory_of(analyse(wide_net()), recipe), recipe, 10 * MIB)
    assert "Choose a batch size of 2,048, or keep 4,096 and go through it in 4 parts" in words


def test_the_words_where_not_even_a_sample_fits() -> None:
    recipe = replace(Recipe(), batch_size=1)
    words = in_words(memory_of(analyse(wide_net()), recipe), recipe)
    assert "choose a smaller network, or another device" in words


@pytest.mark.parametrize(
    ("size", "text"),
    [(100, "0.1 KiB"), (MIB, "1.0 MiB"), (3 * 2**30, "3.0 GiB"), (5 * 2**40, "5.0 TiB")],
)
def test_amounts(size: int, text: str) -> None:
    assert amount(size) == text
