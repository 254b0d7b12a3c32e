"""In which order the inputs of a block stand on its side: as their wires come, so that none crosses
another before the block. A matter of the picture; the ports of the model keep their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.canvas.placing.node_measures import NodeMeasures
from graphcore.measures import BOX_HEIGHT, ordered_offsets

Comes = Mapping[str, int]
"""From where the wire of an input comes: -1 from above, 0 on the block's level, 1 from below."""


def coming(starts: Mapping[str, Sequence[float]], level: float) -> Comes:
    """From where the wires of each input come to a block at the height ``level``; ``starts`` are
    the heights at which they start. Inputs without a wire are left out."""
    return {
        port: min(_side(y, level) for y in heights) for port, heights in starts.items() if heights
    }


def _side(start: float, level: float) -> int:
    if abs(start - level) < BOX_HEIGHT / 2:
        return 0
    return -1 if start < level else 1


def in_order(measures: NodeMeasures, comes: Comes) -> NodeMeasures:
    """``measures`` with its inputs in the order in which their wires come."""
    offsets = ordered_offsets(tuple(measures.inputs), comes)
    inputs = {port: (x, float(offsets[port])) for port, (x, _) in measures.inputs.items()}
    return measures._replace(inputs=inputs)


def rank_of(inputs: Mapping[str, tuple[float, float]], port: str) -> int:
    """Which of the inputs ``port`` is, counted from the uppermost."""
    own = inputs.get(port)
    return sum(at[1] < own[1] for at in inputs.values()) if own is not None else 0
