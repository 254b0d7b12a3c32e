"""Which tensor of a file goes to which of a network: by key, else by order and shape, else by shape
alone; no torch.

Names decide first, where need be without (or with) a prefix that most of them share. A file whose
names mean nothing here is taken in the order of its tensors, if their shapes agree one by one up to
the last layer, which may be another. A file without an order is taken by shape alone, if no two of
its tensors are of one shape: among equals nobody could tell a query from a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

MOST_NAMED: Final = 4
"""Tensors that a sentence names."""

COUNTER: Final = ".num_batches_tracked"
"""Of a batch norm: old files lack it, and nothing that is computed depends on it."""

COMPILED: Final = "_orig_mod."
"""What torch.compile puts into names."""

DEEPEST_PREFIX: Final = 4

WAYS: Final[Mapping[str, str]] = {
    "order": "by order and shape",
    "shape": "by shape, each of which occurs once",
}
"""How tensors found their places, where not by their names."""

KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("float16", "bfloat16", "float32", "float64"), "floats"),
    **dict.fromkeys(("int8", "uint8", "int16", "int32", "int64"), "whole numbers"),
}
"""Types of numbers that are cast into each other; every other is only itself."""


class WeightsError(ValueError):
    """Weights cannot be read or do not fit; the message says what, why and how to mend it."""


@dataclass(frozen=True)
class Stored:
    """A tensor by its name, with its shape and the name of its type, such as ``float16``."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"

    @property
    def kind(self) -> str:
        """What its type is cast into."""
        return KINDS.get(self.dtype, self.dtype)

    @property
    def size(self) -> str:
        """Its shape in words: ``10×64``."""
        return "×".join(map(str, self.shape)) or "a number"

    def __str__(self) -> str:
        """``fc.weight (10×64)``."""
        return f"{self.name} ({self.size})"


@dataclass(frozen=True)
class Slot(Stored):
    """A tensor of a network; ``same_as`` is the name before it of the tensor that it is tied to."""

    same_as: str = ""


@dataclass(frozen=True)
class Pair:
    """A tensor of the network and the one of the file that has its name or place; ``twins`` are
    those that have further names of it, where it is tied."""

    slot: Slot
    found: Stored
    twins: tuple[Stored, ...] = ()


@dataclass(frozen=True)
class Match:
    """What of a file goes where. ``left`` keep their first values since the file has nothing for
    them, ``differing`` since what it has is of another shape; ``unused`` is the rest of the file.
    ``cut`` and ``put`` are the prefix that names lost and got."""

    by: Literal["key", "order", "shape"]
    matched: tuple[Pair, ...]
    left: tuple[Stored, ...] = ()
    differing: tuple[Pair, ...] = ()
    unused: tuple[Stored, ...] = ()
    cut: str = ""
    put: str = ""

    @property
    def total(self) -> int:
        """How many tensors the network has, a tied one once."""
        return len(self.matched) + len(self.left) + len(self.differing)

    @property
    def is_whole(self) -> bool:
        """Whether nothing that is computed depends on a first value."""
        return not self.differing and all(map(_is_counter, self.left))

    def sentence(self) -> str:
        """``62 of 64 tensors, by key; of another shape: …; at their first values: …``."""
        parts = [self.summary()]
        if self.differing:
            parts.append("of another shape, so at their first values: " + _pairs(self.differing))
        if self.left:
            parts.append("not in the file, so at their first values: " + names(self.left))
        if self.unused:
            parts.append("in the file and not used: " + names(self.unused))
        return "; ".join(parts)

    def summary(self) -> str:
        """``62 of 64 tensors, by key``."""
        return f"{len(self.matched):,} of {self.total:,} tensors, {self._way()}"

    def _way(self) -> str:
        if self.by != "key":
            return WAYS[self.by]
        if self.cut:
            return f"by key without '{self.cut}'"
        return f"by key below '{self.put}'" if self.put else "by key"


