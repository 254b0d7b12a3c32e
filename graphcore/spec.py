"""What a layer kind is, and the one system of typed parameters.

The same :class:`Param` classes describe the parameters of layers, edge kinds, scales, blocks and
the training recipe: type, bounds, default, documentation, validation, and the widget of a form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Union

from graphcore.expression import Code, Expr, Value
from graphcore.tensor_type import DTYPES, Dim, Size, TensorType

ParamValue = Union[bool, int, float, str, None, Expr, tuple["ParamValue", ...]]
"""A parameter as it stands in a diagram; a tuple for sizes per axis or a shape."""

Resolved = Union[Value, tuple["Resolved", ...]]
"""A parameter after its expressions are evaluated."""

Args = Mapping[str, Resolved]
"""A layer's parameters, resolved: every declared name is present."""

MAX_SIZE = 2**31


class Refused(ValueError):
    """A layer does not accept these parameters or inputs; the message says why and how to mend it.

    ``param`` and ``port`` name the culprit where there is one.
    """

    def __init__(self, message: str, *, param: str | None = None, port: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.port = port


@dataclass(frozen=True, kw_only=True)
class Param:
    """One typed parameter. ``optional`` allows None, which a form calls ``unset``; ``advanced``
    folds it away there."""

    name: str
    doc: str
    default: ParamValue = None
    optional: bool = False
    unset: str = "auto"
    advanced: bool = False

    def resolve(self, value: Resolved) -> Resolved:
        """``value`` in its resolved form. Raises :class:`Refused` when it is not allowed."""
        if value is None:
            if self.optional:
                return None
            raise Refused(f"'{self.name}' needs a value", param=self.name)
        if isinstance(value, Code):
            return value
        return self._resolve(value)

    def _resolve(self, value: Resolved) -> Resolved:
        raise self._refuse(value, "a value of a known type")

    def _refuse(self, value: Resolved, wanted: str) -> Refused:
        shown = value if isinstance(value, str | int | float | bool) else str(value)
        return Refused(f"'{self.name}' must be {wanted}, not {shown!r}", param=self.name)


@dataclass(frozen=True, kw_only=True)
class IntParam(Param):
    """An integer between ``minimum`` and ``maximum``, both allowed."""

    minimum: int = 1
    maximum: int = MAX_SIZE

    def _resolve(self, value: Resolved) -> Resolved:
        if isinstance(value, Dim):
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._refuse(value, "an integer")
        if not self.minimum <= value <= self.maximum:
            raise self._refuse(value, _between(self.minimum, self.maximum, value))
        return value


@dataclass(frozen=True, kw_only=True)
class FloatParam(Param):
    """A finite number between ``minimum`` and ``maximum``; ``logarithmic`` is for its slider."""

    minimum: float = -math.inf
    maximum: float = math.inf
    logarithmic: bool = False

    def _resolve(self, value: Resolved) -> Resolved:
        if isinstance(value, Dim):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refuse(value, "a number")
        if not math.isfinite(value) or not self.minimum <= value <= self.maximum:
            raise self._refuse(value, _between(self.minimum, self.maximum))
        return value


@dataclass(frozen=True, kw_only=True)
class BoolParam(Param):
    """True or false."""

    def _resolve(self, value: Resolved) -> Resolved:
        if value in (True, False):
            return bool(value)
        raise self._refuse(value, "true or false")


@dataclass(frozen=True, kw_only=True)
class ChoiceParam(Param):
    """One of ``choices``; ``titles`` are what a form shows for them, in the same order."""

    choices: tuple[str, ...]
    titles: tuple[str, ...] = ()

    def _resolve(self, value: Resolved) -> Resolved:
        if value in self.choices:
            return value
        raise self._refuse(value, "one of " + ", ".join(self.choices))


@dataclass(frozen=True, kw_only=True)
class TextParam(Param):
    """A line of free text, at most ``longest`` characters."""

    longest: int = 200

    def _resolve(self, value: Resolved) -> Resolved:
        if isinstance(value, str) and len(value) <= self.longest and value.isprintable():
            return value
        raise self._refuse(value, f"a line of at most {self.longest} characters")


@dataclass(frozen=True, kw_only=True)
class IntsParam(Param):
    """One integer for every axis: written as one number or as ``length`` of them.

    Resolves to a tuple of ``length``; ``length`` 0 takes any number of them.
    """

    length: int
    minimum: int = 1
    maximum: int = MAX_SIZE
    optional_items: bool = False

    def _resolve(self, value: Resolved) -> Resolved:
        items = value if isinstance(value, tuple) else (value,) * max(self.length, 1)
        if self.length and len(items) != self.length:
            raise self._refuse(value, f"one integer or {self.length} of them")
        return tuple(self._item(item) for item in items)

    def _item(self, item: Resolved) -> Resolved:
        if isinstance(item, Dim | Code) or (item is None and self.optional_items):
            return item
        if isinstance(item, bool) or not isinstance(item, int):
            raise self._refuse(item, "integers")
        if not self.minimum <= item <= self.maximum:
            raise self._refuse(item, _between(self.minimum, self.maximum))
        return item


@dataclass(frozen=True, kw_only=True)
class ShapeParam(Param):
    """The dims of a tensor: integers and the names of symbols, such as ``("N", 3, 32, 32)``."""

    def _resolve(self, value: Resolved) -> Resolved:
        if not isinstance(value, tuple) or len(value) > 8:
            raise self._refuse(value, "a list of at most 8 sizes or symbols")
        for item in value:
            named = isinstance(item, str) and item.isidentifier() and item.isascii()
            size = isinstance(item, int) and not isinstance(item, bool) and 1 <= item <= MAX_SIZE
            if not named and not size and not isinstance(item, Dim):
                raise self._refuse(item, "a size of at least 1 or the name of a symbol")
        return value


@dataclass(frozen=True, kw_only=True)
class DTypeParam(ChoiceParam):
    """The dtype of a tensor, by torch's name."""

    choices: tuple[str, ...] = DTYPES
    default: ParamValue = "float32"


class Port(NamedTuple):
    """A named place where an edge ends. ``variadic`` takes any number of flow edges, in order."""

    name: str
    doc: str = ""
    optional: bool = False
    variadic: bool = False


class Weight(NamedTuple):
    """A tensor of a layer's ``state_dict``: its key below the layer (empty where the layer is
    that tensor itself), its shape, and whether it is a buffer (no gradient) or another layer's
    tensor (``tied``)."""

    name: str
    shape: tuple[Size, ...]
    buffer: bool = False
    tied: bool = False

    def below(self, module: str) -> str:
        """Its key in the ``state_dict`` where ``module`` is the layer's."""
        return path_of(module, self.name)


def path_of(module: str, weight: str) -> str:
    """Where the tensor ``weight`` of ``module`` stands.

    >>> path_of("fc", "bias"), path_of("class_token", "")
    ('fc.bias', 'class_token')
    """
    return f"{module}.{weight}" if weight else module


@dataclass(frozen=True)
class Name:
    """An argument that is a name: the value at an input port, or something of torch."""

    text: str


Operand = Union[Resolved, Name, "Call", tuple["Operand", ...]]


@dataclass(frozen=True)
class Argument:
    """An argument of a call: positional where ``keyword`` is empty.

    A keyword argument whose value equals ``default`` is left out of the code. With ``training``
    the value is meant while training, and ``default`` at evaluation.
    """

    value: Operand
    keyword: str = ""
    default: Operand | None = None
    has_default: bool = False
    training: bool = False


@dataclass(frozen=True)
class Call:
    """A call as data: ``nn.Conv2d(16, 32, 3)``, ``torch.flatten(x, 1)``. The code generator alone
    turns it into text.

    Where ``target`` is one of ``+ - * @`` it is an infix operator; where it begins with a dot, a
    method of the first argument (``x.expand(2, -1)``). With the target ``[]`` the other arguments
    index the first: an integer picks, a triple (start, stop, step) slices, None stands for the end.
    """

    target: str
    arguments: tuple[Argument, ...]


def call(target: str, *positional: Operand, **keywords: tuple[Operand, Operand]) -> Call:
    """The call of ``target``; each keyword is given as ``(value, torch's default)``.

    >>> call("nn.Conv2d", 16, 32, 3, stride=(1, 1), bias=(False, True)).arguments[-1].keyword
    'bias'
    """
    arguments = [Argument(value) for value in positional]
    for keyword, (value, default) in keywords.items():
        arguments.append(Argument(value, keyword, default, has_default=True))
    return Call(target, tuple(arguments))


@dataclass(frozen=True)
class Preset:
    """A layer with parameters under the name that people know it by: ``LayerScale`` is a gain a
    channel from 1e-4. ``stem`` begins the labels of what is made from it."""

    title: str
    doc: str
    stem: str
    params: Mapping[str, ParamValue] = field(default_factory=dict)


Returned = Union[int, None, tuple["Returned", ...]]
"""What a call returns: the place of an output, None for what nobody takes, a tuple of these."""

Inputs = tuple[TensorType, ...]
ShapeRule = Callable[[Args, Inputs], tuple[TensorType, ...]]


def no_weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    """The rule of a layer without parameters and buffers."""
    return ()


def never(args: Args) -> bool:
    """The rule of a layer that draws no random numbers in training."""
    return False


def no_operations(args: Args, inputs: Inputs) -> Size:
    """The rule of a layer that multiplies nothing."""
    return 0


@dataclass(frozen=True, kw_only=True)
class LayerSpec:
    """All that is known of a layer kind. Palette, form, tooltip, search, shapes, code and tests
    derive from it.

    ``shape(args, inputs)`` gives the types of the outputs or raises :class:`Refused`.
    ``construct`` gives the constructor's call (a layer without one has no module of its own);
    ``function`` gives the call in ``forward`` of a layer that needs no module, its inputs being
    passed as :class:`Name`; at least one of the two is there. A module that takes more than its
    inputs in order, or returns more than its outputs, says in ``invoke`` how it is called (the
    target is left empty) and in ``returns`` what comes back. With ``value``, ``nn.Parameter`` or
    ``nn.Buffer``, the layer is no module: ``construct`` makes the tensor that this wraps, and the
    attribute itself is the output. ``doubt`` tells what is allowed but rarely meant. A layer
    that ``passes`` its input on unchanged is no code where it need not be a module. ``support``
    is the source of a class that torch lacks, named by ``construct``. ``stem`` begins the labels of
    new nodes (``conv1``). ``title`` and ``caption`` are the two lines a block shows. ``chip``
    layers (norms, activations, dropout) are drawn attached to the layer before them. ``presets``
    are the forms in which people know it as a scale of a branch, and ``short`` what a scale's chip
    says; ``decays`` names the parameter that a linear decay over the depth of a net sets.
    ``batch_statistics`` and ``draws`` tell whether, in training, a sample's output depends on the
    others of its batch, and on random numbers.
    """

    kind: str
    family: str
    doc: str
    stem: str
    shape: ShapeRule
    params: tuple[Param, ...] = ()
    inputs: tuple[Port, ...] = (Port("x"),)
    outputs: tuple[Port, ...] = (Port("y"),)
    weights: Callable[[Args, Inputs], tuple[Weight, ...]] = no_weights
    operations: Callable[[Args, Inputs], Size] = no_operations
    construct: Callable[[Args, Inputs], Call] | None = None
    function: Callable[[Args, Inputs, tuple[Name, ...]], Call] | None = None
    invoke: Callable[[Args, Inputs, tuple[Name, ...]], Call] | None = None
    returns: tuple[Returned, ...] = ()
    value: str = ""
    doubt: Callable[[Args, Inputs], str | None] | None = None
    support: str = ""
    search: tuple[str, ...] = ()
    title: Callable[[Args], str] | None = None
    caption: Callable[[Args], str] | None = None
    passes: bool = False
    chip: bool = False
    presets: tuple[Preset, ...] = ()
    short: Callable[[Args], str] | None = None
    decays: str = ""
    batch_statistics: bool = False
    draws: Callable[[Args], bool] = never
    by_name: Mapping[str, Param] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {param.name: param for param in self.params})

    @property
    def is_plain_module(self) -> bool:
        """Whether it is a module of one value that returns one value, so that it can be repeated
        and stand in an ``nn.Sequential``."""
        return self.construct is not None and self.invoke is None and not self.value

    def defaults(self) -> dict[str, ParamValue]:
        """Every parameter's default."""
        return {param.name: param.default for param in self.params}


def _between(minimum: float, maximum: float, value: float = 0) -> str:
    if maximum in (MAX_SIZE, math.inf) and value <= maximum:
        return f"at least {minimum}"
    if minimum == -math.inf or maximum == MAX_SIZE:
        return f"at most {maximum}"
    return f"between {minimum} and {maximum}"
