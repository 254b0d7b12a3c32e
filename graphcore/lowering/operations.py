"""The steps of ``forward``: every layer and join of a block in the order in which they run."""

from __future__ import annotations

from dataclasses import replace

from graphcore.diagram import INPUT, OUTPUT, Definition, Node
from graphcore.layers import LAYERS
from graphcore.lowering.class_scope import ClassScope
from graphcore.lowering.function import count_text, function_call
from graphcore.lowering.joins import arriving
from graphcore.lowering.steps import Arrival, Key, Operation, Steps
from graphcore.modules import has_module, module_label
from graphcore.ports import input_ports, output_ports


def collect(scope: ClassScope) -> Steps:
    """Every step of the class in order, those that nothing needs left out."""
    steps = Steps(scope)
    for node_id in scope.symbolic.order:
        node = scope.block.graph.nodes[node_id]
        arrivals = [
            arrival
            for port in input_ports(scope.diagram, node)
            for arrival in arriving(steps, node, port.name)
        ]
        if node.kind == OUTPUT:
            steps.returned.append(arrivals[0])
        elif node.kind != INPUT:
            _add_node(steps, node, arrivals)
    steps.operations = _needed(steps.operations, [key for key, _ in steps.returned])
    return steps


def _needed(operations: list[Operation], returned: list[Key]) -> list[Operation]:
    wanted = set(returned)
    kept: list[Operation] = []
    for operation in reversed(operations):
        if wanted.intersection(operation.targets):
            kept.append(operation)
            wanted.update(operation.operands)
    return kept[::-1]


def _add_node(steps: Steps, node: Node, arrivals: list[Arrival]) -> None:
    scope = steps.scope
    operands, edges = tuple(key for key, _ in arrivals), tuple(edge for _, edge in arrivals)
    targets = tuple((node.id, port.name) for port in output_ports(scope.diagram, node))
    has_own = has_module(scope.diagram, scope.block, node)
    idle = node.kind in LAYERS and LAYERS[node.kind].passes and not has_own
    if idle or not any(at.nodes[node.id][0].active for at in scope.instances):
        steps.pass_on(targets[0], operands[0])
        return
    at = (Definition(scope.name, node.id),)
    if node.same_as is None and not has_own:
        call = function_call(scope, node, len(operands))
        steps.add(Operation(targets, operands, node.label, at, call=call, edges=edges))
        return
    head = f"self.{module_label(scope.block, node)}"
    spec = LAYERS.get(node.kind)
    if spec is not None and spec.value:
        steps.attributes[targets[0]] = head
        return
    if spec is not None and spec.invoke is not None:
        call = replace(function_call(scope, node, len(operands)), target=head)
        step = Operation(targets, operands, node.label, at, call=call, returns=spec.returns)
        steps.add(replace(step, edges=edges))
        return
    loop: tuple[str, str] | None = None
    if node.shared and node.repeat != 1:
        loop = ("_", f"range({count_text(scope, node)})")
    elif node.repeat != 1 and (len(operands) > 1 or len(targets) > 1):
        loop, head = ("block", head), "block"
    # The inside of a class sees the edges into it as its own; a loop goes along one many times.
    is_class = node.kind not in LAYERS and scope.diagram.blocks[node.kind].form == "module"
    steps.add(
        Operation(
            targets,
            operands,
            node.label,
            at,
            head,
            loop=loop,
            in_place=loop is not None,
            edges=() if loop or is_class else edges,
        )
    )
