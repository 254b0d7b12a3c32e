"""Every rule that edits promise to keep, checked on a whole diagram."""

from __future__ import annotations

import networkx as nx

from graphcore.diagram import Diagram, name_problem
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.naming import scales_in
from graphcore.ports import input_ports, output_ports


def check_well_formed(diagram: Diagram) -> None:
    """Every rule that edits promise to keep."""
    assert diagram.main in diagram.blocks
    for block in diagram.blocks.values():
        graph = block.graph
        assert [node.id for node in graph.nodes.values()] == list(graph.nodes)
        assert [edge.id for edge in graph.edges.values()] == list(graph.edges)
        assert not graph.nodes.keys() & graph.edges.keys()
        assert block.positions.keys() <= graph.nodes.keys()
        labels = [node.label for node in graph.nodes.values()]
        labels += [edge.label for edge in graph.edges.values() if edge.label]
        labels += [scale.label for _, scale in scales_in(graph)]
        assert len(labels) == len(set(labels))
        assert not any(map(name_problem, labels))
        assert nx.is_directed_acyclic_graph(graph.networkx())
        for edge in graph.edges.values():
            source, target = graph.nodes[edge.source.node], graph.nodes[edge.target.node]
            assert edge.source.port in [p.name for p in output_ports(diagram, source)]
            ports = {p.name: p for p in input_ports(diagram, target)}
            at = [EDGE_KINDS[e.kind].join for e in graph.into(*edge.target)]
            assert at.count("none") <= 1 or ports[edge.target.port].variadic
            assert len({*at} - {"none"}) <= 1
            assert bool(edge.label) == (EDGE_KINDS[edge.kind].join == "add")
