"""How a number in generated code is written: as an expression where one is right in every
instance, as a literal where all agree, else as one more argument of the class."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphcore.expression import Code, Expr, ExpressionError, Value, evaluate
from graphcore.program import Atom, Invoke, Tree
from graphcore.results import BlockResult
from graphcore.spec import Name, Operand, Resolved
from graphcore.tensor_type import Dim, substitute

Names = Mapping[str, Value]
Cases = Sequence[tuple[BlockResult, Operand]]
"""The value that an argument has in each instance of a block."""


@dataclass
class Explainer:
    """Writes the values of one class. ``extras`` collects the further arguments it needed: for
    each its value by the identity of the instance; ``used`` the names that were written."""

    extras: dict[str, dict[int, Operand]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def tree(self, symbolic: Operand, cases: Cases, name: str) -> Tree:
        """The text for a value that is ``symbolic`` in general and has ``cases`` in fact."""
        if isinstance(symbolic, Name):
            return Atom(symbolic.text)
        if holds(symbolic, cases):
            self.used |= mentioned(symbolic)
            return literal(symbolic)
        values = [value for _, value in cases]
        if all(value == values[0] for value in values):
            return literal(values[0])
        if isinstance(symbolic, tuple) and all(
            isinstance(value, tuple) and len(value) == len(symbolic) for value in values
        ):
            return self._tuple(symbolic, cases, name)
        self.extras.setdefault(name, {}).update({id(at): value for at, value in cases})
        return Atom(name)

    def _tuple(self, symbolic: tuple[Operand, ...], cases: Cases, name: str) -> Tree:
        items = []
        for axis, item in enumerate(symbolic):
            own = [(at, value[axis]) for at, value in cases if isinstance(value, tuple)]
            items.append(self.tree(item, own, f"{name}_{axis}"))
        return Invoke("", tuple(items))


def holds(symbolic: Operand, cases: Cases) -> bool:
    """Whether ``symbolic`` comes out as the value of every case."""
    for at, value in cases:
        try:
            if evaluated(symbolic, at.args) != value:  # type: ignore[arg-type]
                return False
        except (KeyError, ExpressionError, ZeroDivisionError, TypeError):
            return False
    return True


def evaluated(value: Operand, names: Names) -> Operand:
    """``value`` with its symbols replaced by what they are in ``names``.

    Raises KeyError for a symbol without a value, ExpressionError for code that fails.
    """
    if isinstance(value, tuple):
        return tuple(evaluated(item, names) for item in value)
    if isinstance(value, Code):
        return evaluate(Expr(value.text), names)
    if isinstance(value, Dim):
        numbers = {name: _number(names[name]) for name in value.symbols}
        return substitute(value, numbers, lambda text: _number(evaluate(Expr(text), names)))
    return value


def _number(value: Value) -> int:
    if isinstance(value, int):
        return value
    raise KeyError(f"{value} is not a number")


def mentioned(value: Operand) -> set[str]:
    """The names that the text of ``value`` contains."""
    if isinstance(value, tuple):
        return set().union(*(mentioned(item) for item in value)) if value else set()
    if isinstance(value, Dim | Code):
        from_text = str(value)
        return {word for word in _words(from_text) if word.isidentifier()}
    return set()


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()


def literal(value: Operand) -> Tree:
    """``value`` as Python text, in the quotes that a formatter would leave alone."""
    if isinstance(value, tuple):
        if len(value) == 1:
            return Atom(f"({text(value[0])},)")
        return Invoke("", tuple(literal(item) for item in value))
    return Atom(text(value))


def text(value: Operand) -> str:
    """One scalar as Python text."""
    if isinstance(value, tuple):
        inner = ", ".join(text(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Name):
        return value.text
    if isinstance(value, float):
        return re.sub(r"e([+-])0", r"e\1", repr(value)).replace("e+", "e")
    return str(value)


def quoted(value: str) -> str:
    """A string literal in double quotes, or in single ones where that spares escapes."""
    plain = repr(value)
    if plain[0] == "'" and '"' not in plain:
        return '"' + plain[1:-1] + '"'
    return plain


def plain_default(value: Resolved) -> str:
    """A declared default as the text of a signature."""
    return text(value)
