"""Why a run failed, in plain words."""

from __future__ import annotations

import re
import traceback

from graphcore.training.events import Failed
from graphcore.training.recipe import Recipe

_NO_MEMORY = re.compile(
    r"out of memory|can't allocate memory|not enough memory|storage size", re.IGNORECASE
)
_WANTED = re.compile(r"allocate (\d+) bytes|allocate ([\d.]+ [KMGT]iB)", re.IGNORECASE)


class TrainingError(ValueError):
    """A run that cannot begin or go on, for a reason that :class:`Failed` tells."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.message)
        self.failed = failed


def explain(error: BaseException, recipe: Recipe, place: str = "") -> str:
    """What happened and how to mend it. ``place`` names the block in which it happened."""
    text = str(error).strip()
    where = f" at '{place}'" if place else ""
    if isinstance(error, MemoryError) or _NO_MEMORY.search(text):
        return (
            f"there was not enough memory{where}{_wanted(text)}: choose a smaller batch size than "
            f"{recipe.batch_size}, a smaller network, or another device"
        )
    if "device-side assert" in text:
        return (
            f"the GPU stopped the computation{where}: an index was out of range, often a label or "
            "a token that the network does not provide for. Run on the device cpu to see which"
        )
    if "more than 1 value per channel" in text:
        return (
            f"a batch normalisation{where} got a single value a channel, which has no deviation: "
            "choose a batch size above 1, or keep larger images up to here"
        )
    first = text.split("\n", 1)[0] or type(error).__name__
    return f"the network could not be run{where}: {first}"


def trace_of(error: BaseException) -> str:
    """The traceback as text."""
    return "".join(traceback.format_exception(error))


def _wanted(text: str) -> str:
    found = _WANTED.search(text)
    if not found:
        return ""
    amount = f"{int(found[1]) / 2**30:.1f} GiB" if found[1] else found[2]
    return f" ({amount} more were needed)"
