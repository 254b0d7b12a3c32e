"""What is open in place when a diagram is first seen.

A GPT is an embedding, a stack of blocks and a norm, all inside one block. Closed, that block hides
what the model is made of; so such blocks are open at first sight, if all of it still fits at a size
at which names can be read.
"""

from __future__ import annotations

from app.canvas.diagram_view import DiagramView
from app.canvas.openings import Path
from graphcore.containers import containers
from graphcore.diagram import Block

LEGIBLE = 0.5
"""Zoom from which what was opened is legible as a whole."""


def open_at_first_sight(view: DiagramView) -> None:
    """Open in place what hides the repeats of the main block, and show everything."""
    view.fit()
    scene = view.diagram_scene
    paths: list[Path] = [(node,) for node in containers(scene.document.diagram)]
    if not paths or is_folded(scene.document.diagram.main_block):
        return
    scene.openings.open(*paths)
    view.fit()
    if view.zoom < LEGIBLE:
        scene.close_all()
        view.fit()


def is_folded(block: Block) -> bool:
    """Whether a wire leads back to the left: a frame would push apart what stands in other lines
    as well."""
    places = block.positions
    return any(
        places[edge.target.node].x < places[edge.source.node].x
        for edge in block.graph.edges.values()
        if edge.source.node in places and edge.target.node in places
    )
