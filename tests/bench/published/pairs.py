"""For every model of the gallery the same one written by hand, and a batch that both can take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from graphcore.gallery import build
from graphcore.module import to_module
from graphcore.spec import ParamValue
from tests.bench.published.conformer import Conformer
from tests.bench.published.convolutional import VGG, Impala, cifar_densenet, densenet
from tests.bench.published.efficientnet import EfficientNetB0
from tests.bench.published.gpt import GPT
from tests.bench.published.residual import (
    BasicBlock,
    Bottleneck,
    CifarResNet,
    PlainBlock,
    PreActResNet,
    ResNet,
)
from tests.bench.published.transformers import Bert, VisionTransformer, encoder
from tests.bench.published.unet import UNet
from tests.bench.published.variants import (
    ReZeroBlock,
    ReZeroWithoutNorm,
    SEBasicBlock,
    SEBottleneck,
    stochastic,
)


@dataclass(frozen=True)
class Pair:
    """``written`` builds by hand what the gallery builds with ``options``; ``shapes`` are those of
    its inputs. Inputs of whole numbers are drawn below ``below``, one bound an input."""

    written: Callable[[], nn.Module]
    shapes: tuple[tuple[int, ...], ...]
    below: tuple[int, ...] = ()
    options: Mapping[str, ParamValue] = field(default_factory=dict)

    def inputs(self) -> tuple[Tensor, ...]:
        """A random batch, on the device that is set."""
        if self.below:
            drawn = zip(self.below, self.shapes, strict=True)
            return tuple(torch.randint(0, bound, shape) for bound, shape in drawn)
        return tuple(torch.randn(shape) for shape in self.shapes)


def _images(count: int, size: int, colors: int = 3) -> tuple[tuple[int, ...]]:
    return ((count, colors, size, size),)


def _imagenet() -> Iterator[tuple[str, Pair]]:
    pictures = _images(2, 64)
    for depth, block, copies, expansion in (
        (18, BasicBlock, (2, 2, 2, 2), 1),
        (34, BasicBlock, (3, 4, 6, 3), 1),
        (50, Bottleneck, (3, 4, 6, 3), 4),
        (101, Bottleneck, (3, 4, 23, 3), 4),
        (152, Bottleneck, (3, 8, 36, 3), 4),
    ):
        yield f"resnet{depth}", Pair(partial(ResNet, block, copies, expansion), pictures)
    yield "se-resnet50", Pair(partial(ResNet, SEBottleneck, (3, 4, 6, 3), 4), pictures)
    for depth in (16, 19):
        yield f"vgg{depth}", Pair(partial(VGG, depth, norm=False), _images(2, 32))
        yield f"vgg{depth}-bn", Pair(partial(VGG, depth, norm=True), _images(2, 32))
    yield "densenet121", Pair(partial(densenet, (6, 12, 24, 16)), pictures)
    yield "densenet161", Pair(partial(densenet, (6, 12, 36, 24), 48), pictures)
    yield "densenet169", Pair(partial(densenet, (6, 12, 32, 32)), pictures)
    yield "densenet201", Pair(partial(densenet, (6, 12, 48, 32)), pictures)
    yield "efficientnet-b0", Pair(EfficientNetB0, pictures)
    sizes = (64, 128, 256, 512, 1024)
    yield "unet", Pair(partial(UNet, 1, sizes, 2, padded=False), _images(1, 188, 1))
    yield "unet-bn", Pair(partial(UNet, 3, sizes, 2, padded=True), _images(1, 64))
    yield "impala", Pair(Impala, _images(4, 84, 4))


def _cifar() -> Iterator[tuple[str, Pair]]:
    pictures, few = _images(4, 32), _images(2, 16)
    padded = partial(BasicBlock, pad=True)
    for depth in (20, 32, 44, 56, 110):
        yield f"resnet{depth}-cifar", Pair(partial(CifarResNet, padded, depth), pictures)
        yield f"plain{depth}-cifar", Pair(partial(CifarResNet, PlainBlock, depth), pictures)
    yield "resnet1202-cifar", Pair(partial(CifarResNet, padded, 1202), few)
    yield "resnet164-cifar", Pair(partial(PreActResNet, 164), pictures)
    yield "resnet1001-cifar", Pair(partial(PreActResNet, 1001), few)
    gated = partial(SEBasicBlock, reduction=16, pad=True)
    yield "se-resnet110-cifar", Pair(partial(CifarResNet, gated, 110), pictures)
    yield "rezero56-cifar", Pair(partial(CifarResNet, ReZeroBlock, 56), pictures)
    yield "stochastic-depth110-cifar", Pair(partial(stochastic, 110, 0.5), pictures)
    yield "densenet-bc100-cifar", Pair(partial(cifar_densenet, 100), pictures)
    yield "densenet40-cifar", Pair(partial(cifar_densenet, 40, bottleneck=False), pictures)


def _digits() -> Iterator[tuple[str, Pair]]:
    pictures = _images(64, 8, 1)
    for depth in (20, 56):
        projected = partial(CifarResNet, BasicBlock, depth, colors=1)
        yield f"resnet{depth}-digits", Pair(projected, pictures)
        plain = partial(CifarResNet, PlainBlock, depth, colors=1)
        yield f"plain{depth}-digits", Pair(plain, pictures)
    gated = partial(SEBasicBlock, reduction=4, pad=False)
    yield "se-resnet20-digits", Pair(partial(CifarResNet, gated, 20, colors=1), pictures)
    rezero = partial(CifarResNet, ReZeroWithoutNorm, 56, 8, 1, norm=False)
    yield "rezero56-digits", Pair(rezero, pictures)
    by_chance = partial(stochastic, 56, 0.2, width=8, colors=1, pad=False)
    yield "stochastic-depth56-digits", Pair(by_chance, pictures)
    yield "preact56-digits", Pair(partial(PreActResNet, 56, 8, 1), pictures)
    yield "densenet22-digits", Pair(partial(cifar_densenet, 22, 8, 1), pictures)
    small = partial(VisionTransformer, 1, 8, 2, 64, 3, 4, 128, 0.2, 10)
    yield "vit-digits", Pair(small, pictures)
    yield "unet-shapes", Pair(partial(UNet, 1, (8, 16, 32, 64), 4, padded=True), _images(16, 64, 1))
    yield "mlp-digits", Pair(perceptron, pictures)
    yield "draw-your-own", Pair(three_convolutions, pictures)


def _sequences() -> Iterator[tuple[str, Pair]]:
    yield "gpt2", Pair(GPT, ((1, 32),), (50257,))
    yield "gpt-chars", Pair(partial(GPT, 96, 64, 96, 3, 4), ((16, 64),), (96,))
    yield "bert-base", Pair(Bert, ((1, 32), (1, 32)), (30522, 2))
    smaller = {"image_size": 64}
    yield "vit-b-16", Pair(partial(VisionTransformer, 3, 64), _images(1, 64), options=smaller)
    yield "encoder-pre-ln", Pair(partial(encoder, True), ((2, 32, 512),))
    yield "encoder-post-ln", Pair(partial(encoder, False), ((2, 32, 512),))
    yield "conformer", Pair(Conformer, ((4, 50, 80),))


def perceptron() -> nn.Sequential:
    """Three linear layers for the digits."""
    hidden = [nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU()]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(64, 10))


def three_convolutions() -> nn.Sequential:
    """The small network that the first diagram of one's own begins with."""
    layers: list[nn.Module] = []
    for channels in (1, 16, 16):
        layers += [nn.Conv2d(channels, 16, 3, padding=1), nn.ReLU()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(16, 10))


