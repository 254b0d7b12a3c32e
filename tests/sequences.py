"""Diagrams of sequences for tests."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent
from typing import Any

import torch

from graphcore.codegen import to_source
from graphcore.diagram import Diagram, Node
from tests.diagrams import block, diagram, node, wire

SEQUENCE = torch.randn(2, 6, 16, generator=torch.Generator().manual_seed(5))


def sequence(length: object = "L", width: int = 16) -> Node:
    return node("x", "Input", shape=("N", length, width))


def out(label: str = "output") -> Node:
    return node(label, "Output")


def net(*nodes: Node, wires: str, **more: Any) -> Diagram:
    """A diagram of ``nodes`` and wires written as ``a b, a.y b.x``."""
    edges = [
        replace(wire(*pair.split()), id=f"e{place}") for place, pair in enumerate(wires.split(", "))
    ]
    return diagram(block(*nodes, edges=edges, **more))


def text_of(made: Diagram, name: str = "Net") -> str:
    """One class without its first line."""
    return dedent(to_source(made).text.split(f"class {name}(nn.Module):\n")[1].split("\n\n\n")[0])
