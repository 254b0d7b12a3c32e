"""Layers that take a tensor apart along an axis: pieces, slices, single places."""

from __future__ import annotations

from graphcore.expression import Code
from graphcore.layers.arguments import caption, integer, size
from graphcore.layers.axes import axis_of, axis_param, with_size
from graphcore.spec import (
    Args,
    Call,
    Inputs,
    IntParam,
    LayerSpec,
    Name,
    Operand,
    Port,
    Refused,
    call,
)
from graphcore.tensor_type import Size, TensorType, ceil_div, equal, surely_less

_FAMILY = "Shape"
_FAR = 2**31


def _place(name: str, doc: str, default: int | None, *, optional: bool = False) -> IntParam:
    return IntParam(
        name=name, doc=doc, default=default, minimum=-_FAR, optional=optional, unset="end"
    )


def _chunk(
    kind: str, stem: str, title: str, ports: tuple[str, ...], dim: int, doc: str, *search: str
) -> LayerSpec:
    parts = len(ports)

    def shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
        (x,) = inputs
        at = axis_of(kind, "dim", args, x)
        if equal(x.dims[at] % parts, 0) is False:
            raise Refused(
                f"{kind} cannot cut axis {at} of {x} into {parts} equal pieces; choose another "
                "axis, or use SplitAt",
                param="dim",
            )
        return (with_size(x, at, x.dims[at] // parts),) * parts

    return LayerSpec(
        kind=kind,
        family=_FAMILY,
        doc=doc,
        stem=stem,
        params=(axis_param("dim", "The axis that is cut; -1 is the last.", dim),),
        outputs=tuple(Port(port) for port in ports),
        shape=shape,
        function=lambda args, inputs, names: call(
            "torch.chunk", *names, parts, dim=(args["dim"], 0)
        ),
        search=("split", "pieces", "chunk", *search),
        title=lambda args: title,
        caption=lambda args: f"axis {args['dim']}",
    )


def _split_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    at = axis_of("SplitAt", "dim", args, x)
    first = size(args, "index")
    if surely_less(x.dims[at] - 1, first):
        raise Refused(
            f"SplitAt puts {first} values of axis {at} into the first piece, but {x} has only "
            f"{x.dims[at]} there; make index smaller",
            param="index",
        )
    return with_size(x, at, first), with_size(x, at, x.dims[at] - first)


def _inside(kind: str, name: str, value: int, x: TensorType, at: int, reach: int) -> Size:
    """``value`` counted from the front; refused beyond the axis, whose size is ``x.dims[at]``.

    ``reach`` is 0 for a place and 1 for the end of a slice, which may be one further.
    """
    total = x.dims[at]
    place = value + total if value < 0 else value
    if surely_less(place, 0) or surely_less(total - 1 + reach, place):
        raise Refused(
            f"{kind} looks at place {value} of axis {at}, but {x} has only {total} there; choose "
            f"'{name}' between {-total} and {total - 1 + reach}",
            param=name,
        )
    return place


def _select_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    at = axis_of("Select", "dim", args, x)
    _inside("Select", "index", integer(args, "index"), x, at, 0)
    return (TensorType((*x.dims[:at], *x.dims[at + 1 :]), x.dtype),)


def _slice_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    at = axis_of("Slice", "dim", args, x)
    start = _inside("Slice", "start", integer(args, "start"), x, at, 1)
    stop = x.dims[at]
    if args["stop"] is not None:
        stop = _inside("Slice", "stop", integer(args, "stop"), x, at, 1)
    length = ceil_div(stop - start, size(args, "step"))
    if surely_less(length, 1):
        raise Refused(
            f"Slice keeps nothing from {start} to {stop} of {x}; make stop larger than start",
            param="stop" if args["stop"] is not None else "start",
        )
    return (with_size(x, at, length),)


def _indexed(args: Args, names: tuple[Name, ...], item: Operand) -> Call:
    """``x[:, item]``, or ``x[..., item, :]`` where the axis is counted from the end."""
    dim = integer(args, "dim")
    everything = (None, None, None)
    if dim >= 0:
        return call("[]", *names, *[everything] * dim, item)
    return call("[]", *names, Code("..."), item, *[everything] * (-1 - dim))


def _sliced(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
    start = None if args["start"] == 0 else args["start"]
    step = None if args["step"] == 1 else args["step"]
    return _indexed(args, names, (start, args["stop"], step))


def _slice_caption(args: Args) -> str:
    start = "" if args["start"] == 0 else str(args["start"])
    stop = "" if args["stop"] is None else str(args["stop"])
    step = "" if args["step"] == 1 else f":{args['step']}"
    return caption(f"axis {args['dim']}", f"{start}:{stop}{step}")


_DIM = axis_param("dim", "The axis that is cut; 0 is the batch.", 1)

LAYERS = (
    *(
        _chunk(
            f"Chunk{parts}",
            "chunk",
            f"Split in {parts}",
            tuple(f"y{place + 1}" for place in range(parts)),
            1,
            f"Cuts an axis into {word} equal pieces.",
            word,
        )
        for parts, word in ((2, "two"), (3, "three"), (4, "four"))
    ),
    _chunk(
        "SplitQKV",
        "qkv",
        "Split q k v",
        ("q", "k", "v"),
        -1,
        "Cuts what one linear layer made into query, key and value, as GPT-2 does.",
        "attention",
        "fused",
        "query",
    ),
    LayerSpec(
        kind="SplitAt",
        family=_FAMILY,
        doc="Cuts an axis into two pieces at a place.",
        stem="split",
        params=(_DIM, IntParam(name="index", doc="How many values go first.", default=1)),
        outputs=(Port("y1"), Port("y2")),
        shape=_split_shape,
        function=lambda args, inputs, names: call(
            "torch.tensor_split", *names, (args["index"],), dim=(args["dim"], 0)
        ),
        search=("split", "pieces", "cut", "sections"),
        title=lambda args: "Split at",
        caption=lambda args: caption(f"axis {args['dim']}", str(args["index"])),
    ),
    LayerSpec(
        kind="Slice",
        family=_FAMILY,
        doc="Keeps a part of an axis, from start up to but without stop.",
        stem="slice",
        params=(
            _DIM,
            _place("start", "The first that is kept; negative counts from the end.", 0),
            _place(
                "stop", "The first that is not; empty keeps all that follow.", None, optional=True
            ),
            IntParam(name="step", doc="Keeps every step-th.", default=1),
        ),
        shape=_slice_shape,
        function=_sliced,
        search=("crop", "narrow", "cut", "range", "index"),
        title=lambda args: "Slice",
        caption=_slice_caption,
    ),
    LayerSpec(
        kind="Select",
        family=_FAMILY,
        doc="Takes one place of an axis, which disappears: the class token is place 0 of axis 1.",
        stem="select",
        params=(_DIM, _place("index", "The place; negative counts from the end.", 0)),
        shape=_select_shape,
        function=lambda args, inputs, names: _indexed(args, names, args["index"]),
        search=("pick", "index", "class token", "first", "last"),
        title=lambda args: "Select",
        caption=lambda args: caption(f"axis {args['dim']}", str(args["index"])),
    ),
)
