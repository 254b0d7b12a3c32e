"""Layers that rearrange, join or convert tensors and learn nothing."""

from __future__ import annotations

from graphcore.expression import Code
from graphcore.layers.arguments import integers, per_axis, sizes
from graphcore.layers.axes import axes_param, axis_of, axis_param
from graphcore.layers.checks import axis, promoted
from graphcore.spec import (
    Args,
    Call,
    DTypeParam,
    Inputs,
    IntsParam,
    LayerSpec,
    Name,
    Port,
    Refused,
    call,
)
from graphcore.tensor_type import Size, TensorType, differ, equal, exact_quotient, product

_FAMILY = "Shape"


def _flatten_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    start = axis_of("Flatten", "start_dim", args, x)
    end = axis_of("Flatten", "end_dim", args, x)
    if start > end:
        raise Refused(
            f"Flatten merges the axes from {start} to {end}, which are in the wrong order; "
            "make start_dim smaller",
            param="start_dim",
        )
    merged = product(x.dims[start : end + 1])
    return (TensorType((*x.dims[:start], merged, *x.dims[end + 1 :]), x.dtype),)


def _construct_flatten(args: Args, inputs: Inputs) -> Call:
    return call("nn.Flatten", start_dim=(args["start_dim"], 1), end_dim=(args["end_dim"], -1))