def match(slots: Sequence[Slot], stored: Sequence[Stored], *, file: str, is_ordered: bool) -> Match:
    """What of the ``stored`` tensors goes to which of the ``slots`` (all names of a network in the
    order of its ``state_dict``): the way that fits more of them, the keys where both fit as many.
    ``is_ordered`` tells whether the file keeps the order in which its tensors were made.

    Raises :class:`WeightsError` where nothing fits or what fits is no number of the right kind.
    """
    found = max(
        (_by_key(slots, stored, cut, put) for cut, put in _renamings(slots, stored)),
        key=lambda one: (len(one.matched), len(one.differing)),
    )
    if is_ordered and not found.is_whole:
        ordered = _by_order(slots, stored)
        if ordered is not None and len(ordered.matched) > len(found.matched):
            found = ordered
    if not found.matched and not found.differing:
        found = _by_shape(slots, stored) or found
    if all(_is_counter(pair.slot) for pair in found.matched):
        raise WeightsError(_nothing(slots, stored, found, file, is_ordered=is_ordered))
    for pair in found.matched:
        if pair.slot.kind != pair.found.kind and not _is_counter(pair.slot):
            raise WeightsError(
                f"{file}: {pair.found.name} is of the type {pair.found.dtype}, the network's "
                f"{pair.slot.name} of {pair.slot.dtype}, and one is not cast into the other: save "
                f"it as {pair.slot.dtype}"
            )
    return found


def names(tensors: Sequence[Stored]) -> str:
    """The first of them, and how many more there are."""
    return _listed([str(one) for one in tensors])


def _pairs(pairs: Sequence[Pair]) -> str:
    return _listed([f"{one.slot}, in the file {one.found.size}" for one in pairs])


