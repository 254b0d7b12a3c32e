"""What a model asks torch to do: the operations of a step in their order, which, unlike the time
that they take, is the same on every machine however busy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from tests.bench.published.pairs import outputs_of

VIEWS = frozenset(
    (
        *("_reshape_alias", "_unsafe_view", "alias", "detach", "expand", "permute", "select"),
        *("slice", "split", "squeeze", "t", "transpose", "unbind", "unsqueeze", "view"),
    )
)
"""Operations that compute nothing: another look at what is there."""


class Recording(TorchDispatchMode):
    """Writes down the name of every operation."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names: list[str] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Called by torch in place of the operation."""
        self.names.append(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


def step(model: nn.Module, inputs: Sequence[Tensor]) -> None:
    """Forward and backward, with the same random draws each time: what chance leaves out of a
    model costs less."""
    torch.manual_seed(0)
    model.zero_grad(set_to_none=True)
    outputs = outputs_of(model, inputs)
    torch.stack([output.square().mean() for output in outputs]).sum().backward()


def operations(model: nn.Module, inputs: Sequence[Tensor], *, training: bool) -> list[str]:
    """The operations of a step of training, or of a pass in evaluation without gradients."""
    model.train(training)
    recording = Recording()
    with recording:
        if training:
            step(model, inputs)
        else:
            with torch.no_grad():
                outputs_of(model, inputs)
    return recording.names


def computing(names: Sequence[str]) -> Counter[str]:
    """How often each operation that computes something is among ``names``."""
    return Counter(name for name in names if name not in VIEWS)


def compared(ours: Sequence[str], theirs: Sequence[str]) -> str:
    """In words, how the operations of the first differ from those of the second."""
    if list(ours) == list(theirs):
        return f"the same {len(ours)} operations"
    more, fewer = computing(ours) - computing(theirs), computing(theirs) - computing(ours)
    if not more and not fewer:
        return f"the same {computing(ours).total()} operations, {_views(ours, theirs)}"
    named = [f"{count} more {name}" for name, count in sorted(more.items())]
    named += [f"{count} fewer {name}" for name, count in sorted(fewer.items())]
    return f"{', '.join(named)} of {computing(theirs).total()}; {_views(ours, theirs)}"


def _views(ours: Sequence[str], theirs: Sequence[str]) -> str:
    counts = [len(names) - computing(names).total() for names in (ours, theirs)]
    return f"{counts[0]} views against {counts[1]}" if counts[0] != counts[1] else "in other order"