def _flatten(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
    return call("torch.flatten", *names, args["start_dim"], end_dim=(args["end_dim"], -1))


def _fill(kind: str, name: str, wanted: tuple[Size, ...], total: Size) -> tuple[Size, ...]:
    """``wanted`` with its one -1 replaced by what is left of ``total`` elements."""
    known = product(item for item in wanted if item != -1)
    free = sum(1 for item in wanted if item == -1)
    shown = per_axis(wanted)
    if free > 1:
        raise Refused(f"{kind} can work out only one -1, but {shown} has {free}", param=name)
    fits = equal(total % known, 0) if free else equal(total, known)
    if fits is False:
        remedy = f"is {total}, or make one of them -1" if not free else f"divides {total}"
        raise Refused(
            f"{kind} cannot arrange {total} values as {shown}; choose sizes whose product {remedy}",
            param=name,
        )
    return tuple(exact_quotient(total, known) if item == -1 else item for item in wanted)


def _unflatten_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    at = axis_of("Unflatten", "dim", args, x)
    wanted = sizes(args, "unflattened_size", 1)
    filled = _fill("Unflatten", "unflattened_size", wanted, x.dims[at])
    return (TensorType((*x.dims[:at], *filled, *x.dims[at + 1 :]), x.dtype),)


def _construct_unflatten(args: Args, inputs: Inputs) -> Call:
    return call("nn.Unflatten", args["dim"], sizes(args, "unflattened_size", 1))


def _unflatten(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
    return call("torch.unflatten", *names, args["dim"], sizes(args, "unflattened_size", 1))


def _reshape_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    if x.rank == 0:
        raise Refused("Reshape keeps the batch axis, but gets a scalar", port="x")
    wanted = sizes(args, "shape", 1)
    return (
        TensorType((x.dims[0], *_fill("Reshape", "shape", wanted, product(x.dims[1:]))), x.dtype),
    )


def _reshape(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
    """The batch size is left to torch where nothing else is, and read at run time otherwise."""
    wanted = sizes(args, "shape", 1)
    batch = Name(f"{names[0].text}.shape[0]") if -1 in wanted else -1
    return call("torch.reshape", *names, (batch, *wanted))


def _permute_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    order = integers(args, "dims")
    if len(order) != x.rank:
        raise Refused(
            f"Permute lists {len(order)} axes, but {x} has {x.rank}; "
            f"list each of 0 to {x.rank - 1} once",
            param="dims",
        )
    order = tuple(axis("Permute", "dims", item, x.rank) for item in order)
    if len(set(order)) != len(order):
        raise Refused(
            f"Permute names an axis twice in {order}; list each of 0 to {x.rank - 1} once",
            param="dims",
        )
    return (TensorType(tuple(x.dims[item] for item in order), x.dtype),)


def _transpose_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    dims = list(x.dims)
    a, b = axis_of("Transpose", "dim0", args, x), axis_of("Transpose", "dim1", args, x)
    dims[a], dims[b] = dims[b], dims[a]
    return (TensorType(tuple(dims), x.dtype),)


def _concat_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    if not inputs:
        raise Refused("Concat has nothing to join; draw wires to its input", port="x")
    first = inputs[0]
    at = axis_of("Concat", "dim", args, first)
    for other in inputs[1:]:
        agree = first.rank == other.rank and not any(
            differ(a, b)
            for i, (a, b) in enumerate(zip(first.dims, other.dims, strict=True))
            if i != at
        )
        if not agree:
            raise Refused(
                f"Concat joins along axis {at}, so all other sizes must agree, but it gets {first} "
                f"and {other}; pool, crop or upsample one of them",
                port="x",
            )
    total: Size = 0
    for x in inputs:
        total = total + x.dims[at]
    return (TensorType((*first.dims[:at], total, *first.dims[at + 1 :]), promoted(inputs)),)


def _cast_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    dtype = args["dtype"]
    if not isinstance(dtype, str):
        raise Refused(f"'dtype' of Cast cannot change from copy to copy: {dtype}", param="dtype")
    return (TensorType(inputs[0].dims, dtype),)


_REARRANGING = (
    LayerSpec(
        kind="Flatten",
        family=_FAMILY,
        doc="Merges axes into one; by default all but the batch, as before a linear layer.",
        stem="flatten",
        params=(
            axis_param("start_dim", "First axis that is merged.", 1),
            axis_param("end_dim", "Last axis that is merged.", -1),
        ),
        shape=_flatten_shape,
        construct=_construct_flatten,
        function=_flatten,
        search=("vector", "view"),
        title=lambda args: "Flatten",
    ),
    LayerSpec(
        kind="Unflatten",
        family=_FAMILY,
        doc="Splits one axis into several; the others stay.",
        stem="unflatten",
        params=(
            axis_param("dim", "The axis that is split.", 1),
            IntsParam(
                name="unflattened_size",
                doc="Sizes of the new axes; one may be -1.",
                default=(-1, 1),
                length=0,
                minimum=-1,
            ),
        ),
        shape=_unflatten_shape,
        construct=_construct_unflatten,
        function=_unflatten,
        search=("split", "view"),
        title=lambda args: "Unflatten",
        caption=lambda args: per_axis(args["unflattened_size"]),
    ),
    LayerSpec(
        kind="Reshape",
        family=_FAMILY,
        doc="Arranges the values of each sample anew; the batch axis stays.",
        stem="reshape",
        params=(
            IntsParam(
                name="shape",
                doc="Sizes after the batch; one may be -1.",
                default=(-1,),
                length=0,
                minimum=-1,
            ),
        ),
        shape=_reshape_shape,
        function=_reshape,
        search=("view", "rearrange"),
        title=lambda args: "Reshape",
        caption=lambda args: per_axis(args["shape"]),
    ),
    LayerSpec(
        kind="Permute",
        family=_FAMILY,
        doc="Reorders all axes, as from N×C×H×W to N×H×W×C.",
        stem="permute",
        params=(
            axes_param("dims", "The old axes in their new order, the batch included.", (0, 2, 1)),
        ),
        shape=_permute_shape,
        function=lambda args, inputs, names: call("torch.permute", *names, integers(args, "dims")),
        search=("rearrange", "channels last"),
        title=lambda args: "Permute",
        caption=lambda args: " ".join(per_axis(args["dims"]).split("×")),
    ),
    LayerSpec(
        kind="Transpose",
        family=_FAMILY,
        doc="Exchanges two axes.",
        stem="transpose",
        params=(
            axis_param("dim0", "One axis.", 1),
            axis_param("dim1", "The other axis.", 2),
        ),
        shape=_transpose_shape,
        function=lambda args, inputs, names: call(
            "torch.transpose", *names, args["dim0"], args["dim1"]
        ),
        search=("swap", "rearrange"),
        title=lambda args: "Transpose",
        caption=lambda args: f"{args['dim0']} ↔ {args['dim1']}",
    ),
)

_JOINING = (
    LayerSpec(
        kind="Concat",
        family=_FAMILY,
        doc="Puts its inputs side by side along an axis, in the order of the wires.",
        stem="cat",
        params=(axis_param("dim", "The axis that grows; 1 is that of channels.", 1),),
        inputs=(Port("x", "any number of tensors", variadic=True),),
        shape=_concat_shape,
        function=lambda args, inputs, names: call("torch.cat", names, dim=(args["dim"], 0)),
        search=("concatenate", "cat", "join", "stack", "densenet", "u-net"),
        title=lambda args: "Concat",
        caption=lambda args: "" if args["dim"] == 1 else f"axis {args['dim']}",
    ),
    LayerSpec(
        kind="Cast",
        family=_FAMILY,
        doc="Turns the values into another dtype; integers and booleans carry no gradient.",
        stem="cast",
        params=(DTypeParam(name="dtype", doc="The dtype that leaves."),),
        shape=_cast_shape,
        function=lambda args, inputs, names: call(".to", *names, Code(f"torch.{args['dtype']}")),
        search=("dtype", "convert", "half", "float", "precision", "to"),
        title=lambda args: "Cast",
        caption=lambda args: str(args["dtype"]),
    ),
)

LAYERS = (*_REARRANGING, *_JOINING)
