"""Edits: one pure function a verb, ``Diagram -> Diagram``.

The first argument is the diagram, the second the name of the block that is edited. What an edit
leaves alone it shares: untouched blocks, nodes and edges are the very same objects afterwards.
Legality lives here, so the window, the importer and the tests share it: an edit that would make
something that cannot be raises :class:`EditError`, which says what, where and how to mend it.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from graphcore import layout
from graphcore.diagram import Diagram
from graphcore.edits.editing import EditError, block_of, with_block

if TYPE_CHECKING:
    from graphcore.edits.block_params import change_block_param, move_block_param
    from graphcore.edits.blocks import (
        add_block,
        add_block_param,
        keep_here_only,
        make_unique,
        remove_block,
        remove_block_param,
        remove_unused_blocks,
        set_block_param,
        set_doc,
        set_notes,
        set_recipe,
        set_symbol,
    )
    from graphcore.edits.edges import connect, insert_on_edge, reconnect, set_edge_kind
    from graphcore.edits.fragment import Fragment, copy, duplicate, paste
    from graphcore.edits.grouping import group
    from graphcore.edits.joins import add_join, connect_densely, join_around
    from graphcore.edits.linear_decay import stochastic_depth
    from graphcore.edits.names import rename, rename_block, rename_block_param
    from graphcore.edits.nodes import (
        add_node,
        move,
        reset_param,
        set_active,
        set_input_shape,
        set_param,
        set_repeat,
        set_shared,
    )
    from graphcore.edits.operands import (
        move_operand,
        reorder_operands,
        set_edge_label,
        set_join_kind,
    )
    from graphcore.edits.ports import add_port, connect_across, move_port
    from graphcore.edits.removal import delete, dissolve
    from graphcore.edits.scales import (
        ScalePlace,
        add_scale,
        move_scale,
        remove_scale,
        rename_scale,
        set_scale_param,
    )
    from graphcore.edits.sharing import add_tie, remove_tie, set_copy_names, set_same_as
    from graphcore.edits.skips import add_skip, skip_around, without_skips

_NAMES = {
    "block_params": ("change_block_param", "move_block_param"),
    "blocks": (
        "add_block",
        "add_block_param",
        "keep_here_only",
        "make_unique",
        "remove_block",
        "remove_block_param",
        "remove_unused_blocks",
        "set_block_param",
        "set_doc",
        "set_notes",
        "set_recipe",
        "set_symbol",
    ),
    "edges": ("connect", "insert_on_edge", "reconnect", "set_edge_kind"),
    "fragment": ("Fragment", "copy", "duplicate", "paste"),
    "grouping": ("group",),
    "joins": ("add_join", "connect_densely", "join_around"),
    "names": ("rename", "rename_block", "rename_block_param"),
    "nodes": (
        "add_node",
        "move",
        "reset_param",
        "set_active",
        "set_input_shape",
        "set_param",
        "set_repeat",
        "set_shared",
    ),
    "operands": ("move_operand", "reorder_operands", "set_edge_label", "set_join_kind"),
    "ports": ("add_port", "connect_across", "move_port"),
    "removal": ("delete", "dissolve"),
    "scales": (
        "ScalePlace",
        "add_scale",
        "move_scale",
        "remove_scale",
        "rename_scale",
        "set_scale_param",
    ),
    "sharing": ("add_tie", "remove_tie", "set_copy_names", "set_same_as"),
    "skips": ("add_skip", "skip_around", "without_skips"),
    "linear_decay": ("stochastic_depth",),
}
"""Where every edit lives."""

_HOMES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "EditError",
    "Fragment",
    "ScalePlace",
    "add_block",
    "add_block_param",
    "add_join",
    "add_node",
    "add_port",
    "add_scale",
    "add_skip",
    "add_tie",
    "arrange",
    "change_block_param",
    "connect",
    "connect_across",
    "connect_densely",
    "copy",
    "delete",
    "dissolve",
    "duplicate",
    "group",
    "insert_on_edge",
    "join_around",
    "keep_here_only",
    "make_unique",
    "move",
    "move_block_param",
    "move_operand",
    "move_port",
    "move_scale",
    "paste",
    "reconnect",
    "remove_block",
    "remove_block_param",
    "remove_scale",
    "remove_tie",
    "remove_unused_blocks",
    "rename",
    "rename_block",
    "rename_block_param",
    "rename_scale",
    "reorder_operands",
    "reset_param",
    "set_active",
    "set_block_param",
    "set_copy_names",
    "set_doc",
    "set_edge_kind",
    "set_edge_label",
    "set_input_shape",
    "set_join_kind",
    "set_notes",
    "set_param",
    "set_recipe",
    "set_repeat",
    "set_same_as",
    "set_scale_param",
    "set_shared",
    "set_symbol",
    "skip_around",
    "stochastic_depth",
    "without_skips",
]


if not TYPE_CHECKING:  # To the type checker a name that is not there is a mistake.

    def __getattr__(name: str) -> Any:
        # An edit is imported when it is first made: the window is painted before.
        if name not in _HOMES:
            raise AttributeError(f"module 'graphcore.edits' has no attribute {name!r}")
        return getattr(import_module(f"graphcore.edits.{_HOMES[name]}"), name)


def arrange(diagram: Diagram, block: str) -> Diagram:
    """Place the nodes of a block automatically."""
    inside = block_of(diagram, block)
    return with_block(diagram, block, replace(inside, positions=layout.arrange(diagram, block)))
