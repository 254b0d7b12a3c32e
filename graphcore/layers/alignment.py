"""Making one feature map the size of another, read while the net runs: what encoder–decoder
connections need where sizes differ."""

from __future__ import annotations

from graphcore.layers.checks import float32
from graphcore.spec import Args, Inputs, LayerSpec, Port, Refused, call
from graphcore.tensor_type import TensorType, surely_less

_FAMILY = "Shape"

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


def _sizes(kind: str, inputs: Inputs) -> tuple[TensorType, TensorType]:
    x, like = inputs
    for value in inputs:
        if value.rank != 4:
            raise Refused(f"{kind} needs images N×C×H×W, but gets {value}; put a Reshape before it")
        float32(kind, value)
    return x, like


def _sized(x: TensorType, like: TensorType) -> tuple[TensorType, ...]:
    return (TensorType((*x.dims[:2], *like.dims[2:]), x.dtype),)


def _crop_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    x, like = _sizes("CropLike", inputs)
    if any(surely_less(a, b) for a, b in zip(x.dims[2:], like.dims[2:], strict=True)):
        raise Refused(f"{x} cannot be cropped to the larger {like}; pad or resize the other one")
    return _sized(x, like)


def _pad_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    x, like = _sizes("PadLike", inputs)
    if any(surely_less(b, a) for a, b in zip(x.dims[2:], like.dims[2:], strict=True)):
        raise Refused(f"{x} cannot be padded to the smaller {like}; crop or resize instead")
    return _sized(x, like)


def _resize_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    return _sized(*_sizes("ResizeLike", inputs))


_PORTS = (Port("x", "What is changed."), Port("like", "What has the size wanted."))

LAYERS = (
    LayerSpec(
        kind="CropLike",
        family=_FAMILY,
        doc="Cuts the middle of one image to the size of another, as in the U-Net of the paper "
        "(Ronneberger et al. 2015, arXiv:1505.04597).",
        stem="crop",
        inputs=_PORTS,
        shape=_crop_shape,
        function=lambda args, inputs, names: call("crop_like", *names),
        support=CROP_LIKE,
        search=("u-net", "align", "center crop"),
        title=lambda args: "Crop like",
    ),
    LayerSpec(
        kind="PadLike",
        family=_FAMILY,
        doc="Puts zeros around one image until it has the size of another.",
        stem="pad",
        inputs=_PORTS,
        shape=_pad_shape,
        function=lambda args, inputs, names: call("pad_like", *names),
        support=PAD_LIKE,
        search=("u-net", "align"),
        title=lambda args: "Pad like",
    ),
    LayerSpec(
        kind="ResizeLike",
        family=_FAMILY,
        doc="Interpolates one image to the size of another.",
        stem="resize",
        inputs=_PORTS,
        shape=_resize_shape,
        function=lambda args, inputs, names: call("resize_like", *names),
        support=RESIZE_LIKE,
        search=("u-net", "align", "interpolate", "bilinear"),
        title=lambda args: "Resize like",
    ),
)
