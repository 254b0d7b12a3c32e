"""What layers of sequences ask: batch, places and features, in this order."""

from __future__ import annotations

from graphcore.spec import Refused
from graphcore.tensor_type import Size, TensorType


def sequence(kind: str, x: TensorType, port: str = "x") -> tuple[Size, Size, Size]:
    """The batch, length and features of ``x``, which must be a sequence N×L×E."""
    if x.rank != 3:
        raise Refused(
            f"{kind} needs a sequence N×L×E, but gets {x}; flatten its places and put the "
            "channels last, or look the tokens up in an Embedding",
            port=port,
        )
    batch, length, features = x.dims
    return batch, length, features