PAIRS: dict[str, Pair] = {
    name: pair for family in (_imagenet, _cifar, _digits, _sequences) for name, pair in family()
}


def matched(ours: nn.Module, theirs: nn.Module) -> dict[str, str]:
    """The key in ``ours`` of every tensor of ``theirs``: of the same name where all names are the
    same, else the next of the same shape and type. Raises ValueError where they do not match."""
    named, wanted = ours.state_dict(), theirs.state_dict()
    if named.keys() == wanted.keys():
        return {key: key for key in wanted}
    waiting: dict[object, list[str]] = defaultdict(list)
    for key, tensor in named.items():
        waiting[_kind(tensor)].append(key)
    found = {}
    for key, tensor in wanted.items():
        if not waiting[_kind(tensor)]:
            raise ValueError(f"nothing is left of the shape {tuple(tensor.shape)} of '{key}'")
        found[key] = waiting[_kind(tensor)].pop(0)
    if left := [key for keys in waiting.values() for key in keys]:
        raise ValueError(f"the model by hand has nothing for {left}")
    return found


def _kind(tensor: Tensor) -> tuple[object, ...]:
    return tensor.dtype, tuple(tensor.shape)


def both(name: str) -> tuple[nn.Module, nn.Module]:
    """The model that the gallery calls ``name``: generated, and by hand."""
    pair = PAIRS[name]
    return to_module(build(name, **pair.options)), pair.written()


def made_equal(ours: nn.Module, theirs: nn.Module) -> None:
    """Give ``theirs`` the state of ``ours``, which first gets some where it began with zeros or
    ones, so that no branch is silent."""
    with torch.no_grad():
        for tensor in {id(tensor): tensor for tensor in ours.state_dict().values()}.values():
            if tensor.dim() < 2 and tensor.is_floating_point():
                tensor.add_(torch.rand_like(tensor) / 4)
    state = ours.state_dict()
    theirs.load_state_dict({key: state[own] for key, own in matched(ours, theirs).items()})


def outputs_of(model: nn.Module, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """What ``model`` gives, always as a tuple."""
    found = model(*inputs)
    return found if isinstance(found, tuple) else (found,)
