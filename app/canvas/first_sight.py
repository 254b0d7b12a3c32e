"""What is open in place when a diagram is first seen.

A GPT is an embedding, a stack of blocks and a norm, all inside one block, and each block of the
stack has two skips. Closed, it hides what the model is made of; so such blocks are open at first
sight, as far as all of it still fits at a size at which names can be read.
"""

from __future__ import annotations

from app.canvas.diagram_view import DiagramView
from app.canvas.miniature import joins_of
from app.canvas.openings import Path
from graphcore.containers import containers
from graphcore.diagram import Diagram
from graphcore.results import BlockResult

LEGIBLE = 0.44
"""Zoom from which what was opened is legible as a whole."""


def open_at_first_sight(view: DiagramView) -> None:
    """Open in place what hides the repeats of the main block and the skips of a transformer, or as
    much of it as there is room for, and show everything."""
    scene = view.diagram_scene
    document = scene.document
    hiding, stacks = worth_seeing(document.diagram, document.analysis.root)
    view.fit()
    for paths in (hiding + stacks, hiding):
        if not paths:
            continue
        scene.openings.open(*paths)
        view.fit()
        if view.zoom >= LEGIBLE:
            return
        scene.close_all()
    view.fit()


def worth_seeing(diagram: Diagram, root: BlockResult) -> tuple[list[Path], list[Path]]:
    """The blocks that hide repeats, and the repeats in them or beside them whose copies have
    several skips each: closed, those are arcs too small to be told apart."""
    hiding: list[Path] = [(node,) for node in containers(diagram)]
    stacks: list[Path] = [(node,) for node in _stacks(diagram, root)]
    for (node,) in hiding:
        for result in root.nodes.get(node, ()):
            if result.body is not None:
                stacks += [(node, inner) for inner in _stacks(diagram, result.body)]
    return hiding, stacks


def _stacks(diagram: Diagram, around: BlockResult) -> list[str]:
    """The nodes of a block that stand for several copies of a block with several skips."""
    nodes = diagram.blocks[around.block].graph.nodes
    return [
        id
        for id, copies in around.nodes.items()
        if len(copies) > 1
        and id in nodes
        and nodes[id].kind in diagram.blocks
        and all(len(joins_of(diagram.blocks[nodes[id].kind], copy.body)) > 1 for copy in copies)
    ]
