"""What can be done with blocks as wholes: made of a selection, taken apart, parted."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.canvas.gestures.block_dialog import BlockDialog
from app.document import Document
from graphcore import edits
from graphcore.diagram import Diagram
from graphcore.edits import EditError
from graphcore.edits.explode import explode as explode_one
from graphcore.edits.proposal import Plan, propose


def make_block(document: Document, parent: QWidget) -> BlockDialog | None:
    """Ask how the selected blocks become one, and do it when the user agrees; None where they
    cannot, which is said."""
    if document.read_only:
        return None
    try:
        proposal = propose(document.diagram, document.block, document.selection)
    except EditError as error:
        document.refused.emit(str(error))
        return None
    dialog = BlockDialog(document, proposal, parent)
    dialog.accepted.connect(lambda: carry_out(document, dialog.plan()))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def carry_out(document: Document, plan: Plan) -> None:
    """Make the block, one step, and select what was made."""
    made: list[str] = []

    def edit(diagram: Diagram) -> Diagram:
        after, ids = plan.made(diagram)
        made.extend(ids)
        return after

    if document.apply(f"Make the block {plan.name}", edit):
        document.select(made)


def explode(document: Document) -> None:
    """Put what is inside the selected blocks in their place, one step, and select it."""
    diagram, block = document.diagram, document.block
    graph = diagram.blocks[block].graph
    chosen = sorted(item for item in document.selection if item in graph.nodes)
    instances = [id for id in chosen if graph.nodes[id].kind in diagram.blocks]
    made: set[str] = set()

    def edit(edited: Diagram) -> Diagram:
        made.clear()
        for id in instances or chosen[:1]:
            edited, new = explode_one(edited, block, id)
            made.update(new)
        return edited

    title = f"Explode {len(instances)} blocks" if len(instances) > 1 else "Explode the block"
    if not chosen:
        document.refused.emit("Select a block that has an inside; it is put in its place.")
    elif document.apply(title, edit):
        document.select(made)


def make_unique(document: Document, node: str = "") -> None:
    """Give the selected instance (or ``node``) a definition of its own."""
    block = document.block
    graph = document.diagram.blocks[block].graph
    chosen = [node] if node else [item for item in document.selection if item in graph.nodes]
    if len(chosen) != 1:
        document.refused.emit("Select one instance of a block to give it a definition of its own.")
        return
    document.apply("Make unique", lambda d: edits.make_unique(d, block, chosen[0])[0])


def remove_unused(document: Document) -> None:
    """Remove the definitions that the model is not made of; says where there are none."""
    if not document.apply("Delete unused blocks", edits.remove_unused_blocks):
        document.refused.emit("Every block is used in the model; there is nothing to delete.")


def places_of(diagram: Diagram, kind: str) -> int:
    """The number of nodes, in all blocks, that are instances of ``kind``."""
    nodes = (node for block in diagram.blocks.values() for node in block.graph.nodes.values())
    return sum(node.kind == kind for node in nodes)
