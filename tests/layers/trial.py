"""How trials of layers are written: parameters times inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from graphcore.spec import Inputs, ParamValue
from graphcore.tensor_type import TensorType

Params = Mapping[str, ParamValue]


@dataclass(frozen=True)
class Trial:
    """Every one of ``params`` is tried on every one of ``inputs``."""

    params: Sequence[Params]
    inputs: Sequence[Inputs]

    def __iter__(self) -> Iterator[tuple[Params, Inputs]]:
        return iter(product(self.params, self.inputs))


def each(**options: Sequence[ParamValue]) -> list[Params]:
    """Every combination of the options."""
    return [dict(zip(options, chosen, strict=True)) for chosen in product(*options.values())]


def t(*dims: int, dtype: str = "float32") -> TensorType:
    return TensorType(dims, dtype)


def alone(*types: TensorType) -> list[Inputs]:
    """Each type as the only input."""
    return [(x,) for x in types]


NUMBERS = (t(6), t(6, 8), t(6, 5, 8), t(6, 4, 7, 8), t(6, 4, 3, 5, 6))
