"""Classifiers for ImageNet with the names and the ``state_dict`` of torchvision: ResNet, VGG and
DenseNet."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from graphcore.diagram import Block, Diagram, Node
from graphcore.expression import Expr
from graphcore.gallery.dense import GROWTH, dense_layer, transition
from graphcore.gallery.residual import basic_block, bottleneck, convolution
from graphcore.gallery.template import (
    HALVING,
    Template,
    chained,
    classes,
    image,
    layer,
    skip,
    with_defaults,
)
from graphcore.spec import Args, ChoiceParam, IntParam, Param

_RESNET = "He et al. 2016, Deep Residual Learning for Image Recognition, arXiv:1512.03385"
_VGG = "Simonyan and Zisserman 2015, Very Deep Convolutional Networks, arXiv:1409.1556"
_DENSENET = "Huang et al. 2017, Densely Connected Convolutional Networks, arXiv:1608.06993"

CLASSES = classes(1000)
_GROUPS = (
    IntParam(
        name="groups",
        doc="Groups of the 3×3 convolutions; 32 of width 4 make a ResNeXt (Xie et al. 2017).",
        default=1,
        maximum=1024,
    ),
    IntParam(
        name="group_width",
        doc="Channels of a group in the first stage; 128 in one group make a Wide ResNet "
        "(Zagoruyko and Komodakis 2016).",
        default=64,
        maximum=4096,
    ),
)


RESNETS = {
    18: ((2, 2, 2, 2), "BasicBlock"),
    34: ((3, 4, 6, 3), "BasicBlock"),
    50: ((3, 4, 6, 3), "Bottleneck"),
    101: ((3, 4, 23, 3), "Bottleneck"),
    152: ((3, 8, 36, 3), "Bottleneck"),
}
"""Copies in each stage, and of which block."""


def classes_of(args: Args) -> tuple[Param, ...]:
    """The parameter ``classes`` with the option's value as its default."""
    return with_defaults((CLASSES,), args)


def resnet(name: str, depth: int, inner: Block, args: Args) -> Diagram:
    """A ResNet of the blocks ``inner``, called BasicBlock or Bottleneck as its depth has it."""
    copies, block = RESNETS[depth]
    stages = [
        layer(f"layer{i + 1}", block, repeat=n, width=64 << i, stride=HALVING if i else 1)
        for i, n in enumerate(copies)
    ]
    nodes = (
        image(224),
        convolution("conv1", 64, 7, stride=2),
        layer("bn1", "BatchNorm2d"),
        layer("relu", "ReLU"),
        layer("maxpool", "MaxPool2d", kernel_size=3, stride=2, padding=1),
        *stages,
        layer("avgpool", "AdaptiveAvgPool2d", output_size=1),
        layer("flatten", "Flatten"),
        layer("fc", "Linear", out_features=Expr("classes")),
        layer("output", "Output"),
    )
    kind = name.removesuffix(str(depth))
    main = chained(nodes, params=classes_of(args), doc=f"{kind}-{depth} for ImageNet.")
    return Diagram({name: main, block: inner}, name)


def _basic(depth: int, args: Args) -> Diagram:
    inner = basic_block(skip("x", "relu2", "downsample"), "Two 3×3 convolutions and a shortcut.")
    return resnet(f"ResNet{depth}", depth, inner, args)


def _deep(depth: int, args: Args) -> Diagram:
    groups, each = args["groups"], args["group_width"]
    assert isinstance(groups, int)
    assert isinstance(each, int)
    inside = groups * each
    factor = f"{inside // 64} * width" if inside % 64 == 0 else f"{inside} * width // 64"
    doc = "A 1×1, a 3×3 and a 1×1 convolution, and a shortcut."
    inner = bottleneck(doc, "width" if inside == 64 else factor, groups)
    return resnet(f"ResNe{'X' if groups > 1 else ''}t{depth}", depth, inner, args)


_VGG_STAGES = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


_VGG_DEPTH = ChoiceParam(
    name="depth",
    doc="Layers with weights.",
    default="16",
    choices=tuple(map(str, _VGG_STAGES)),
)


