"""With symbols for sizes and arguments a layer says the same as with their values, and refuses
only what no value could mend."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graphcore.expression import Code
from graphcore.layers import LAYERS
from graphcore.spec import Args, Inputs, LayerSpec, Refused, Resolved
from graphcore.tensor_type import TensorType, symbol
from tests.layers.cases import TRIALS
from tests.layers.oracle import Outcome, names_of, resolve, told
from tests.layers.symbolic import in_numbers, with_arguments, with_batch, with_sizes

KINDS = sorted(TRIALS)

Change = Callable[[LayerSpec, Args, Inputs], tuple[Args, Inputs]]
CHANGES: dict[str, Change] = {
    "batch": lambda spec, args, inputs: (args, with_batch(inputs)),
    "all sizes": lambda spec, args, inputs: (args, with_sizes(inputs)),
    "arguments": lambda spec, args, inputs: (with_arguments(spec, args), inputs),
    "everything": lambda spec, args, inputs: (with_arguments(spec, args), with_sizes(inputs)),
}


def in_symbols(spec: LayerSpec, args: Args, inputs: Inputs) -> Outcome | None:
    try:
        outputs = spec.shape(args, inputs)
    except Refused:
        return None
    return in_numbers(outputs, spec.weights(args, inputs), spec.operations(args, inputs))


def in_plain_numbers(spec: LayerSpec, args: Args, inputs: Inputs) -> Outcome | None:
    try:
        return told(spec, args, inputs)
    except Refused:
        return None


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_symbols_say_what_their_values_say(kind: str, change: str) -> None:
    spec = LAYERS[kind]
    wrong = []
    for params, inputs in TRIALS[kind]:
        args = resolve(spec, params)
        plain = in_plain_numbers(spec, args, inputs)
        # Where numbers are refused, symbols may be let through: another value might do.
        if plain is not None and (
            plain != (found := in_symbols(spec, *CHANGES[change](spec, args, inputs)))
        ):
            wrong.append(f"{dict(params)} on {inputs}: {plain}, in symbols {found}")
    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "params", "x", "said"),
    [
        ("Conv2d", {"stride": "s"}, ("N", 3, "H", "W"), "N×16×(H - 1) // s + 1×(W - 1) // s + 1"),
        ("Conv2d", {"out_channels": "2 * w"}, ("N", "w", 8, 8), "N×2 * w×8×8"),
        ("MaxPool2d", {}, ("N", 16, "H", 8), "N×16×H // 2×4"),
        ("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, ("N", 16, "H", 9),
         "N×16×(H + 1) // 2×5"),
        ("Linear", {"out_features": "w"}, ("N", "L", 64), "N×L×w"),
        ("Flatten", {}, ("N", 16, "H", "W"), "N×16 * H * W"),
        ("AdaptiveAvgPool2d", {}, ("N", 16, "H", "W"), "N×16×1×1"),
        ("Upsample", {}, ("N", 16, "H", 7), "N×16×2 * H×14"),
        ("Upsample", {"scale_factor": 0.5}, ("N", 16, "H", 7), "N×16×H // 2×3"),
        ("PadShortcut", {"stride": 2}, ("N", 16, "H", 7), "N×32×(H + 1) // 2×4"),
    ],
)  # fmt: skip
def test_shapes_in_symbols_read_well(
    kind: str, params: dict[str, object], x: tuple[str | int, ...], said: str
) -> None:
    spec = LAYERS[kind]
    symbols = {"s": symbol("s"), "w": symbol("w"), "2 * w": 2 * symbol("w")}
    given = {name: symbols.get(str(value), value) for name, value in params.items()}
    dims = tuple(symbol(item) if isinstance(item, str) else item for item in x)
    (y,) = spec.shape(resolve(spec, given), (TensorType(dims),))
    assert str(y) == said


@pytest.mark.parametrize("kind", KINDS)
def test_an_argument_known_only_as_code_breaks_nothing(kind: str) -> None:
    """An expression that differs from copy to copy may be refused, but not fail."""
    spec = LAYERS[kind]
    for params, inputs in list(TRIALS[kind])[:40]:
        args = resolve(spec, params)
        if in_plain_numbers(spec, args, inputs) is None:
            continue
        for name in args:
            use_everything(spec, {**args, name: Code("c if i == 0 else d")}, inputs)


def use_everything(spec: LayerSpec, args: dict[str, Resolved], inputs: Inputs) -> None:
    try:
        outputs = spec.shape(args, inputs)
    except Refused:
        return
    assert len(outputs) == len(spec.outputs)
    assert all(isinstance(y, TensorType) for y in outputs)
    assert all(weight.name or spec.value for weight in spec.weights(args, inputs))
    assert spec.operations(args, inputs) is not None
    if spec.construct is not None:
        assert spec.construct(args, inputs).target
    if spec.function is not None:
        assert spec.function(args, inputs, names_of(spec, len(inputs))).target
    if spec.invoke is not None:
        assert spec.invoke(args, inputs, names_of(spec, len(inputs))).target == ""
    assert spec.title is None or spec.title(args)
    assert spec.caption is None or isinstance(spec.caption(args), str)


@pytest.mark.parametrize(
    ("kind", "a", "b", "said"),
    [
        ("Add", ("N", 16, "H", 8), ("N", 16, 8, 8), "N×16×8×8"),
        ("Add", ("N", 16, 8, 8), ("N", "w", "H", 8), "N×16×8×8"),
        ("Multiply", ("N", 16, "H", "W"), ("N", 16, 1, 1), "N×16×H×W"),
        ("Multiply", ("N", 1, 1, 1), ("N", "w", 8, 8), "N×w×8×8"),
        ("Concat", ("N", 16, "H", "W"), ("N", "w", "H", "W"), "N×w + 16×H×W"),
        ("MatMul", ("N", "L", 64), ("N", 64, "L"), "N×L×L"),
    ],
)
def test_where_values_meet_a_known_size_says_more_than_a_symbol(
    kind: str, a: tuple[str | int, ...], b: tuple[str | int, ...], said: str
) -> None:
    spec = LAYERS[kind]
    inputs = tuple(
        TensorType(tuple(symbol(item) if isinstance(item, str) else item for item in dims))
        for dims in (a, b)
    )
    assert str(spec.shape(resolve(spec, {}), inputs)[0]) == said
