"""What people have put on the branch of a residual block: a gate for each channel, a gain that
starts at zero, and chance. Each is a scale on F(x), in the residual networks of the other files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from graphcore.diagram import Block, Diagram, Edge, Node, Scale
from graphcore.expression import Expr
from graphcore.gallery.cifar import WIDTH, sizes
from graphcore.gallery.digits import RECIPE
from graphcore.gallery.imagenet import CLASSES, RESNETS, resnet
from graphcore.gallery.residual import basic_block, bottleneck, cifar_main
from graphcore.gallery.template import Template, classes, image, skip, with_defaults
from graphcore.spec import Args, BoolParam, ChoiceParam, FloatParam, IntParam, ParamValue

_SE = "Hu et al. 2018, Squeeze-and-Excitation Networks, arXiv:1709.01507"
_REZERO = "Bachlechner et al. 2021, ReZero is All You Need, arXiv:2003.04887"
_DEPTH = "Huang et al. 2016, Deep Networks with Stochastic Depth, arXiv:1603.09382"

_REDUCTION = IntParam(
    name="reduction", doc="How many channels share one unit of the gate.", default=16, maximum=1024
)
_DROP = FloatParam(
    name="drop",
    doc="Probability that the last block is dropped in training; that of the others grows "
    "linearly up to it.",
    default=0.5,
    minimum=0.0,
    maximum=1.0,
)

_NORM = BoolParam(
    name="norm",
    doc="Keep batch norm; off, the gain alone makes a deep net trainable.",
    default=True,
)


# A gain that starts at zero has to grow before its branch learns, which Adam makes quick.
_FOR_REZERO: dict[str, ParamValue] = {**RECIPE, "optimizer": "adamw", "learning_rate": 0.01}
# What is left out half of the time takes longer to learn.
_FOR_DEPTH: dict[str, ParamValue] = {**RECIPE, "epochs": 12}


def _diagram(
    title: str, args: Args, block: Block, main: Block, recipe: Mapping[str, ParamValue]
) -> Diagram:
    name = f"{title}{args['depth']}"
    return Diagram({name: main, "BasicBlock": block}, name, recipe=recipe)


def _picture(digits: bool) -> Node:
    return image(8, 1) if digits else image(32)


def _shortcut(digits: bool, norm: bool = True) -> Edge:
    """Without weights as the CIFAR networks have it, or projected, as those for digits."""
    if digits and not norm:
        return skip("x", "relu2", "downsample", shortcut="auto", norm=False, bias=False)
    if digits:
        return skip("x", "relu2", "downsample", shortcut="auto")
    return skip("x", "relu2", "shortcut", shortcut="pad")


def _squeezed(digits: bool, args: Args) -> Diagram:
    reduction = args["reduction"]
    assert isinstance(reduction, int)
    scale = Scale("SqueezeExcitation", "se", {"reduction": reduction})
    doc = "Two 3×3 convolutions, a gate for each channel, and a shortcut."
    block = basic_block(_shortcut(digits), doc, scale)
    doc = "A residual network with squeeze-and-excitation."
    main = cifar_main("BasicBlock", _picture(digits), with_defaults(sizes(0), args), doc)
    return _diagram("SEResNet", args, block, main, RECIPE if digits else {})


def _rezero(digits: bool, args: Args) -> Diagram:
    norm = args["norm"] is True
    doc = "Two 3×3 convolutions, times a gain that starts at zero, and a shortcut."
    scale = Scale("Gain", "gain", {"init": 0.0})
    block = basic_block(_shortcut(digits, norm), doc, scale, norm=norm)
    params = with_defaults(sizes(0), args)
    doc = "A residual network with ReZero."
    main = cifar_main("BasicBlock", _picture(digits), params, doc, norm=norm)
    return _diagram("ReZero", args, block, main, _FOR_REZERO if digits else {})


def _stochastic(digits: bool, args: Args) -> Diagram:
    """The paper draws once for each minibatch and lets the probability grow linearly."""
    drop = replace(_DROP, doc="Probability that the branch is dropped in training.", default=0.0)
    scale = Scale("StochasticDepth", "drop_path", {"p": Expr("drop"), "mode": "batch"})
    doc = "Two 3×3 convolutions that chance may leave out, and a shortcut."
    block = basic_block(_shortcut(digits), doc, scale, (drop,))
    depth = args["depth"]
    assert isinstance(depth, int)
    each = (depth - 2) // 6
    given: list[dict[str, ParamValue]] = [
        {"drop": Expr(f"drop * ({stage * each + 1} + i) / {3 * each}")} for stage in range(3)
    ]
    params = with_defaults((WIDTH, classes(10), _DROP), args)
    doc = "A residual network of stochastic depth."
    main = cifar_main("BasicBlock", _picture(digits), params, doc, given, repeat=each)
    return _diagram("StochasticDepth", args, block, main, _FOR_DEPTH if digits else {})


def _se_resnet(args: Args) -> Diagram:
    depth, reduction = int(str(args["depth"])), args["reduction"]
    assert isinstance(reduction, int)
    scale = Scale("SqueezeExcitation", "se", {"reduction": reduction})
    if RESNETS[depth][1] == "BasicBlock":
        doc = "Two 3×3 convolutions, a gate for each channel, and a shortcut."
        inner = basic_block(skip("x", "relu2", "downsample"), doc, scale)
    else:
        doc = "A 1×1, a 3×3 and a 1×1 convolution, a gate for each channel, and a shortcut."
        inner = bottleneck(doc, scale=scale)
    return resnet(f"SEResNet{depth}", depth, inner, args)


_SE_DEPTH = ChoiceParam(
    name="depth", doc="Layers with weights.", default="50", choices=tuple(map(str, RESNETS))
)

TEMPLATES = (
    Template(
        name="se-resnet50",
        title="SE-ResNet-50",
        doc="ResNet-50 with a gate for each channel on every branch.",
        paper=_SE,
        make=_se_resnet,
        options=(_SE_DEPTH, _REDUCTION, CLASSES),
    ),
    Template(
        name="se-resnet110-cifar",
        title="SE-ResNet-110 for CIFAR",
        doc="The CIFAR ResNet of 110 layers with a gate for each channel on every branch.",
        paper=_SE,
        make=partial(_squeezed, False),
        options=(*sizes(110), _REDUCTION),
    ),
    Template(
        name="rezero56-cifar",
        title="ReZero ResNet-56 for CIFAR",
        doc="The CIFAR ResNet of 56 layers; a gain on every branch starts at zero, so that the "
        "net starts as its shortcuts.",
        paper=_REZERO,
        make=partial(_rezero, False),
        options=(*sizes(56), _NORM),
    ),
    Template(
        name="stochastic-depth110-cifar",
        title="Stochastic depth, ResNet-110 for CIFAR",
        doc="110 layers, of which training leaves out whole blocks by chance, the late ones more "
        "often.",
        paper=_DEPTH,
        make=partial(_stochastic, False),
        options=(*sizes(110), _DROP),
    ),
    Template(
        name="se-resnet20-digits",
        title="SE-ResNet-20",
        doc="20 layers with a gate for each channel: squeeze-and-excitation in seconds.",
        paper=_SE,
        make=partial(_squeezed, True),
        options=(*sizes(20), replace(_REDUCTION, default=4)),
    ),
    Template(
        name="rezero56-digits",
        title="ReZero, 56 layers",
        doc="56 layers that train without batch norm, because every branch starts at zero.",
        paper=_REZERO,
        make=partial(_rezero, True),
        options=(*sizes(56, width=8), replace(_NORM, default=False)),
    ),
    Template(
        name="stochastic-depth56-digits",
        title="Stochastic depth, 56 layers",
        doc="56 layers, of which training leaves out whole blocks by chance.",
        paper=_DEPTH,
        make=partial(_stochastic, True),
        options=(*sizes(56, width=8), replace(_DROP, default=0.2)),
    ),
)