def _vgg(norm: bool, args: Args) -> Diagram:
    depth = int(str(args["depth"]))
    features: list[Node] = [layer("x", "Input")]
    for stage, count in enumerate(_VGG_STAGES[depth], 1):
        width = min(64 << (stage - 1), 512)
        for place in range(1, count + 1):
            name = f"{stage}_{place}"
            features.append(
                layer(f"conv{name}", "Conv2d", out_channels=width, kernel_size=3, padding=1)
            )
            features += [layer(f"bn{name}", "BatchNorm2d")] * norm
            features.append(layer(f"relu{name}", "ReLU"))
        features.append(layer(f"pool{stage}", "MaxPool2d", kernel_size=2, stride=2))
    features.append(layer("output", "Output"))
    classifier = (
        layer("x", "Input"),
        layer("fc1", "Linear", out_features=4096),
        layer("relu1", "ReLU"),
        layer("dropout1", "Dropout", p=0.5),
        layer("fc2", "Linear", out_features=4096),
        layer("relu2", "ReLU"),
        layer("dropout2", "Dropout", p=0.5),
        layer("fc3", "Linear", out_features=Expr("classes")),
        layer("output", "Output"),
    )
    nodes = (
        image(224),
        layer("features", "Features"),
        layer("avgpool", "AdaptiveAvgPool2d", output_size=7),
        layer("flatten", "Flatten"),
        layer("classifier", "Classifier", classes=Expr("classes")),
        layer("output", "Output"),
    )
    name = f"VGG{depth}{'BN' if norm else ''}"
    main = chained(nodes, params=classes_of(args), doc=f"VGG-{depth} for ImageNet.")
    head = chained(classifier, params=(replace(CLASSES, default=None),))
    blocks = {
        name: main,
        "Features": replace(chained(features), form="sequential"),
        "Classifier": replace(head, form="sequential"),
    }
    return Diagram(blocks, name)


def _densenet(depth: int, copies: tuple[int, ...], args: Args) -> Diagram:
    growth = args["growth"]
    assert isinstance(growth, int)
    inside: list[Node] = [
        layer("x", "Input"),
        convolution("conv0", 2 * growth, 7, stride=2),
        layer("norm0", "BatchNorm2d"),
        layer("relu0", "ReLU"),
        layer("pool0", "MaxPool2d", kernel_size=3, stride=2, padding=1),
    ]
    for stage, count in enumerate(copies, 1):
        dense = layer(f"denseblock{stage}", "DenseLayer", repeat=count)
        inside.append(replace(dense, copy_names="denselayer{i+1}"))
        if stage < len(copies):
            inside.append(layer(f"transition{stage}", "Transition"))
    inside += [layer("norm5", "BatchNorm2d"), layer("output", "Output")]
    nodes = (
        image(224),
        layer("features", "Features"),
        layer("relu", "ReLU"),
        layer("avgpool", "AdaptiveAvgPool2d", output_size=1),
        layer("flatten", "Flatten"),
        layer("classifier", "Linear", out_features=Expr("classes")),
        layer("output", "Output"),
    )
    name = f"DenseNet{depth}"
    main = chained(nodes, params=classes_of(args), doc=f"{name} for ImageNet.")
    blocks = {
        name: main,
        "Features": chained(inside, doc="Everything before the classifier."),
        "DenseLayer": dense_layer(growth),
        "Transition": transition(),
    }
    return Diagram(blocks, name)


_DENSENETS = {
    121: (32, (6, 12, 24, 16)),
    161: (48, (6, 12, 36, 24)),
    169: (32, (6, 12, 32, 32)),
    201: (32, (6, 12, 48, 32)),
}

TEMPLATES = (
    *(
        Template(
            name=f"resnet{depth}",
            title=f"ResNet-{depth}",
            doc=f"{depth} layers for ImageNet, a shortcut round every "
            + ("two convolutions." if block == "BasicBlock" else "bottleneck."),
            paper=_RESNET,
            make=partial(_basic if block == "BasicBlock" else _deep, depth),
            options=(CLASSES,) if block == "BasicBlock" else (*_GROUPS, CLASSES),
        )
        for depth, (_, block) in RESNETS.items()
    ),
    *(
        Template(
            name=f"vgg{depth}{'-bn' * norm}",
            title=f"VGG-{depth}" + " with batch norm" * norm,
            doc=f"{depth} layers of 3×3 convolutions and no shortcut: where depth began to hurt.",
            paper=_VGG,
            make=partial(_vgg, norm),
            options=(replace(_VGG_DEPTH, default=str(depth)), CLASSES),
        )
        for depth in (16, 19)
        for norm in (False, True)
    ),
    *(
        Template(
            name=f"densenet{depth}",
            title=f"DenseNet-{depth}",
            doc=f"{depth} layers, each of which sees the outputs of all before it.",
            paper=_DENSENET,
            make=partial(_densenet, depth, copies),
            options=(replace(GROWTH, default=growth), CLASSES),
        )
        for depth, (growth, copies) in _DENSENETS.items()
    ),
)
