"""What a journal notes after an edit: which lines of the file changed, and the way back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from graphcore.store.writing import BlockText, Section, Written

_LISTS = BlockText._fields
_EMPTY = BlockText((), (), (), (), ())

Parts = tuple[Section, Mapping[str, BlockText]]
"""The lines of a file: its head and its blocks."""

NOTHING: Parts = ((), {})


def entry(new: Written, old: Parts) -> str:
    """One line of JSON that tells how the lines of ``new`` come from those of ``old``."""
    head, blocks = old
    changed = {
        name: _splices(text, blocks.get(name, _EMPTY))
        for name, text in new.blocks.items()
        if text is not blocks.get(name)
    }
    noted: dict[str, Any] = {"blocks": list(new.blocks), "changed": changed}
    if new.head != head:
        noted["head"] = new.head
    return json.dumps(noted, ensure_ascii=True, separators=(",", ":"))


def applied(line: str, old: Parts) -> Parts:
    """The lines after the entry ``line``.

    Raises ValueError, KeyError, TypeError or IndexError where it is no entry for ``old``.
    """
    noted = json.loads(line)
    head, blocks = old
    if "head" in noted:
        head = tuple(noted["head"])
    changed = {
        name: _spliced_block(blocks.get(name, _EMPTY), splices)
        for name, splices in noted["changed"].items()
    }
    return head, {name: changed.get(name) or blocks[name] for name in noted["blocks"]}


def splice(old: Sequence[str], new: Sequence[str]) -> tuple[int, int, list[str]] | None:
    """How ``old`` becomes ``new``: from which line on, how many lines to drop, which to put there;
    None where they are the same.

    >>> splice(["a", "b", "c"], ["a", "x", "c"])
    (1, 1, ['x'])
    """
    if old is new or old == new:
        return None
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    rest = shorter - start
    end = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    return start, len(old) - end - start, list(new[start : len(new) - end])


def _splices(new: BlockText, old: BlockText) -> dict[str, tuple[int, int, list[str]]]:
    found = {name: splice(getattr(old, name), getattr(new, name)) for name in _LISTS}
    return {name: each for name, each in found.items() if each is not None}


def _spliced_block(old: BlockText, splices: Mapping[str, Any]) -> BlockText:
    return BlockText(*(_spliced(getattr(old, name), splices.get(name)) for name in _LISTS))


def _spliced(lines: Section, change: Any) -> Section:
    if change is None:
        return lines
    start, dropped, put = change
    if not 0 <= start <= start + dropped <= len(lines):
        raise ValueError("the entry does not follow on the one before it")
    return (*lines[:start], *put, *lines[start + dropped :])
