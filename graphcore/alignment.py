"""Making one feature map the size of another, read while the net runs: what encoder–decoder
connections need where sizes differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from graphcore.spec import Refused
from graphcore.tensor_type import TensorType, surely_less

CROP_LIKE = '''
def crop_like(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The middle of ``x``, as large as ``like`` (Ronneberger et al. 2015)."""
    top = (x.shape[-2] - like.shape[-2]) // 2
    left = (x.shape[-1] - like.shape[-1]) // 2
    return x[..., top : top + like.shape[-2], left : left + like.shape[-1]]
'''

PAD_LIKE = '''
def pad_like(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """``x`` with zeros around it, as large as ``like``; the smaller half in front."""
    rows = like.shape[-2] - x.shape[-2]
    columns = like.shape[-1] - x.shape[-1]
    around = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return nn.functional.pad(x, around)
'''

RESIZE_LIKE = '''
def resize_like(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """``x`` interpolated to the size of ``like``."""
    size = like.shape[-2:]
    return nn.functional.interpolate(x, size, mode="bilinear", align_corners=False)
'''


class Alignment(NamedTuple):
    """One way to make two sizes equal before they are concatenated.

    ``changes`` tells which of the two is changed: what the edge brings (the encoder's) or the flow
    (the decoder's). ``function`` names the support function that ``source`` defines; ``made`` is
    the name of its result in the code.
    """

    name: str
    changes: Literal["edge", "flow"]
    shape: Callable[[TensorType, TensorType], TensorType]
    function: str
    source: str
    made: str


def _sized(x: TensorType, like: TensorType) -> TensorType:
    if x.rank != 4 or like.rank != 4:
        raise Refused(f"only images N×C×H×W can be aligned, but these are {x} and {like}")
    return TensorType((*x.dims[:2], *like.dims[2:]), x.dtype)


def _cropped(x: TensorType, like: TensorType) -> TensorType:
    if any(surely_less(a, b) for a, b in zip(x.dims[2:], like.dims[2:], strict=False)):
        raise Refused(f"{x} cannot be cropped to the larger {like}; pad or resize the other one")
    return _sized(x, like)


def _padded(x: TensorType, like: TensorType) -> TensorType:
    if any(surely_less(b, a) for a, b in zip(x.dims[2:], like.dims[2:], strict=False)):
        raise Refused(f"{x} cannot be padded to the smaller {like}; crop or resize instead")
    return _sized(x, like)


ALIGNMENTS: Mapping[str, Alignment] = MappingProxyType(
    {
        one.name: one
        for one in (
            Alignment("crop", "edge", _cropped, "crop_like", CROP_LIKE, "cropped"),
            Alignment("pad", "flow", _padded, "pad_like", PAD_LIKE, "padded"),
            Alignment("resize", "flow", _sized, "resize_like", RESIZE_LIKE, "resized"),
        )
    }
)
"""Every way of aligning by the value of an edge's ``align``; ``none`` is not among them."""


def fitting(x: TensorType, flow: TensorType) -> str:
    """How to align what an edge brings with the flow so that the two can be concatenated: not at
    all where the sizes agree, by cropping where ``x`` is larger, by padding where it is smaller,
    else by resizing. "none" as well where nothing would make them fit.
    """
    if x.rank != flow.rank or x.dims[2:] == flow.dims[2:]:
        return "none"
    return next((how for how in ALIGNMENTS if aligns(how, x, flow)), "none")


def aligns(how: str, x: TensorType, flow: TensorType) -> bool:
    """Whether that way of aligning makes what an edge brings and the flow equally large."""
    alignment = ALIGNMENTS[how]
    changed, like = (x, flow) if alignment.changes == "edge" else (flow, x)
    try:
        alignment.shape(changed, like)
    except Refused:
        return False
    return True