def _listed(words: Sequence[str]) -> str:
    more = len(words) - MOST_NAMED
    if more == 1:
        return ", ".join(words)
    return ", ".join(words[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _by_key(slots: Sequence[Slot], stored: Sequence[Stored], cut: str, put: str) -> Match:
    """The match where names of the file lose the prefix ``cut`` and get ``put``."""
    there: dict[str, Stored] = {}
    for one in stored:
        there.setdefault(put + one.name.replace(COMPILED, "").removeprefix(cut), one)
    matched, differing, left = [], [], []
    used: set[str] = set()
    for slot, *others in _tensors(slots):
        found = [there[one.name] for one in (slot, *others) if one.name in there]
        used.update(one.name for one in found)
        fitting = [one for one in found if one.shape == slot.shape]
        if fitting:
            matched.append(Pair(slot, fitting[0], tuple(fitting[1:])))
        elif found:
            differing.append(Pair(slot, found[0]))
        else:
            left.append(slot)
    unused = tuple(one for one in stored if one.name not in used)
    return Match("key", tuple(matched), tuple(left), tuple(differing), unused, cut, put)


def _tensors(slots: Sequence[Slot]) -> list[list[Slot]]:
    """The names of each tensor, the first one first."""
    found: dict[str, list[Slot]] = {}
    for slot in slots:
        found.setdefault(slot.same_as or slot.name, []).append(slot)
    return list(found.values())


def _renamings(slots: Sequence[Slot], stored: Sequence[Stored]) -> Iterator[tuple[str, str]]:
    """What names may lose and get; nothing first."""
    yield "", ""
    for cut in _prefixes([one.name.replace(COMPILED, "") for one in stored]):
        yield cut, ""
    for put in _prefixes([slot.name for slot in slots]):
        yield "", put


def _prefixes(names: Sequence[str]) -> Iterator[str]:
    """Prefixes that end in a dot and that more than half of the names have, the shortest first."""
    prefix = ""
    for _ in range(DEEPEST_PREFIX):
        counts: dict[str, int] = {}
        for name in names:
            head, dot, _rest = name.removeprefix(prefix).partition(".")
            if name.startswith(prefix) and dot:
                counts[head] = counts.get(head, 0) + 1
        most = max(counts, key=lambda head: counts[head], default="")
        if not most or 2 * counts[most] <= len(names):
            return
        prefix += most + "."
        yield prefix


def _by_order(slots: Sequence[Slot], stored: Sequence[Stored]) -> Match | None:
    """The match place by place, or None where shapes disagree before the last layer. A file has a
    tied tensor under each of its names or once, and batch counters or none."""
    for apart in (False, True):
        left = [slot for slot in slots if apart and _is_counter(slot)]
        unused = [one for one in stored if apart and _is_counter(one)]
        there = [one for one in stored if not (apart and _is_counter(one))]
        every = [slot for slot in slots if not (apart and _is_counter(slot))]
        for wanted in (every, [slot for slot in every if not slot.same_as]):
            length = _agreeing(wanted, there)
            rest, beyond = wanted[length:], there[length:]
            if length and _is_one_layer(rest) and _is_one_layer(beyond):
                return _placed(wanted, there, length, left, unused)
    return None


def _by_shape(slots: Sequence[Slot], stored: Sequence[Stored]) -> Match | None:
    """The match of the tensors of one shape and kind, or None unless each occurs once on both
    sides; counters of batches apart."""
    wanted = [slot for slot in slots if not slot.same_as and not _is_counter(slot)]
    left = tuple(slot for slot in slots if not slot.same_as and _is_counter(slot))
    there = {(one.shape, one.kind): one for one in stored if not _is_counter(one)}
    unused = tuple(filter(_is_counter, stored))
    places = {(slot.shape, slot.kind) for slot in wanted}
    is_unique = len(places) == len(wanted) and len(there) == len(stored) - len(unused)
    if not is_unique or places != set(there):
        return None
    pairs = tuple(Pair(slot, there[slot.shape, slot.kind]) for slot in wanted)
    return Match("shape", pairs, left, (), unused)


def _placed(
    wanted: Sequence[Slot],
    there: Sequence[Stored],
    length: int,
    left: Sequence[Stored],
    unused: Sequence[Stored],
) -> Match:
    """The match of what stands at the same place, of which the first ``length`` agree."""
    found: dict[str, list[Stored]] = {}
    for slot, one in zip(wanted[:length], there, strict=False):
        found.setdefault(slot.same_as or slot.name, []).append(one)
    own = [slot for slot in wanted[:length] if not slot.same_as]
    rest, beyond = wanted[length:], there[length:]
    more = [slot for slot in wanted[length + len(beyond) :] if not slot.same_as]
    return Match(
        "order",
        tuple(Pair(one, found[one.name][0], tuple(found[one.name][1:])) for one in own),
        (*more, *left),
        tuple(Pair(*both) for both in zip(rest, beyond, strict=False)),
        (*beyond[len(rest) :], *unused),
    )


def _is_counter(tensor: Stored) -> bool:
    return tensor.name.endswith(COUNTER) or (not tensor.shape and tensor.kind == "whole numbers")


def _agreeing(slots: Sequence[Stored], stored: Sequence[Stored]) -> int:
    """How many tensors agree in shape and kind before the first that do not."""
    for place, (slot, one) in enumerate(zip(slots, stored, strict=False)):
        if slot.shape != one.shape or slot.kind != one.kind:
            return place
    return min(len(slots), len(stored))


def _is_one_layer(tensors: Sequence[Stored]) -> bool:
    """Whether they belong together; names without a dot tell nothing, so two may."""
    layers = {one.name.rpartition(".")[0] for one in tensors}
    return len(layers) <= 1 and (len(tensors) <= 2 or "" not in layers)


def _nothing(
    slots: Sequence[Slot],
    stored: Sequence[Stored],
    found: Match,
    file: str,
    *,
    is_ordered: bool,
) -> str:
    """Why nothing fits, with the first names of both sides."""
    if found.differing:
        return (
            f"{file} does not fit: its tensors have the names of this network's and other shapes: "
            f"{_pairs(found.differing)}; choose weights of a network of the same sizes"
        )
    order = (
        "and their shapes, in order, are others"
        if is_ordered
        else "this file keeps no order to go by (a .pt of the state_dict does), and by shape alone "
        "it could only be taken if each shape occurred once in it and in the network"
    )
    return (
        f"{file} has nothing for this network: its names are {names(stored)}; the network's are "
        f"{names(slots)}; {order}: choose weights of the same architecture, or rename them"
    )
