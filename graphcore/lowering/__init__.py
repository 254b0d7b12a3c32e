"""Diagram to program: joins become statements, blocks become classes, names become final."""

from __future__ import annotations

from graphcore.analysis import analyse, used_blocks
from graphcore.analysis.symbolic import symbolic_result
from graphcore.deferred import networkx as nx
from graphcore.diagnostics import DiagramError
from graphcore.diagram import Block, Diagram
from graphcore.explain import plain_default
from graphcore.lowering.class_scope import ClassScope, Lowered
from graphcore.lowering.forward import lower_forward
from graphcore.lowering.members import lower_members
from graphcore.program import ClassDefinition, Parameter, Program
from graphcore.resolution import resolve
from graphcore.results import Analysis, BlockResult
from graphcore.spec import BoolParam, FloatParam, IntParam, IntsParam, Param, Resolved


def lower(diagram: Diagram, analysis: Analysis | None = None, *, probed: bool = False) -> Program:
    """The program of ``diagram``, or, ``probed``, its twin for measurements: the same computation
    with a probe on every edge. Raises DiagramError where the analysis has errors."""
    analysis = analysis or analyse(diagram)
    if not analysis.ok:
        errors = [problem for problem in analysis.diagnostics if problem.severity == "error"]
        raise DiagramError(tuple(errors))
    instances = _instances(analysis)
    lowered: dict[str, Lowered] = {}
    for name in _order(diagram, instances):
        if diagram.blocks[name].form == "module" or name == diagram.main:
            lowered[name] = _lower_block(diagram, name, instances[name], lowered, probed)
    root = analysis.root
    block = diagram.main_block
    inputs = {n.label: root.nodes[n.id][0].outputs["y"] for n in block.graph.inputs()}
    return Program(
        diagram=diagram,
        support=_support(lowered),
        classes=tuple(one.definition for one in lowered.values()),
        inputs={label: kind for label, kind in inputs.items() if kind is not None},
        outputs={label: kind for label, kind in root.outputs.items() if kind is not None},
    )


def _instances(analysis: Analysis) -> dict[str, list[BlockResult]]:
    """The different results of every block that runs."""
    found: dict[str, dict[int, BlockResult]] = {}
    waiting = [analysis.root]
    while waiting:
        result = waiting.pop()
        known = found.setdefault(result.block, {})
        if id(result) in known:
            continue
        known[id(result)] = result
        waiting.extend(body for _, body in result.bodies)
    return {name: list(results.values()) for name, results in found.items()}


def _order(diagram: Diagram, instances: dict[str, list[BlockResult]]) -> list[str]:
    """Blocks before those that use them, in the order in which the main block needs them."""
    uses: nx.DiGraph[str] = nx.DiGraph()
    for name in reversed(list(instances)):
        uses.add_node(name)
        for used in used_blocks(diagram, diagram.blocks[name]):
            if used in instances:
                uses.add_edge(used, name)
    place = {name: index for index, name in enumerate(diagram.blocks)}
    return list(nx.lexicographical_topological_sort(uses, key=place.__getitem__))


def _lower_block(
    diagram: Diagram,
    name: str,
    instances: list[BlockResult],
    lowered: dict[str, Lowered],
    probed: bool,
) -> Lowered:
    block = diagram.blocks[name]
    symbolic = symbolic_result(diagram, name, instances)
    scope = ClassScope(diagram, name, tuple(instances), symbolic, lowered, probed)
    lower_members(scope)
    statements = lower_forward(scope)
    sizes = tuple(size for size in _size_names(block) if size in scope.explainer.used)
    definition = ClassDefinition(
        name=name,
        doc=block.doc,
        parameters=_parameters(block, sizes, scope),
        members=tuple(scope.members),
        inputs=tuple(node.label for node in block.graph.inputs()),
        outputs=len(block.graph.outputs()),
        statements=tuple(statements),
    )
    return Lowered(definition, sizes, scope.explainer.extras, tuple(scope.support))


def _size_names(block: Block) -> list[str]:
    names = [f"{node.label}_channels" for node in block.graph.inputs()]
    return ["in_channels", *names[1:]]


def _parameters(block: Block, sizes: tuple[str, ...], scope: ClassScope) -> tuple[Parameter, ...]:
    """Inferred sizes, then declared parameters, those without a default first."""
    required = [Parameter(size, "int") for size in sizes]
    optional: list[Parameter] = []
    for param in block.params:
        default = resolve(param.default, {})
        if default is None and not param.optional:
            required.append(Parameter(param.name, _annotation(param)))
        else:
            optional.append(Parameter(param.name, _annotation(param), plain_default(default)))
    extras = [
        Parameter(name, _annotation_of(next(iter(values.values()))))  # type: ignore[arg-type]
        for name, values in scope.explainer.extras.items()
    ]
    return (*required, *extras, *optional)


def _annotation(param: Param) -> str:
    for kind, annotation in (
        (IntParam, "int"),
        (FloatParam, "float"),
        (BoolParam, "bool"),
        (IntsParam, "int | tuple[int, ...]"),
    ):
        if isinstance(param, kind):
            return annotation + (" | None" if param.optional else "")
    return "str" + (" | None" if param.optional else "")


def _annotation_of(value: Resolved) -> str:
    if isinstance(value, tuple):
        return "tuple[int, ...]"
    return type(value).__name__ if value is not None else "int | None"


def _support(lowered: dict[str, Lowered]) -> tuple[str, ...]:
    """The sources of what torch lacks, once each."""
    return tuple(dict.fromkeys(source for one in lowered.values() for source in one.support))
