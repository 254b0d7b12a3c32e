"""Puts symbols where numbers stand, and numbers back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from graphcore.expression import Expr, evaluate
from graphcore.spec import Args, Inputs, IntParam, IntsParam, LayerSpec, Resolved, Weight
from graphcore.tensor_type import Size, TensorType, substitute, symbol
from tests.layers.oracle import Outcome

VALUES = {f"s{value}": value for value in range(1, 1000)}
"""What each symbol stands for: ``s6`` for 6, so that equal sizes are the same symbol."""


def symbol_of(value: int) -> Size:
    return symbol(f"s{value}")


def with_batch(inputs: Inputs) -> Inputs:
    """The inputs with a symbolic batch."""
    return tuple(
        TensorType((symbol_of(cast(int, x.dims[0])), *x.dims[1:]), x.dtype) if x.dims else x
        for x in inputs
    )


def with_sizes(inputs: Inputs) -> Inputs:
    """The inputs with a symbol for every size but 1, which stretches where others do not."""
    return tuple(
        TensorType(tuple(d if d == 1 else symbol_of(cast(int, d)) for d in x.dims), x.dtype)
        for x in inputs
    )


def with_arguments(spec: LayerSpec, args: Args) -> dict[str, Resolved]:
    """The arguments with symbols for all numbers but those that choose axes or count layers."""
    return {
        name: _symbolic(value) if _is_size(spec, name) else value for name, value in args.items()
    }


def _is_size(spec: LayerSpec, name: str) -> bool:
    param = spec.by_name[name]
    counted = ("axes", "num_layers")
    return isinstance(param, IntParam | IntsParam) and param.minimum >= 0 and name not in counted


def _symbolic(value: Resolved) -> Resolved:
    if isinstance(value, tuple):
        return tuple(_symbolic(item) for item in value)
    return symbol_of(value) if isinstance(value, int) and value > 0 else value


def number(size: Size, values: Mapping[str, int] = VALUES) -> int:
    """A size when its symbols have their values."""

    def opaque(text: str) -> int:
        found = evaluate(Expr(text), values)
        assert isinstance(found, int)
        return found

    return substitute(size, values, opaque)


def in_numbers(
    outputs: tuple[TensorType, ...], weights: tuple[Weight, ...], operations: Size
) -> Outcome:
    """What a spec said in symbols, with their values put in."""
    return Outcome(
        tuple(TensorType(tuple(map(number, y.dims)), y.dtype) for y in outputs),
        tuple(Weight(w.name, tuple(map(number, w.shape)), w.buffer) for w in weights),
        number(operations),
    )
