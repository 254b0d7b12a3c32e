"""Why a run failed, in plain words."""

from __future__ import annotations

import re
import traceback

from graphcore.training.events import Failed
from graphcore.training.faults.memory_need import amount
from graphcore.training.recipe import Recipe

_NO_MEMORY = re.compile(
    r"out of memory|can't allocate memory|not enough memory|storage size|bad_alloc"
    r"|could not create a memory|unable to allocate",
    re.IGNORECASE,
)
_BYTES_WANTED = re.compile(r"allocate (\d+) bytes", re.IGNORECASE)
_WANTED = re.compile(r"allocate ([\d.]+ [KMGT]i?B)", re.IGNORECASE)
_LEFT = re.compile(r"of which ([\d.]+ [KMGT]i?B) is free", re.IGNORECASE)
_INDEX = re.compile(
    r"device-side assert|Target -?\d+ is out of bounds|index out of range in self", re.IGNORECASE
)


class TrainingError(ValueError):
    """A run that cannot begin or go on, for a reason that :class:`Failed` tells."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.message)
        self.failed = failed


def is_no_memory(error: BaseException) -> bool:
    """Whether ``error`` says that there was not enough memory, of the machine or of a GPU."""
    return isinstance(error, MemoryError) or bool(_NO_MEMORY.search(str(error)))


def no_memory(error: BaseException, place: str = "", left: int | None = None) -> str:
    """That there was not enough memory at the block ``place``, how much was asked for, and how
    much there was: the error's own figure, or ``left`` bytes."""
    text = str(error)
    where = f" at '{place}'" if place else ""
    own = _LEFT.search(text)
    free = own[1] if own else amount(left) if left is not None else ""
    if asked := _asked(text):
        where += f" ({asked} more were asked for" + (f", {free} were free)" if free else ")")
    elif free:
        where += f" ({free} were free)"
    return f"there was not enough memory{where}"


def explain(error: BaseException, recipe: Recipe, place: str = "") -> str:
    """What happened and how to mend it. ``place`` names the block in which it happened."""
    text = str(error).strip()
    where = f" at '{place}'" if place else ""
    if is_no_memory(error):
        return (
            f"{no_memory(error, place)}: choose a smaller batch size than {recipe.batch_size}, a "
            "smaller network, or another device"
        )
    if found := _INDEX.search(text):
        return _out_of_range(found[0], where)
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


def _asked(text: str) -> str:
    if found := _BYTES_WANTED.search(text):
        return amount(int(found[1]))
    found = _WANTED.search(text)
    return found[1] if found else ""


def _out_of_range(said: str, where: str) -> str:
    """Words for an index that nothing stands at. A GPU tells it some time after it met it, so what
    was computed when it was told need not be the place; the CPU tells both number and place."""
    cause = "a label or a token is out of range: it is larger than the network provides for"
    mend = (
        "give the last layer (or the embedding) as many outputs (or entries) as the data have "
        "classes (or tokens), or correct the data"
    )
    if "device-side assert" in said:
        return (
            f"the GPU stopped the computation and takes no more of it: most likely {cause}. "
            f"{mend[0].upper()}{mend[1:]}. The device 'cpu' in the recipe tells which one it is"
        )
    return f"{cause}{where} ({said}): {mend}"
