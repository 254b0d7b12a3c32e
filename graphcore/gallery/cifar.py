"""The networks for CIFAR of He et al. 2016: residual ones, whose shortcuts have no weights unless
asked for, and their plain twins."""

from __future__ import annotations

from dataclasses import replace

from graphcore.diagram import Diagram
from graphcore.gallery.residual import basic_block, cifar_depth, cifar_main
from graphcore.gallery.template import Template, classes, image, skip, with_defaults
from graphcore.spec import Args, ChoiceParam, IntParam, Param

_PAPER = "He et al. 2016, Deep Residual Learning for Image Recognition, arXiv:1512.03385"
WIDTH = IntParam(name="width", doc="Channels of the first stage.", default=16, maximum=1024)
_SHORTCUT = ChoiceParam(
    name="shortcut",
    doc="Where the size changes: keep every other pixel and add channels of zeros (option A of "
    "the paper), or a 1×1 convolution (option B).",
    default="pad",
    choices=("pad", "auto"),
    titles=("zeros (A)", "projection (B)"),
)


def sizes(depth: int, width: int = 16) -> tuple[Param, ...]:
    """What every network of this arrangement may be given."""
    return (cifar_depth(depth), replace(WIDTH, default=width), classes(10))


def _resnet(args: Args) -> Diagram:
    name = f"ResNet{args['depth']}"
    projects = args["shortcut"] == "auto"
    label = "downsample" if projects else "shortcut"
    shortcut = skip("x", "relu2", label, shortcut=str(args["shortcut"]))
    doc = "Two 3×3 convolutions and a shortcut" + ("." if projects else " without weights.")
    params = with_defaults(sizes(0), args)
    main = cifar_main("BasicBlock", image(32), params, "A residual network for CIFAR.")
    return Diagram({name: main, "BasicBlock": basic_block(shortcut, doc)}, name)


def _plain(args: Args) -> Diagram:
    name = f"Plain{args['depth']}"
    params = with_defaults(sizes(0), args)
    main = cifar_main("PlainBlock", image(32), params, "A plain network for CIFAR.")
    doc = "Two 3×3 convolutions without a shortcut."
    return Diagram({name: main, "PlainBlock": basic_block(None, doc)}, name)


TEMPLATES = (
    *(
        Template(
            name=f"resnet{depth}-cifar",
            title=f"ResNet-{depth} for CIFAR",
            doc=f"{depth} layers for images of 3×32×32, shortcuts by subsampling and zero "
            "channels.",
            paper=_PAPER,
            make=_resnet,
            options=(*sizes(depth), _SHORTCUT),
        )
        for depth in (20, 32, 44, 56, 110, 1202)
    ),
    *(
        Template(
            name=f"plain{depth}-cifar",
            title=f"Plain network, {depth} layers, for CIFAR",
            doc=f"The {depth} layers of the residual network without its shortcuts.",
            paper=_PAPER,
            make=_plain,
            options=sizes(depth),
        )
        for depth in (20, 32, 44, 56, 110)
    ),
)
