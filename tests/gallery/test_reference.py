"""The models are the ones that people mean: tensors and outputs of the published code.

Each file in ``reference`` holds a model's ``state_dict`` (key, shape), and its output when every
tensor is filled by position, as :func:`fill` does, in float64 in evaluation.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from graphcore.analysis import analyse, leaves
from graphcore.gallery import build
from graphcore.module import to_module
from graphcore.spec import ParamValue

FOLDER = Path(__file__).parent / "reference"

MODELS = {
    "resnet18": "resnet18",
    "resnet34": "resnet34",
    "resnet50": "resnet50",
    "resnet152": "resnet152",
    "vgg19": "vgg19",
    "vgg19-bn": "vgg19_bn",
    "resnet20-cifar": "cifar_resnet20_option_a",
    "resnet56-cifar": "cifar_resnet56_option_a",
    "resnet110-cifar": "cifar_resnet110_option_a",
    "densenet121": "densenet121",
    "efficientnet-b0": "efficientnet_b0",
    "unet-bn": "unet_bn_bilinear_false",
    "gpt2": "gpt2",
    "vit-b-16": "vit_b_16",
    "bert-base": "bert_base",
    "conformer": "conformer",
}

COUNTS = {
    "resnet101": 44_549_160,
    "densenet161": 28_681_000,
    "densenet169": 14_149_480,
    "densenet201": 20_013_928,
    "resnet32-cifar": 464_154,
    "resnet44-cifar": 658_586,
    "resnet1202-cifar": 19_421_274,
    "resnet164-cifar": 1_703_258,
    "resnet1001-cifar": 10_327_706,
    "plain20-cifar": 269_722,
    "plain32-cifar": 464_154,
    "plain44-cifar": 658_586,
    "plain56-cifar": 853_018,
    "plain110-cifar": 1_727_962,
    "densenet-bc100-cifar": 769_162,
    "densenet40-cifar": 1_019_722,
    "impala": 1_089_232,
    "se-resnet50": 28_088_024,
    # The residual networks that they change, and what the change adds: a gain on each of the 27
    # branches; 2·c²/16 + c + c/16 for the gate of each of 18 branches of 16, 32 and 64 channels.
    "rezero56-cifar": 853_018 + 27,
    "stochastic-depth110-cifar": 1_727_962,
    "se-resnet110-cifar": 1_727_962 + 18 * (32 + 17 + 128 + 34 + 512 + 68),
    "unet": 31_030_658,
}
"""Parameters as published; where an output is recorded too, the file has the count."""


def fill(model: nn.Module) -> nn.Module:
    """Fill every tensor from its position in the ``state_dict`` and its own key."""
    model.double().eval()
    with torch.no_grad():
        for position, (key, tensor) in enumerate(model.state_dict().items()):
            if not tensor.is_floating_point():
                tensor.zero_()
                continue
            generator = torch.Generator().manual_seed(1000 + position)
            values = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
            if tensor.dim() > 1:
                values /= (tensor.numel() / tensor.shape[0]) ** 0.5
            elif key.endswith(("running_var", "weight")):
                values = 1 + 0.1 * values.abs()
            else:
                values *= 0.1
            tensor.copy_(values)
    return model


def image(shape: list[int]) -> torch.Tensor:
    """The batch that every model is shown."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(7), dtype=torch.float64)


TOKENS = {"gpt2": 50_257, "bert-base": 30_522}
"""The vocabulary of the models that read text."""

BY_POSITION = ("bert-base",)
"""The models whose hierarchy is another one: order and shapes agree, so that weights can be loaded
by position."""


def sample(name: str, shape: list[int]) -> tuple[torch.Tensor, ...]:
    """The batch that the model ``name`` is shown; the types of all tokens are 0."""
    if name not in TOKENS:
        return (image(shape),)
    generator = torch.Generator().manual_seed(7)
    tokens = torch.randint(TOKENS[name], shape, generator=generator)
    return (tokens, torch.zeros_like(tokens)) if name == "bert-base" else (tokens,)


