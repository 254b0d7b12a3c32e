"""A call in ``forward`` as code: functions, methods, operators and indices."""

from __future__ import annotations

from graphcore.explain import literal, text
from graphcore.formatting import flat
from graphcore.program import Atom, Infix, Invoke, Keyword, Tree
from graphcore.spec import Argument, Call, Name, Operand


def call_tree(call: Call, values: list[str]) -> Tree:
    """The code of ``call`` where ``values`` are the names of its operands."""
    if call.target == "[]":
        x, *index = (_named(argument.value, values) for argument in call.arguments)
        return Atom(f"{text(x)}[{', '.join(map(_index, index))}]")
    items: list[Tree] = []
    for argument in call.arguments:
        if argument.has_default and argument.value == argument.default:
            continue
        value = _argument_tree(argument, values)
        items.append(Keyword(argument.keyword, value) if argument.keyword else value)
    if call.target in ("+", "*", "@", "-"):
        return Infix(call.target, tuple(items))
    if call.target.startswith("."):
        return Invoke(flat(items[0]) + call.target, tuple(items[1:]))
    return Invoke(call.target, tuple(items))


def _argument_tree(argument: Argument, values: list[str]) -> Tree:
    if isinstance(argument.value, Call):
        return call_tree(argument.value, values)
    value = _named(argument.value, values)
    if argument.training:
        return Atom(f"{text(value)} if self.training else {text(argument.default)}")
    return literal(value)


def _named(value: Operand, values: list[str]) -> Operand:
    if isinstance(value, Name):
        return Name(value.text.format(*values))
    if isinstance(value, tuple):
        return tuple(_named(item, values) for item in value)
    return value


def _index(item: Operand) -> str:
    """A place or a slice, with the spaces that a formatter puts round what is not simple.

    >>> _index((None, 4, None)), _index((None, Name("self.n"), 2)), _index(-1)
    (':4', ': self.n : 2', '-1')
    """
    if not isinstance(item, tuple):
        return text(item)
    start, stop, step = ("" if part is None else text(part) for part in item)
    bounds = [start, stop, *([step] if step else [])]
    if all(bound.isidentifier() or bound.lstrip("-").isdigit() or not bound for bound in bounds):
        return ":".join(bounds)
    shown = bounds[0]
    for bound in bounds[1:]:
        shown = f"{shown} :" if shown and not shown.endswith(":") else f"{shown}:"
        shown = f"{shown} {bound}" if bound else shown
    return shown
