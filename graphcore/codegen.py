"""Program to source: the readable text that trains, and the map from its lines to the diagram."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphcore.diagnostics import Diagnostic, DiagramError
from graphcore.diagram import Definition, Diagram
from graphcore.explain import text as literal_text
from graphcore.formatting import docstring, flat, lines
from graphcore.join import example
from graphcore.lowering import lower
from graphcore.program import (
    Atom,
    ClassDefinition,
    Definitions,
    Invoke,
    Member,
    Parameter,
    Program,
    Statement,
)
from graphcore.results import Analysis
from graphcore.tensor_type import TensorType

Line = tuple[str, Definitions]


@dataclass(frozen=True)
class Source:
    """A Python module as text. ``lines`` maps a line, counted from 1, to what it was made of."""

    text: str
    class_name: str
    lines: Mapping[int, Definitions]
    _places: Mapping[Definition, tuple[int, ...]] = field(default_factory=dict, repr=False)

    def lines_of(self, definition: Definition) -> tuple[int, ...]:
        """The lines made of ``definition``."""
        return self._places.get(definition, ())


_MOST_KEPT = 16
_kept: OrderedDict[int, tuple[Diagram, Source]] = OrderedDict()


def to_source(diagram: Diagram, analysis: Analysis | None = None) -> Source:
    """The source of ``diagram``. Raises DiagramError where it has errors."""
    kept = _kept.get(id(diagram))
    if kept is not None and kept[0] is diagram:
        return kept[1]
    source = emit(lower(diagram, analysis))
    _kept[id(diagram)] = (diagram, source)
    while len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return source


def problems(analysis: Analysis) -> tuple[Diagnostic, ...]:
    """All that is wrong with a diagram: what its analysis found and, where that is no error, what
    one class cannot say of copies that differ."""
    if not analysis.ok:
        return analysis.diagnostics
    try:
        to_source(analysis.diagram, analysis)
    except DiagramError as error:
        return (*analysis.diagnostics, *error.diagnostics)
    return analysis.diagnostics


def emit(program: Program) -> Source:
    """The text of ``program`` with its line map. It imports only torch, is formatted as
    ``ruff format`` would, and run by itself it builds the model and checks its output."""
    main = program.classes[-1].name
    ordered = any("OrderedDict(" in flat(m.tree) for c in program.classes for m in c.members)
    top = _plain(f'"""{main}: a PyTorch module."""', "")
    if ordered:
        top += _plain("from collections import OrderedDict", "")
    top += _plain("import torch", "from torch import nn")
    for source in program.support:
        top += _plain("", "", *source.strip("\n").split("\n"))
    for definition in program.classes:
        top += _plain("", "") + _class(definition)
    top += _plain("", "") + _check(program)
    places: dict[Definition, list[int]] = {}
    for number, (_, definitions) in enumerate(top, 1):
        for made in definitions:
            places.setdefault(made, []).append(number)
    return Source(
        text="\n".join(line for line, _ in top) + "\n",
        class_name=main,
        lines={
            number: definitions for number, (_, definitions) in enumerate(top, 1) if definitions
        },
        _places={made: tuple(numbers) for made, numbers in places.items()},
    )


def _plain(*texts: str) -> list[Line]:
    return [(line, ()) for line in texts]


def _class(definition: ClassDefinition) -> list[Line]:
    block = (Definition(definition.name, ""),)
    out: list[Line] = [(f"class {definition.name}(nn.Module):", block)]
    if definition.doc.strip():
        out += _plain(*docstring(definition.doc, 4), "")
    out += _signature("__init__", definition.parameters, "None", block)
    out.append(("        super().__init__()", ()))
    for member in definition.members:
        out += _member(member)
    inputs = tuple(Parameter(label, "torch.Tensor") for label in definition.inputs)
    result = "torch.Tensor"
    if definition.outputs > 1:
        result = f"tuple[{', '.join(['torch.Tensor'] * definition.outputs)}]"
    out += _plain("") + _signature("forward", inputs, result, block)
    guard = ""
    for statement in definition.statements:
        out += _statement(statement, guard)
        guard = statement.condition
    return out


def _signature(
    name: str, parameters: tuple[Parameter, ...], result: str, at: Definitions
) -> list[Line]:
    items = [Atom("self")]
    for parameter in parameters:
        default = f" = {parameter.default}" if parameter.default is not None else ""
        items.append(Atom(f"{parameter.name}: {parameter.annotation}{default}"))
    written = lines("def ", Invoke(name, tuple(items)), f" -> {result}:", 4)
    return [(line, at) for line in written]


def _member(member: Member) -> list[Line]:
    target = f"self.{member.label} = "
    if not member.condition:
        return [(line, member.definitions) for line in lines(target, member.tree, "", 8)]
    otherwise = lines(target, member.otherwise, "", 8) if member.otherwise else []
    written = [
        *otherwise,
        f"        if {member.condition}:",
        *lines(target, member.tree, "", 12),
    ]
    return [(line, member.definitions) for line in written]


def _statement(statement: Statement, guard: str) -> list[Line]:
    """The lines of one statement; after another under the same ``guard`` they join its block."""
    at = statement.definitions
    prefix = f"{statement.target} = " if statement.target else "return "
    if statement.loop:
        variable, each = statement.loop
        inner = lines(prefix, statement.tree, "", 12)
        return [(f"        for {variable} in {each}:", at), *((line, at) for line in inner)]
    if statement.condition:
        inner = lines(prefix, statement.tree, "", 12)
        body: list[Line] = [(line, at) for line in inner]
        if statement.condition == guard:
            return body
        return [(f"        if {statement.condition}:", at), *body]
    return [(line, at) for line in lines(prefix, statement.tree, "", 8)]


def _check(program: Program) -> list[Line]:
    """The part that runs when the file is run by itself."""
    main = program.classes[-1].name
    inputs = [_example(kind, program) for kind in program.inputs.values()]
    shapes = [literal_text(example(kind, program.diagram.symbols)) for kind in _outputs(program)]
    out = _plain('if __name__ == "__main__":', f"    model = {main}().eval()")
    call = Invoke("model", tuple(Atom(text) for text in inputs))
    if len(shapes) == 1:
        out += _plain(*lines("output = ", call, "", 4))
        out += _plain(f"    assert output.shape == {shapes[0]}, output.shape")
    else:
        out += _plain(*lines("outputs = ", call, "", 4))
        listed = Invoke("", tuple(Atom(shape) for shape in shapes))
        out += _plain(*lines("expected = ", listed, "", 4))
        out += _plain("    assert tuple(tuple(y.shape) for y in outputs) == expected")
    out += _plain(
        "    parameters = sum(p.numel() for p in model.parameters())",
        f'    print(f"{main}: {{parameters:,}} parameters")',
    )
    return out


def _outputs(program: Program) -> list[TensorType]:
    return list(program.outputs.values())


def _example(kind: TensorType, program: Program) -> str:
    sizes = ", ".join(map(str, example(kind, program.diagram.symbols))) or "()"
    dtype = "" if kind.dtype == "float32" else f", dtype=torch.{kind.dtype}"
    return f"torch.zeros({sizes}{dtype})"
