"""Problems that need no types: names, ends that are missing, blocks that are never reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from graphcore import edits
from graphcore.diagnostics import Diagnostic, Fix
from graphcore.diagram import INPUT, OUTPUT, Block, Definition, Diagram, name_problem
from graphcore.layers import LAYERS
from graphcore.naming import scales_in
from graphcore.ports import input_ports, output_ports
from graphcore.sequential_form import sequence_problems


def graph_problems(diagram: Diagram) -> tuple[Diagnostic, ...]:
    """What is wrong with the names and the ends of every block of ``diagram``."""
    problems: list[Diagnostic] = []
    for name, block in diagram.blocks.items():
        problem = name_problem(name)
        if problem or name in LAYERS:
            message = problem or f"'{name}' is the name of a layer; rename the block"
            problems.append(Diagnostic("error", f"{name}: {message}", Definition(name, "")))
        problems += _missing_ends(diagram, name, block)
        problems += _loose_wires(diagram, name, block)
        problems += _bad_labels(name, block)
        problems += _dead_ends(name, block)
        problems += sequence_problems(diagram, name, block)
    return tuple(problems)


def _missing_ends(diagram: Diagram, name: str, block: Block) -> list[Diagnostic]:
    problems = []
    ends = ((INPUT, block.graph.inputs()), (OUTPUT, block.graph.outputs()))
    for kind, present in ends:
        if not present:
            message = f"{name}: there is no {kind.lower()} block; add one"
            problems.append(Diagnostic("error", message, Definition(name, "")))
    return problems


def _loose_wires(diagram: Diagram, name: str, block: Block) -> list[Diagnostic]:
    """Wires to ports that a block does not have, or no longer has."""
    known = {*LAYERS, *diagram.blocks}
    problems = []
    for edge in block.graph.edges.values():
        sides = ((edge.source, output_ports, "output"), (edge.target, input_ports, "input"))
        for ref, ports_of, side in sides:
            node = block.graph.nodes.get(ref.node)
            if node is None or node.kind not in known:
                continue
            names = [port.name for port in ports_of(diagram, node)]
            if ref.port not in names:
                has = f"it has {', '.join(names)}" if names else f"it has no {side}s"
                message = (
                    f"{node.label}: a wire ends at the {side} '{ref.port}', which is not there "
                    f"({has}); move the wire's end or remove it"
                )
                fix = Fix("Remove the wire", _deletion(name, edge.id))
                at = Definition(name, edge.id)
                problems.append(Diagnostic("error", message, at, port=ref.port, fixes=(fix,)))
    return problems


def _bad_labels(name: str, block: Block) -> list[Diagnostic]:
    labelled = [(node.id, node.label) for node in block.graph.nodes.values()]
    labelled += [(edge.id, edge.label) for edge in block.graph.edges.values() if edge.label]
    labelled += [(item, scale.label) for item, scale in scales_in(block.graph)]
    counts = Counter(label for _, label in labelled)
    problems = []
    for item, label in labelled:
        problem = name_problem(label)
        if problem:
            problems.append(Diagnostic("error", f"{label}: {problem}", Definition(name, item)))
        elif counts[label] > 1:
            message = f"{label}: {counts[label]} things in {name} have this name; rename one"
            problems.append(Diagnostic("error", message, Definition(name, item)))
    return problems


def _dead_ends(name: str, block: Block) -> list[Diagnostic]:
    """Nodes whose value nobody uses: allowed, but rarely meant."""
    used = {edge.source.node for edge in block.graph.edges.values()}
    problems = []
    for node in block.graph.nodes.values():
        if node.id in used or node.kind == OUTPUT:
            continue
        message = f"{node.label}: nothing uses what comes out of it; draw a wire from it"
        fix = Fix(f"Remove {node.label}", _deletion(name, node.id))
        problems.append(Diagnostic("warning", message, Definition(name, node.id), fixes=(fix,)))
    return problems


def _deletion(block: str, item: str) -> Callable[[Diagram], Diagram]:
    return lambda diagram: edits.delete(diagram, block, {item})
