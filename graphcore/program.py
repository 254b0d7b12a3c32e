"""The program between a diagram and its text: classes, attributes and statements, joins explicit
and names final.

A :data:`Tree` is an expression of the generated code that knows where it may be broken over lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphcore.diagram import Definition, Diagram
from graphcore.tensor_type import TensorType


@dataclass(frozen=True)
class Atom:
    """Text that is never broken."""

    text: str


@dataclass(frozen=True)
class Invoke:
    """``head(items)``; with an empty head a tuple, or a list where it is ``square``."""

    head: str
    items: tuple[Tree, ...]
    square: bool = False

    @property
    def ends(self) -> tuple[str, str]:
        """The bracket that opens it and the one that closes it."""
        return ("[", "]") if self.square else ("(", ")")


@dataclass(frozen=True)
class Keyword:
    """``name=value`` inside a call."""

    name: str
    value: Tree


@dataclass(frozen=True)
class Copies:
    """``*(element for variable in range(...))`` inside a call; without the ``star`` and its
    brackets where it is the call's only argument."""

    element: Tree
    variable: str
    span: str
    star: bool = True


@dataclass(frozen=True)
class Infix:
    """``a + b + c``."""

    operator: str
    items: tuple[Tree, ...]


Tree = Atom | Invoke | Keyword | Copies | Infix
Definitions = tuple[Definition, ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter of ``__init__``; ``default`` is its text, None where there is none."""

    name: str
    annotation: str
    default: str | None = None


@dataclass(frozen=True)
class Member:
    """An attribute of a class. With a ``condition`` it is built only where that holds, and is
    ``otherwise`` elsewhere; without an ``otherwise`` it is not there."""

    label: str
    tree: Tree
    definitions: Definitions
    condition: str = ""
    otherwise: Tree | None = None


@dataclass(frozen=True)
class Statement:
    """A line of ``forward``: ``target = tree``, or ``return tree`` with an empty target.

    ``condition`` is the attribute that guards it; ``loop`` is ``(variable, container)``.
    """

    target: str
    tree: Tree
    definitions: Definitions
    condition: str = ""
    loop: tuple[str, str] | None = None


@dataclass(frozen=True)
class ClassDefinition:
    """A block as a class."""

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    members: tuple[Member, ...]
    inputs: tuple[str, ...]
    outputs: int
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Program:
    """All classes, those that are used before those that use them; the last is the model.

    ``support`` holds the sources of the classes that torch lacks.
    """

    diagram: Diagram
    support: tuple[str, ...]
    classes: tuple[ClassDefinition, ...]
    inputs: Mapping[str, TensorType]
    outputs: Mapping[str, TensorType]
