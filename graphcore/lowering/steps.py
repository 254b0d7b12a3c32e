"""The steps of ``forward`` before their values have names."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphcore.lowering.class_scope import ClassScope
from graphcore.program import Definitions
from graphcore.spec import Call, Returned

ROLES = {"skip": "identity", "dense": "features", "encoder_decoder": "skipped"}
"""What a value that an edge carries to a join is called while it waits there."""

Key = tuple[str, str]
"""A value: the node and port that it leaves, or a name of its own for what a join makes."""


Arrival = tuple[Key, str]
"""A value at a port and the id of the edge that brings it as it left; empty after a join."""

Via = tuple[str, ...]
"""The modules that a value passes through on its way, the first one first."""


@dataclass(frozen=True)
class Operation:
    """A step that makes values of others.

    ``call`` is a function's call; else ``head`` is called, or, without it, the operands are joined
    by ``join`` (``+``, or the axis of a concatenation), each through the modules of ``via``.
    What comes out passes through the modules of ``then``. ``joining`` tells which operands a
    joining edge brought, with its kind. ``in_place`` steps keep the name of the operand
    ``keeps``: what is guarded by ``condition`` or done in a ``loop``.
    ``returns`` tells how a call returns the targets where it is not just one after another.
    ``edges`` names the edge that brings each operand, where it brings the value as it left.
    """

    targets: tuple[Key, ...]
    operands: tuple[Key, ...]
    label: str
    definitions: Definitions
    head: str = ""
    call: Call | None = None
    join: str = ""
    via: tuple[Via, ...] = ()
    then: Via = ()
    joining: dict[Key, str] = field(default_factory=dict)
    condition: str = ""
    loop: tuple[str, str] | None = None
    in_place: bool = False
    keeps: int = 0
    returns: tuple[Returned, ...] = ()
    edges: tuple[str, ...] = ()


@dataclass
class Steps:
    """The steps of one class being collected, and what each output returns. ``attributes`` are
    the values that need no step: learned parameters, read from ``self``."""

    scope: ClassScope
    operations: list[Operation] = field(default_factory=list)
    returned: list[Arrival] = field(default_factory=list)
    attributes: dict[Key, str] = field(default_factory=dict)
    _aliases: dict[Key, Key] = field(default_factory=dict)

    def value(self, key: Key) -> Key:
        """The value that ``key`` stands for where bypassed layers pass it on."""
        while key in self._aliases:
            key = self._aliases[key]
        return key

    def pass_on(self, key: Key, value: Key) -> None:
        """``key`` is ``value`` unchanged."""
        self._aliases[key] = value

    def add(self, operation: Operation) -> Key:
        """Adds a step and returns the first value that it makes."""
        self.operations.append(operation)
        return operation.targets[0]
