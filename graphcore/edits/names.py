"""Edits of names: labels, blocks and their parameters, with all that refers to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from graphcore.diagram import Block, Diagram, PortRef, Scales
from graphcore.edits.editing import (
    EditError,
    block_of,
    check_label,
    check_name,
    edge_of,
    graph_of,
    is_edge,
    map_blocks,
    node_of,
    with_block,
    with_edge,
    with_node,
)
from graphcore.edits.tie_paths import relabelled, with_paths
from graphcore.expression import Expr
from graphcore.layers import LAYERS
from graphcore.naming import renamed_in
from graphcore.spec import Param, ParamValue

T = TypeVar("T")


def rename(diagram: Diagram, block: str, item: str, label: str) -> Diagram:
    """Give a node, or an edge that builds something, another label.

    An ``Input`` or ``Output`` is a port of every instance of the block: wires outside that end
    there follow, and so do expressions inside that say ``<label>_channels``.
    """
    graph = graph_of(diagram, block)
    if is_edge(diagram, block, item):
        edge = edge_of(diagram, block, item)
        if edge.label == label:
            return diagram
        if not edge.label:
            raise EditError("A plain wire builds nothing, so it has no name.")
        check_label(graph, label, block)
        return with_edge(diagram, block, replace(edge, label=label))
    node = node_of(diagram, block, item)
    if node.label == label:
        return diagram
    check_label(graph, label, block)
    renamed = with_paths(diagram, block, relabelled(node.label, label))
    renamed = with_node(renamed, block, replace(node, label=label))
    if node in (*graph.inputs(), *graph.outputs()):
        renamed = _rename_ports(renamed, block, node.label, label)
        old, new = f"{node.label}_channels", f"{label}_channels"
        return with_block(renamed, block, rename_in_block(renamed.blocks[block], old, new))
    return renamed


def rename_block(diagram: Diagram, old: str, new: str) -> Diagram:
    """Give a block another name; its instances follow."""
    block_of(diagram, old)
    if new == old:
        return diagram
    check_block_name(diagram, new)

    def change(_: str, block: Block) -> Block:
        if not any(node.kind == old for node in block.graph.nodes.values()):
            return block
        nodes = {
            name: replace(node, kind=new) if node.kind == old else node
            for name, node in block.graph.nodes.items()
        }
        return replace(block, graph=replace(block.graph, nodes=nodes))

    changed = map_blocks(diagram, change)
    blocks = {new if name == old else name: block for name, block in changed.blocks.items()}
    return replace(changed, blocks=blocks, main=new if diagram.main == old else diagram.main)


def check_block_name(diagram: Diagram, name: str) -> None:
    """Raise EditError where no new block can be called ``name``."""
    check_name(name)
    if name in LAYERS:
        raise EditError(f"'{name}' is a layer; give the block another name.")
    if name in diagram.blocks:
        raise EditError(f"There is already a block called '{name}'; take another name.")


def rename_block_param(diagram: Diagram, block: str, old: str, new: str) -> Diagram:
    """Give a declared parameter another name; expressions inside and instances follow."""
    inside = block_of(diagram, block)
    declared_param(diagram, block, old)
    if new == old:
        return diagram
    check_param_name(diagram, block, new)
    params = tuple(replace(p, name=new) if p.name == old else p for p in inside.params)
    renamed = with_block(diagram, block, replace(inside, params=params))
    renamed = with_block(renamed, block, rename_in_block(renamed.blocks[block], old, new))

    def change(_: str, other: Block) -> Block:
        nodes = {
            name: replace(node, params={new if k == old else k: v for k, v in node.params.items()})
            for name, node in other.graph.nodes.items()
            if node.kind == block and old in node.params
        }
        if not nodes:
            return other
        return replace(other, graph=replace(other.graph, nodes={**other.graph.nodes, **nodes}))

    return map_blocks(renamed, change)


def declared_param(diagram: Diagram, block: str, name: str) -> Param:
    """The parameter of that name that a block declares. Raises EditError."""
    params = block_of(diagram, block).params
    for param in params:
        if param.name == name:
            return param
    known = ", ".join(param.name for param in params) or "none"
    raise EditError(f"'{block}' declares no parameter '{name}'; its parameters: {known}.")


def check_param_name(diagram: Diagram, block: str, name: str) -> None:
    """Raise EditError where a block cannot declare a parameter ``name``."""
    inside = block_of(diagram, block)
    check_name(name)
    if any(param.name == name for param in inside.params):
        raise EditError(f"'{block}' already has a parameter '{name}'; take another name.")
    given = {"i", "n", "in_channels"} | {f"{node.label}_channels" for node in inside.graph.inputs()}
    if name in given:
        raise EditError(f"'{name}' already means something in expressions; take another name.")


def rename_in_block(block: Block, old: str, new: str) -> Block:
    """``block`` with the name ``old`` replaced in all its expressions."""
    nodes = {
        name: replace(
            node,
            params=_in_params(node.params, old, new),
            repeat=_in_value(node.repeat, old, new),
            active=_in_value(node.active, old, new),
            scales={port: _in_scales(scales, old, new) for port, scales in node.scales.items()},
        )
        for name, node in block.graph.nodes.items()
    }
    edges = {
        name: replace(
            edge,
            params=_in_params(edge.params, old, new),
            active=_in_value(edge.active, old, new),
            scales=_in_scales(edge.scales, old, new),
        )
        for name, edge in block.graph.edges.items()
    }
    graph = replace(
        block.graph,
        nodes=_shared(nodes, block.graph.nodes),
        edges=_shared(edges, block.graph.edges),
    )
    return replace(block, graph=graph)


def _shared(new: Mapping[str, T], old: Mapping[str, T]) -> dict[str, T]:
    """``new``, with the objects of ``old`` where they are equal."""
    return {name: old[name] if thing == old[name] else thing for name, thing in new.items()}


def _in_params(params: Mapping[str, ParamValue], old: str, new: str) -> Mapping[str, ParamValue]:
    return {key: _in_value(value, old, new) for key, value in params.items()}


def _in_scales(scales: Scales, old: str, new: str) -> Scales:
    return tuple(replace(scale, params=_in_params(scale.params, old, new)) for scale in scales)


def _in_value(value: Any, old: str, new: str) -> Any:
    match value:
        case Expr():
            return renamed_in(value, old, new)
        case tuple():
            return tuple(_in_value(item, old, new) for item in value)
    return value


def _rename_ports(diagram: Diagram, kind: str, old: str, new: str) -> Diagram:
    """Let the wires at port ``old`` of every instance of block ``kind`` end at ``new``."""

    def change(_: str, block: Block) -> Block:
        instances = {n.id for n in block.graph.nodes.values() if n.kind == kind}
        edges = {
            name: replace(
                edge,
                source=_renamed_port(edge.source, instances, old, new),
                target=_renamed_port(edge.target, instances, old, new),
            )
            for name, edge in block.graph.edges.items()
            if any(ref.node in instances and ref.port == old for ref in (edge.source, edge.target))
        }
        nodes = {
            name: replace(node, scales={new if p == old else p: s for p, s in node.scales.items()})
            for name, node in block.graph.nodes.items()
            if name in instances and old in node.scales
        }
        if not edges and not nodes:
            return block
        graph = replace(
            block.graph,
            nodes={**block.graph.nodes, **nodes} if nodes else block.graph.nodes,
            edges={**block.graph.edges, **edges} if edges else block.graph.edges,
        )
        return replace(block, graph=graph)

    return map_blocks(diagram, change)


def _renamed_port(ref: PortRef, instances: Collection[str], old: str, new: str) -> PortRef:
    return PortRef(ref.node, new) if ref.node in instances and ref.port == old else ref
