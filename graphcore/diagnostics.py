"""What is wrong with a diagram, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from graphcore.diagram import Definition, Diagram


class Fix(NamedTuple):
    """One click that mends a problem. ``title`` states its reach ("in all 9 copies")."""

    title: str
    edit: Callable[[Diagram], Diagram]


class Diagnostic(NamedTuple):
    """A problem of a definition; an error keeps the diagram from becoming code.

    ``copies`` tells in which copies of the block it appears (empty: in all).
    """

    severity: Literal["error", "warning"]
    message: str
    at: Definition
    port: str | None = None
    param: str | None = None
    copies: tuple[int, ...] = ()
    fixes: tuple[Fix, ...] = ()


class DiagramError(ValueError):
    """The diagram has errors, so there is no code for it."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("\n".join(diagnostic.message for diagnostic in diagnostics))
        self.diagnostics = diagnostics
