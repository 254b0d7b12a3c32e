"""What the chip of a scale says and how much room chips need, from the diagram alone."""

from __future__ import annotations

from graphcore.diagram import Node, Scale
from graphcore.layers import LAYERS
from graphcore.measures import GRID, text_width, whole_cells
from graphcore.spec import Args
from graphcore.wording import literal_args

CHIP_GAP = 6
"""Between two chips."""
_WIDEST = 96
_USUAL = 72
_AROUND = 16


def chip_text(scale: Scale, args: Args | None = None) -> str:
    """``· α``, ``drop 0.2``, ``SE /16``; ``args`` are the resolved parameters, if known."""
    spec = LAYERS.get(scale.kind)
    if spec is None:
        return scale.kind
    known = args if args is not None and spec.by_name.keys() <= args.keys() else None
    resolved = known or literal_args(spec.params, scale.params)
    if spec.short is not None:
        return spec.short(resolved)
    return spec.title(resolved) if spec.title else spec.kind


def chip_width(text: str) -> int:
    """How wide a chip with ``text`` is, in pixels at 100 %; longer words are elided."""
    return min(round(text_width(text, 11)) + _AROUND, _WIDEST)


def room_before(node: Node) -> int:
    """How much further than others ``node`` stands from what feeds it, for its chips."""
    longest = 0
    for chain in node.scales.values():
        # What stands for an expression in an instance may be longer than its name.
        widths = (max(chip_width(chip_text(scale)), _USUAL) for scale in chain)
        longest = max(longest, sum(width + CHIP_GAP for width in widths))
    # A gap between columns has room for a little more than a join.
    return max(0, whole_cells(longest - GRID))
