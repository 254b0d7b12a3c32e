"""What happens at an input port where skip, dense or encoder–decoder edges end.

A shortcut lowers to a chain of registered unary layers, so a projection, a zero-padded identity
or a scale is no special case anywhere after this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphcore.layers import LAYERS
from graphcore.resolution import resolve_args
from graphcore.results import ChainLayer, EdgeResult
from graphcore.spec import Args, ParamValue, Refused
from graphcore.tensor_type import Size, TensorType, ceil_div, equal, substitute

MAX_STRIDE = 64


def chain_layer(kind: str, x: TensorType, **given: ParamValue) -> ChainLayer:
    """The registered unary layer ``kind`` applied to a value of type ``x``. Raises Refused."""
    spec = LAYERS[kind]
    args = resolve_args(spec.params, given, {})
    inputs = (x,)
    (output,) = spec.shape(args, inputs)
    weights, operations = spec.weights(args, inputs), spec.operations(args, inputs)
    return ChainLayer(kind, args, x, output, weights, operations)


def same_type(a: TensorType, b: TensorType, symbols: Mapping[str, int]) -> bool | None:
    """Whether two types agree; None where only the example sizes say so."""
    if a.rank != b.rank or a.dtype != b.dtype:
        return False
    answers = [equal(x, y) for x, y in zip(a.dims, b.dims, strict=True)]
    if all(answers):
        return True
    if any(answer is False for answer in answers):
        return False
    return None if example(a, symbols) == example(b, symbols) else False


def example(a: TensorType, symbols: Mapping[str, int]) -> tuple[int, ...]:
    """The sizes of ``a`` when each symbol has its example value (4 where it has none)."""
    return tuple(example_size(size, symbols) for size in a.dims)


def example_size(size: Size, symbols: Mapping[str, int]) -> int:
    """``size`` when each symbol has its example value (4 where it has none)."""
    if isinstance(size, int):
        return size
    known = {name: symbols.get(name, 4) for name in size.symbols}
    return substitute(size, known, lambda text: 1)


def resolve_skip(
    args: Args, x: TensorType, f: TensorType, symbols: Mapping[str, int]
) -> EdgeResult:
    """What a skip edge with ``args`` becomes where it brings ``x`` to a branch's result ``f``.

    Raises Refused when the shortcut asked for cannot exist; the message names both types.
    """
    shortcut = args["shortcut"]
    same = same_type(x, f, symbols)
    if same is None:
        same = True
    if same and shortcut != "projection":
        reason = f"both are {x}, so x is added as it is"
        return EdgeResult(x, "identity", reason=reason)
    if shortcut == "if-equal":
        return EdgeResult(x, "absent", reason=f"x is {x} and F(x) is {f}, so nothing is added")
    if shortcut == "identity":
        raise Refused(
            f"x is {x} but F(x) is {f}; an identity shortcut adds equal types only. Use a "
            "projection, or make the branch keep the size",
            param="shortcut",
        )
    if x.rank != f.rank or x.dtype != f.dtype or x.rank < 2:
        raise Refused(
            f"x is {x} but F(x) is {f}; no shortcut leads from one to the other. Start the skip "
            "where the value has the same number of dims",
            param="shortcut",
        )
    if shortcut == "pad":
        return _padded(x, f)
    return _projected(args, x, f)


def _projected(args: Args, x: TensorType, f: TensorType) -> EdgeResult:
    if x.rank < 4:
        return _linear_projection(x, f)
    stride = args["stride"]
    if stride is None:
        stride = _stride(x, f)
    assert isinstance(stride, int)
    norm = args["norm"]
    dimension = x.rank - 2
    given = {"out_channels": _number(f.channels), "kernel_size": 1, "stride": stride}
    bias = args["bias"] is True and not norm
    convolution = chain_layer(f"Conv{dimension}d", x, bias=bias, **given)
    chain = [convolution]
    if norm:
        chain.append(chain_layer(f"BatchNorm{dimension}d", convolution.output))
    if same_type(chain[-1].output, f, {}) is False:
        raise Refused(
            f"a projection of {x} with stride {stride} gives {chain[-1].output}, but F(x) is {f}; "
            "leave the stride empty to find the one that fits",
            param="stride",
        )
    kernel = "×".join(["1"] * dimension)
    caption = f"projection {kernel}" + (f" /{stride}" if stride != 1 else "")
    reason = f"x is {x} and F(x) is {f}, so a {kernel} convolution projects x"
    if stride != 1:
        reason += f" with stride {stride}"
    return EdgeResult(x, "projection", tuple(chain), caption, reason)


def _linear_projection(x: TensorType, f: TensorType) -> EdgeResult:
    if any(equal(a, b) is False for a, b in zip(x.dims[:-1], f.dims[:-1], strict=True)):
        raise Refused(
            f"x is {x} but F(x) is {f}; a linear projection changes the last size only. Make the "
            "branch keep the others",
            param="shortcut",
        )
    layer = chain_layer("Linear", x, out_features=_number(f.channels), bias=False)
    reason = f"x is {x} and F(x) is {f}, so a linear layer projects x"
    return EdgeResult(x, "projection", (layer,), "projection", reason)


def _padded(x: TensorType, f: TensorType) -> EdgeResult:
    if x.rank < 4:
        raise Refused(f"zero padding is for images, but x is {x}; use a projection")
    stride, channels = _stride(x, f), _number(f.channels)
    if isinstance(x.channels, int) and channels < x.channels:
        raise Refused(
            f"F(x) has {channels} channels, fewer than the {x.channels} of x; zeros can only be "
            "added. Use a projection",
            param="shortcut",
        )
    layer = chain_layer("PadShortcut", x, out_channels=channels, stride=stride)
    caption = "zero pad" + (f" /{stride}" if stride != 1 else "")
    reason = f"x is {x} and F(x) is {f}, so x is subsampled and gets channels of zeros"
    return EdgeResult(x, "pad", (layer,), caption, reason)


def _stride(x: TensorType, f: TensorType) -> int:
    """The smallest stride s with ceil(in / s) = out on every spatial axis."""
    pairs = list(zip(x.dims[2:], f.dims[2:], strict=True))
    for stride in range(1, MAX_STRIDE + 1):
        if all(equal(ceil_div(a, stride), b) for a, b in pairs):
            return stride
    raise Refused(
        f"x is {x} but F(x) is {f}; no stride up to {MAX_STRIDE} leads from one size to the "
        "other. Make the branch halve its size with padding, or start the skip later",
        param="stride",
    )


def _number(size: Size) -> int:
    if isinstance(size, int):
        return size
    raise Refused(f"the number of channels is {size}, which is not known before the net runs")


def concatenated(operands: Sequence[TensorType], axis: int) -> TensorType:
    """The type of ``operands`` concatenated along ``axis``. Raises Refused where they differ."""
    first = operands[0]
    total: Size = 0
    for operand in operands:
        if operand.rank != first.rank or operand.dtype != first.dtype:
            raise Refused(f"{first} and {operand} cannot be concatenated: different dims or dtype")
        for position, (a, b) in enumerate(zip(first.dims, operand.dims, strict=True)):
            if position != axis and equal(a, b) is False:
                raise Refused(
                    f"sizes differ: {first} and {operand}; choose how to align them, or start the "
                    "edge elsewhere"
                )
        total = total + operand.dims[axis]
    return TensorType((*first.dims[:axis], total, *first.dims[axis + 1 :]), first.dtype)
