"""The kinds of edges: what each does at the port where it ends, and its typed parameters."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from graphcore.spec import BoolParam, ChoiceParam, IntParam, Param

Join = Literal["none", "add", "concat"]


class EdgeKind(NamedTuple):
    """``join`` is what happens at the target port: the value itself, a sum, a concatenation.

    ``stem`` begins the labels of the edges of this kind. ``word`` names it where there is little
    room. ``fits_sizes`` tells that drawing one chooses how sizes are aligned; ``bus`` that several
    which hang together are drawn as one line with taps.
    """

    name: str
    title: str
    doc: str
    join: Join
    stem: str = ""
    params: tuple[Param, ...] = ()
    word: str = "wire"
    fits_sizes: bool = False
    bus: bool = False
    levels: bool = False
    """Whether what such edges go round is arranged a level lower, as in a U-Net."""


_ALIGN = ChoiceParam(
    name="align",
    doc="What to do where the spatial sizes differ.",
    default="none",
    choices=("none", "crop", "pad", "resize"),
)

EDGE_KINDS: Mapping[str, EdgeKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            EdgeKind("flow", "Wire", "Carries the value itself.", "none"),
            EdgeKind(
                "skip",
                "Skip connection",
                "Adds what leaves its source to what the branch computes: y = F(x) + shortcut(x) "
                "(He et al. 2016a, arXiv:1512.03385).",
                "add",
                "downsample",
                (
                    ChoiceParam(
                        name="shortcut",
                        doc="How x reaches the sum: unchanged, through a 1×1 convolution (a linear "
                        "layer for features), by subsampling and zero channels, only where the "
                        "types agree, or identity where they agree and projection elsewhere.",
                        default="auto",
                        choices=("auto", "identity", "projection", "pad", "if-equal"),
                    ),
                    BoolParam(
                        name="norm",
                        doc="Follow the projecting convolution by batch normalisation.",
                        default=True,
                    ),
                    BoolParam(
                        name="bias",
                        doc="Give the projecting convolution a bias where no norm follows it.",
                        default=True,
                    ),
                    IntParam(
                        name="stride",
                        doc="Stride of the projection; empty: the smallest that fits.",
                        default=None,
                        optional=True,
                        maximum=64,
                    ),
                ),
                word="skip",
            ),
            EdgeKind(
                "dense",
                "Dense connection",
                "Concatenates along the channels, as in DenseNet (Huang et al. 2017).",
                "concat",
                "dense",
                (_ALIGN,),
                word="dense",
                bus=True,
            ),
            EdgeKind(
                "encoder_decoder",
                "Encoder–decoder connection",
                "Concatenates a feature map of the encoder to the decoder's, as in U-Net "
                "(Ronneberger et al. 2015).",
                "concat",
                "lateral",
                (_ALIGN,),
                word="encoder–decoder",
                fits_sizes=True,
                levels=True,
            ),
        )
    }
)
