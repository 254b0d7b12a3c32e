"""The paths by which ties name weights inside blocks, kept right when what they lead through is
named or nested otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from graphcore.diagram import Block, Diagram, Tie
from graphcore.edits.editing import map_blocks


def with_paths(diagram: Diagram, inside: str, change: Callable[[str], str]) -> Diagram:
    """``diagram`` with ``change`` made to each path of labels from block ``inside`` on that a tie
    in a block around it goes through."""

    def changed(name: str, block: Block) -> Block:
        ties = tuple(
            Tie(
                _end(diagram, name, tie.source, inside, change),
                _end(diagram, name, tie.target, inside, change),
            )
            for tie in block.graph.ties
        )
        if ties == block.graph.ties:
            return block
        return replace(block, graph=replace(block.graph, ties=ties))

    return map_blocks(diagram, changed)


def _end(
    diagram: Diagram,
    name: str,
    end: tuple[str, str],
    inside: str,
    change: Callable[[str], str],
) -> tuple[str, str]:
    node, path = end
    found = diagram.blocks[name].graph.nodes.get(node)
    return (node, _path(diagram, found.kind, path, inside, change)) if found else end


def _path(diagram: Diagram, kind: str, path: str, inside: str, change: Callable[[str], str]) -> str:
    """``path`` from the block ``kind`` on, changed where it enters ``inside``."""
    if kind == inside:
        return change(path)
    if kind not in diagram.blocks:
        return path
    label, dot, rest = path.partition(".")
    nodes = diagram.blocks[kind].graph.nodes.values()
    found = next((node for node in nodes if node.label == label), None)
    if found is None:
        return path
    return label + dot + _path(diagram, found.kind, rest, inside, change)


def relabelled(old: str, new: str) -> Callable[[str], str]:
    """The change of a path whose first label is ``old``."""

    def change(path: str) -> str:
        label, dot, rest = path.partition(".")
        return new + dot + rest if label == old else path

    return change