def output_of(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """The first output of the model when its tensors are filled."""
    with torch.no_grad():
        y = fill(model)(*inputs)
    first: torch.Tensor = y[0] if isinstance(y, tuple) else y
    return first


@pytest.mark.parametrize(("name", "file"), MODELS.items())
def test_tensors_and_outputs_are_those_of_the_published_model(name: str, file: str) -> None:
    reference: dict[str, Any] = json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8"))
    model = to_module(build(name))
    held = [[key, list(tensor.shape)] for key, tensor in model.state_dict().items()]
    wanted = reference["state_dict"]
    assert [shape for _, shape in held] == [shape for _, shape in wanted]
    assert held == wanted or name in BY_POSITION
    assert sum(p.numel() for p in model.parameters()) == reference["parameters"]
    y = output_of(model, sample(name, reference["input"][0]))
    assert list(y.shape) == reference["output"]
    assert y.flatten()[:8].tolist() == pytest.approx(reference["first"], rel=1e-8, abs=1e-9)
    assert y.norm().item() == pytest.approx(reference["norm"], rel=1e-8)


OTHERS: list[tuple[str, dict[str, ParamValue], int]] = [
    ("resnet20-cifar", {"shortcut": "auto"}, 269_722 + 2_752),
    ("resnet56-cifar", {"shortcut": "auto"}, 853_018 + 2_752),
    ("resnet110-cifar", {"shortcut": "auto"}, 1_727_962 + 2_752),
    ("resnet20-cifar", {"depth": 32}, 464_154),
    ("resnet50", {"groups": 32, "group_width": 4}, 25_028_904),
    ("resnet101", {"groups": 32, "group_width": 8}, 88_791_336),
    ("resnet101", {"groups": 64, "group_width": 4}, 83_455_272),
    ("resnet50", {"group_width": 128}, 68_883_240),
    ("resnet101", {"group_width": 128}, 126_886_696),
    ("vgg16", {"depth": "11"}, 132_863_336),
    ("vgg16", {"depth": "13"}, 133_047_848),
    ("vgg16-bn", {"depth": "11"}, 132_868_840),
    ("vgg16-bn", {"depth": "13"}, 133_053_736),
    ("se-resnet50", {"depth": "101"}, 49_326_872),
    ("se-resnet50", {"depth": "152"}, 66_821_848),
    ("gpt2", {"width": 1024, "depth": 24, "heads": 16}, 354_823_168),
    ("gpt2", {"width": 1600, "depth": 48, "heads": 25}, 1_557_611_200),
    ("vit-b-16", {"patch_size": 32}, 88_224_232),
    ("vit-b-16", {"width": 1024, "depth": 24, "heads": 16, "hidden": 4096}, 304_326_632),
    ("bert-base", {"width": 1024, "depth": 24, "heads": 16, "hidden": 4096}, 335_141_888),
    ("conformer", {"width": 512, "depth": 17, "heads": 8, "hidden": 2048}, 103_029_248),
    ("efficientnet-b0", {"size": "B1"}, 7_794_184),
    ("efficientnet-b0", {"size": "B2"}, 9_109_994),
    ("efficientnet-b0", {"size": "B3"}, 12_233_232),
    ("efficientnet-b0", {"size": "B4"}, 19_341_616),
    ("efficientnet-b0", {"size": "B5"}, 30_389_784),
    ("efficientnet-b0", {"size": "B6"}, 43_040_704),
    ("efficientnet-b0", {"size": "B7"}, 66_347_960),
]
"""Parameters of the published models that options lead to, as torchvision counts them; the deep
SE-ResNets as their weights published for PyTorch have them."""


@pytest.mark.parametrize(("name", "options", "parameters"), OTHERS)
def test_options_lead_to_other_published_models(
    name: str, options: dict[str, ParamValue], parameters: int
) -> None:
    made = analyse(build(name, **options))
    assert made.diagnostics == ()
    assert sum(leaf.parameters for leaf in leaves(made)) == parameters


@pytest.mark.parametrize(
    ("name", "depth", "growth", "millions"),
    [
        ("densenet40-cifar", 40, 12, 1.0),
        ("densenet40-cifar", 100, 12, 7.0),
        ("densenet40-cifar", 100, 24, 27.2),
        ("densenet-bc100-cifar", 100, 12, 0.8),
        ("densenet-bc100-cifar", 250, 24, 15.3),
        ("densenet-bc100-cifar", 190, 40, 25.6),
    ],
)
def test_every_densenet_of_the_table_of_the_paper(
    name: str, depth: int, growth: int, millions: float
) -> None:
    """Table 2 of Huang et al. 2017 gives millions to one decimal."""
    made = analyse(build(name, depth=depth, growth=growth))
    assert round(sum(leaf.parameters for leaf in leaves(made)) / 1e6, 1) == millions


@pytest.mark.parametrize(("name", "parameters"), COUNTS.items())
def test_parameter_counts_are_those_published(name: str, parameters: int) -> None:
    assert sum(leaf.parameters for leaf in leaves(analyse(build(name)))) == parameters
