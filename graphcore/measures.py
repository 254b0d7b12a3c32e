"""How large blocks are drawn and where their ports stand, in pixels at 100 %.

Sizes follow from the diagram alone, so that an arrangement can be made where there is no window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphcore.diagram import INPUT, OUTPUT, Diagram, Node
from graphcore.expression import ExpressionError, evaluate
from graphcore.layers import LAYERS
from graphcore.ports import input_ports, output_ports
from graphcore.wording import wording

GRID = 24
BOX_HEIGHT = 72
CHIP_WIDTH, CHIP_HEIGHT = 24, 60
NAME_ROOM = 40
"""Below a composite block, for its kind and for where its shortcuts are not identities."""
_SOME_COPIES = 4
_SHOWN_COPIES = 6
"""Cells that a block has room for whose repeat is an expression: its width must not follow a
parameter, or pulling a slider would push blocks into each other."""
_NARROW = frozenset("iljtfrI.,:·|!'() ")
_WIDE = frozenset("mwMW@%")


Size = tuple[int, int]


def is_chip(node: Node) -> bool:
    """Whether ``node`` is drawn as a narrow chip."""
    return node.kind in LAYERS and LAYERS[node.kind].chip


def node_size(diagram: Diagram, node: Node) -> Size:
    """Width and height of ``node`` on the canvas, in pixels at 100 %, without its name below."""
    if is_chip(node):
        return CHIP_WIDTH, CHIP_HEIGHT
    title, caption = wording(diagram, node)
    if node.kind in diagram.blocks:
        return _block_width(diagram, node, title), _height(diagram, node)
    # Titles are drawn larger where the view is small. There a title loses its last words, but one
    # that is cut within its first says nothing.
    first = text_width(title.partition(" ")[0], 21) - 16
    # An end is known by its label, which is legible there as well.
    label = (9.0 if is_end(node) else 6.7) * min(len(node.label), 16)
    text = max(text_width(title, 17) - 12, first, 6.7 * len(caption), label)
    # The shape that stands on an end of a block is known to the analysis alone.
    return _bounded_width(text + 20, 96 if is_end(node) else 72, 168), _height(diagram, node)


def port_offsets(count: int) -> tuple[int, ...]:
    """How far the ports of one side stand below a node's middle, in order.

    >>> port_offsets(2)
    (-12, 12)
    """
    return tuple(GRID * index - GRID * (count - 1) // 2 for index in range(count))


def ordered_offsets(ports: Sequence[str], comes: Mapping[str, float]) -> dict[str, int]:
    """How far each input of a block stands below its middle. Those in ``comes`` exchange places so
    that they stand in the order of the heights from which their wires come.

    >>> ordered_offsets(("x", "skip"), {"x": 1, "skip": 0})
    {'x': 12, 'skip': -12}
    """
    places = [port for port in ports if port in comes]
    ordered = iter(sorted(places, key=comes.__getitem__))
    standing = [next(ordered) if port in comes else port for port in ports]
    offsets = dict(zip(standing, port_offsets(len(ports)), strict=True))
    return {port: offsets[port] for port in ports}


def cells(diagram: Diagram, node: Node) -> int:
    """How many cells the miniature of a composite block has: one a copy, else one a copy
    of each layer inside."""
    copies = expected_copies(diagram, node)
    if copies > 1:
        return copies
    inner = diagram.blocks[node.kind].graph.nodes.values()
    units = (item for item in inner if not is_chip(item) and not is_end(item))
    return sum(expected_copies(diagram, unit) for unit in units) or 1


def expected_copies(diagram: Diagram, node: Node) -> int:
    """How often ``node`` is repeated; an expression is taken at the defaults of the main block,
    and one that needs other names as some copies, so that a size can be had without analysis."""
    if isinstance(node.repeat, int):
        return node.repeat
    defaults = {p.name: p.default for p in diagram.main_block.params if isinstance(p.default, int)}
    try:
        copies = evaluate(node.repeat, defaults)
    except ExpressionError:
        return _SOME_COPIES
    return copies if isinstance(copies, int) and copies > 0 else _SOME_COPIES


def is_end(node: Node) -> bool:
    """Whether values enter or leave the block that contains ``node`` there."""
    return node.kind in (INPUT, OUTPUT)


def whole_cells(length: int) -> int:
    """``length`` or the next multiple of the grid after it."""
    return -(-length // GRID) * GRID


def _height(diagram: Diagram, node: Node) -> int:
    known = node.kind in LAYERS or node.kind in diagram.blocks
    ports = 0
    if known:
        ports = max(len(input_ports(diagram, node)), len(output_ports(diagram, node)))
    return max(BOX_HEIGHT, GRID * (ports + 1))


def _block_width(diagram: Diagram, node: Node, title: str) -> int:
    fixed = isinstance(node.repeat, int)
    copies = expected_copies(diagram, node) if fixed else _SHOWN_COPIES
    text = text_width(title, 15) + 10 + (18 + 8 * len(str(copies)) if copies > 1 else 0)
    shown = cells(diagram, node) if fixed else _SHOWN_COPIES
    return _bounded_width(max(text, 24.0 * min(shown, 8)) + 24, 96, 216)


def _bounded_width(width: float, least: int, most: int) -> int:
    return min(max(whole_cells(round(width)), least), most)


def text_width(text: str, size: float) -> float:
    """About how wide ``text`` is in the interface's semi-bold face; generous, as graphcore knows
    no fonts."""
    em = sum(0.34 if c in _NARROW else 0.92 if c in _WIDE else 0.62 for c in text)
    return em * size
