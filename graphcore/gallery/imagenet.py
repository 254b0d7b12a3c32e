"""Classifiers for ImageNet with the names and the ``state_dict`` of torchvision: ResNet, VGG and
DenseNet."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from graphcore.diagram import Block, Diagram, Edge, Node, PortRef
from graphcore.expression import Expr
from graphcore.gallery.residual import STRIDE, basic_block, convolution
from graphcore.gallery.template import Template, chained, layer, skip
from graphcore.spec import Args, IntParam, Param

_RESNET = "He et al. 2016, Deep Residual Learning for Image Recognition, arXiv:1512.03385"
_VGG = "Simonyan and Zisserman 2015, Very Deep Convolutional Networks, arXiv:1409.1556"
_DENSENET = "Huang et al. 2017, Densely Connected Convolutional Networks, arXiv:1608.06993"

CLASSES = IntParam(name="classes", doc="Classes to tell apart.", default=1000, maximum=1_000_000)


def image(size: int, channels: int = 3) -> Node:
    """The input: a batch of square images."""
    return layer("x", "Input", shape=("N", channels, size, size))


def classes_of(args: Args) -> tuple[Param, ...]:
    """The parameter ``classes`` with the option's value as its default."""
    return (replace(CLASSES, default=args["classes"]),)  # type: ignore[arg-type]  # a number


def _bottleneck() -> Block:
    nodes = (
        layer("x", "Input"),
        convolution("conv1", Expr("width"), 1),
        layer("bn1", "BatchNorm2d"),
        layer("relu1", "ReLU"),
        convolution("conv2", Expr("width"), 3, stride=Expr("stride")),
        layer("bn2", "BatchNorm2d"),
        layer("relu2", "ReLU"),
        convolution("conv3", Expr("4 * width"), 1),
        layer("bn3", "BatchNorm2d"),
        layer("relu3", "ReLU"),
        layer("output", "Output"),
    )
    params = (IntParam(name="width", doc="Channels inside; four times as many leave."), STRIDE)
    doc = "A 1×1, a 3×3 and a 1×1 convolution, and a shortcut."
    return chained(nodes, [skip("x", "relu3", "downsample")], params, doc)


def _resnet(depth: int, copies: tuple[int, ...], block: str, args: Args) -> Diagram:
    halving = Expr("2 if i == 0 else 1")
    stages = [
        layer(f"layer{i + 1}", block, repeat=n, width=64 << i, stride=halving if i else 1)
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
    main = chained(nodes, params=classes_of(args), doc=f"ResNet-{depth} for ImageNet.")
    inner = _bottleneck()
    if block == "BasicBlock":
        inner = basic_block(
            skip("x", "relu2", "downsample"), "Two 3×3 convolutions and a shortcut."
        )
    return Diagram({f"ResNet{depth}": main, block: inner}, f"ResNet{depth}")


_VGG_STAGES = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def _vgg(depth: int, norm: bool, args: Args) -> Diagram:
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


def _dense_layer(growth: int) -> Block:
    nodes = (
        layer("x", "Input"),
        layer("norm1", "BatchNorm2d"),
        layer("relu1", "ReLU"),
        convolution("conv1", 4 * growth, 1),
        layer("norm2", "BatchNorm2d"),
        layer("relu2", "ReLU"),
        convolution("conv2", growth, 3),
        layer("output", "Output"),
    )
    block = chained(nodes, doc="Its input, and what a bottleneck makes of it, side by side.")
    dense = Edge("dense", PortRef("x", "y"), PortRef("output", "x"), "dense")
    edges = {"dense": dense, **block.graph.edges}
    return replace(block, graph=replace(block.graph, edges=edges))


def _transition() -> Block:
    nodes = (
        layer("x", "Input"),
        layer("norm", "BatchNorm2d"),
        layer("relu", "ReLU"),
        convolution("conv", Expr("in_channels // 2"), 1),
        layer("pool", "AvgPool2d", kernel_size=2, stride=2),
        layer("output", "Output"),
    )
    return chained(nodes, doc="Half the channels, half the size.")


def _densenet(depth: int, first: int, growth: int, copies: tuple[int, ...], args: Args) -> Diagram:
    inside: list[Node] = [
        layer("x", "Input"),
        convolution("conv0", first, 7, stride=2),
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
        "DenseLayer": _dense_layer(growth),
        "Transition": _transition(),
    }
    return Diagram(blocks, name)


_RESNETS = {
    18: ((2, 2, 2, 2), "BasicBlock"),
    34: ((3, 4, 6, 3), "BasicBlock"),
    50: ((3, 4, 6, 3), "Bottleneck"),
    101: ((3, 4, 23, 3), "Bottleneck"),
    152: ((3, 8, 36, 3), "Bottleneck"),
}
_DENSENETS = {
    121: (64, 32, (6, 12, 24, 16)),
    161: (96, 48, (6, 12, 36, 24)),
    169: (64, 32, (6, 12, 32, 32)),
    201: (64, 32, (6, 12, 48, 32)),
}

TEMPLATES = (
    *(
        Template(
            name=f"resnet{depth}",
            title=f"ResNet-{depth}",
            doc=f"{depth} layers for ImageNet, a shortcut round every "
            + ("two convolutions." if block == "BasicBlock" else "bottleneck."),
            paper=_RESNET,
            make=partial(_resnet, depth, copies, block),
            options=(CLASSES,),
        )
        for depth, (copies, block) in _RESNETS.items()
    ),
    *(
        Template(
            name=f"vgg{depth}{'-bn' * norm}",
            title=f"VGG-{depth}" + " with batch norm" * norm,
            doc=f"{depth} layers of 3×3 convolutions and no shortcut: where depth began to hurt.",
            paper=_VGG,
            make=partial(_vgg, depth, norm),
            options=(CLASSES,),
        )
        for depth in _VGG_STAGES
        for norm in (False, True)
    ),
    *(
        Template(
            name=f"densenet{depth}",
            title=f"DenseNet-{depth}",
            doc=f"{depth} layers, each of which sees the outputs of all before it.",
            paper=_DENSENET,
            make=partial(_densenet, depth, first, growth, copies),
            options=(CLASSES,),
        )
        for depth, (first, growth, copies) in _DENSENETS.items()
    ),
)
