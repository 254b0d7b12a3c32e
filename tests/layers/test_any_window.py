"""Convolutions, pooling and linear layers of any size, with torch as the judge."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graphcore.layers import LAYERS
from graphcore.spec import ParamValue
from graphcore.tensor_type import TensorType
from tests.layers.oracle import resolve
from tests.layers.symbolic import with_arguments, with_batch, with_sizes
from tests.layers.test_symbolic import in_plain_numbers, in_symbols
from tests.layers.test_torch_agrees import disagreement

AXES = st.integers(1, 3)
GROUPS = st.sampled_from([1, 1, 2, 3, 4])


def numbers(axes: int, low: int, high: int) -> st.SearchStrategy[ParamValue]:
    """One number for every axis, or one an axis."""
    one = st.integers(low, high)
    return one | st.tuples(*[one] * axes)


@st.composite
def images(draw: st.DrawFn, axes: int) -> TensorType:
    channels = draw(st.sampled_from([1, 2, 3, 4, 6, 12]))
    sizes = draw(st.tuples(*[st.integers(1, 11)] * axes))
    return TensorType((draw(st.integers(2, 3)), channels, *sizes))


def agrees(kind: str, params: dict[str, ParamValue], x: TensorType) -> None:
    """Torch agrees, and so do symbols for the sizes and for the arguments."""
    spec = LAYERS[kind]
    args = resolve(spec, params)
    assert disagreement(spec, args, (x,)) == ""
    plain = in_plain_numbers(spec, args, (x,))
    if plain is None:
        return
    for inputs in ((x,), with_batch((x,)), with_sizes((x,))):
        assert in_symbols(spec, args, inputs) == plain
        assert in_symbols(spec, with_arguments(spec, args), inputs) == plain


@given(st.data())
def test_convolutions(data: st.DataObject) -> None:
    axes = data.draw(AXES)
    params = {
        "out_channels": data.draw(st.integers(1, 12)),
        "kernel_size": data.draw(numbers(axes, 1, 5)),
        "stride": data.draw(numbers(axes, 1, 4)),
        "padding": data.draw(st.none() | numbers(axes, 0, 4)),
        "dilation": data.draw(numbers(axes, 1, 3)),
        "groups": data.draw(GROUPS),
        "bias": data.draw(st.booleans()),
        "padding_mode": data.draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"])),
        "auto_padding": data.draw(st.sampled_from(["off", "off", "same", "valid"])),
    }
    agrees(f"Conv{axes}d", params, data.draw(images(axes)))


@given(st.data())
def test_transposed_convolutions(data: st.DataObject) -> None:
    axes = data.draw(AXES)
    params = {
        "out_channels": data.draw(st.integers(1, 12)),
        "kernel_size": data.draw(numbers(axes, 1, 5)),
        "stride": data.draw(numbers(axes, 1, 4)),
        "padding": data.draw(numbers(axes, 0, 3)),
        "output_padding": data.draw(numbers(axes, 0, 3)),
        "dilation": data.draw(numbers(axes, 1, 3)),
        "groups": data.draw(GROUPS),
        "bias": data.draw(st.booleans()),
    }
    agrees(f"ConvTranspose{axes}d", params, data.draw(images(axes)))


@given(st.data())
def test_pooling(data: st.DataObject) -> None:
    axes = data.draw(AXES)
    kind = data.draw(st.sampled_from(["MaxPool", "AvgPool", "LPPool"]))
    params: dict[str, ParamValue] = {
        "kernel_size": data.draw(numbers(axes, 1, 5)),
        "stride": data.draw(st.none() | numbers(axes, 1, 5)),
        "ceil_mode": data.draw(st.booleans()),
    }
    if kind != "LPPool":
        params["padding"] = data.draw(numbers(axes, 0, 2))
    if kind == "MaxPool":
        params["dilation"] = data.draw(numbers(axes, 1, 3))
    agrees(f"{kind}{axes}d", params, data.draw(images(axes)))


@given(
    st.lists(st.integers(1, 6), min_size=0, max_size=4),
    st.integers(1, 9),
    st.integers(1, 9),
    st.booleans(),
)
def test_linear_layers(lead: list[int], incoming: int, out: int, bias: bool) -> None:
    x = TensorType((*lead, incoming))
    agrees("Linear", {"out_features": out, "bias": bias}, x)


@given(
    st.integers(1, 40),
    st.floats(0.01, 4.0) | st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.7, 1.5, 2.0]),
)
def test_upsampling_rounds_as_torch_does(length: int, factor: float) -> None:
    spec = LAYERS["Upsample"]
    args = resolve(spec, {"scale_factor": factor})
    assert disagreement(spec, args, (TensorType((2, 3, length)),)) == ""
