"""A repeated node as code: equal copies are grouped, a progression is a comprehension, and what
is neither is listed call by call."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphcore.explain import Explainer, evaluated, literal, mentioned
from graphcore.expression import Code, ExpressionError, written_at
from graphcore.program import Atom, Copies, Invoke, Keyword, Tree
from graphcore.results import BlockResult
from graphcore.spec import Argument, Call, Operand
from graphcore.tensor_type import Dim, Size, symbol

LISTED = 3
"""Up to so many equal copies of a fixed number are written out one by one."""

Facts = tuple[tuple[BlockResult, Call], ...]


class Inexpressible(ValueError):
    """The copies differ between instances in a way that one class cannot say."""


@dataclass(frozen=True)
class Copy:
    """One copy of a node: its construction in symbols and in each instance, or a tree that is
    ready (a block of sequential form). ``in_i`` is the construction with the copy as a symbol, and
    ``index`` which copy this is."""

    label: str
    general: Call | None
    facts: Facts
    ready: Tree | None = None
    in_i: Call | None = None
    index: int = 0

    def tree(self, explainer: Explainer) -> Tree:
        """The construction as code."""
        if self.ready is not None:
            return self.ready
        target, first = self.facts[0][1].target, self.facts[0][1].arguments
        items = []
        for index, argument in enumerate(first):
            general = self._general(index, argument)
            cases = [(at, call.arguments[index].value) for at, call in self.facts]
            plain = general == argument.default or not mentioned(general)
            if argument.has_default and plain and all(v == argument.default for _, v in cases):
                continue
            # A layer's first argument is the size that it takes in.
            name = f"{self.label}_{argument.keyword or (index or 'in')}"
            value = self._inner(index, general, explainer) or explainer.tree(general, cases, name)
            items.append(Keyword(argument.keyword, value) if argument.keyword else value)
        return Invoke(target, tuple(items))

    def _inner(self, index: int, general: Operand, explainer: Explainer) -> Tree | None:
        """An argument that is itself a call."""
        inner = [(at, call.arguments[index].value) for at, call in self.facts]
        calls = tuple((at, value) for at, value in inner if isinstance(value, Call))
        if len(calls) < len(inner):
            return None
        return Copy(self.label, general if isinstance(general, Call) else None, calls).tree(
            explainer
        )

    def _general(self, index: int, argument: Argument) -> Operand:
        if self.general is None or index >= len(self.general.arguments):
            return None
        general = self.general.arguments[index]
        if general.keyword != argument.keyword:
            return None
        written = self.in_i.arguments[index].value if self.in_i is not None else general.value
        for value in (general.value, written):
            if isinstance(value, Code) and "i" in mentioned(value):
                # As a person writes it: 0.2 * 3 / 16 and not 0.037500000000000006.
                return (
                    general.value
                    if isinstance(general.value, int)
                    else written_at(value, self.index)
                )
        return general.value


def in_sequence(
    container: str,
    copies: Sequence[Copy],
    count: Size | str,
    fewest: int,
    explainer: Explainer,
    names: str = "{i}",
) -> Tree:
    """The container of ``copies``. ``count`` is how many there are, in the class's names where it
    depends on them; ``fewest`` the smallest number in any instance; ``names`` what each is called.

    Raises Inexpressible.
    """
    items = _items(copies, count, fewest, explainer, names)
    if names == "{i}":
        return Invoke(container, items) if container == "nn.Sequential" else _listed(items)
    if len(items) == 1 and isinstance(items[0], Copies):
        only = items[0]
        return Invoke(container, (Invoke("OrderedDict", (replace(only, star=False),)),))
    return Invoke(container, (Invoke("OrderedDict", (Invoke("", items, square=True),)),))


def _listed(items: tuple[Tree, ...]) -> Tree:
    return Invoke("nn.ModuleList", (Invoke("", items, square=True),))


def _items(
    copies: Sequence[Copy],
    count: Size | str,
    fewest: int,
    explainer: Explainer,
    names: str,
) -> tuple[Tree, ...]:
    varying = not isinstance(count, int)
    if varying or len(copies) > LISTED:
        run = _run_start(copies)
        start: int | None = run
        if start == len(copies) - 1 and start > 0:
            progression = _progression_start(copies)
            start = start if progression is None and start == 1 else progression
        if start is not None and start <= fewest and (not varying or start <= 1):
            heads = [
                _named(copy.tree(explainer), names, place)
                for place, copy in enumerate(copies[:start])
            ]
            element, variable = _element(copies[start:], start, start == run, explainer)
            return (*heads, _rest(element, variable, start, count, names))
    if fewest < len(copies):
        raise Inexpressible(
            "its copies differ from one another and their number differs between the places "
            "where the block is used; make one of them unique"
        )
    return tuple(_named(copy.tree(explainer), names, place) for place, copy in enumerate(copies))


def _named(tree: Tree, names: str, copy: int | None) -> Tree:
    """A copy with its name, where copies have names of their own."""
    if names == "{i}":
        return tree
    if copy is None:
        return Invoke("", (Atom(f'f"{names.replace("{i+1}", "{i + 1}")}"'), tree))
    name = names.replace("{i+1}", str(copy + 1)).replace("{i}", str(copy))
    return Invoke("", (Atom(f'"{name}"'), tree))


def _run_start(copies: Sequence[Copy]) -> int:
    """Where the last run of equal copies begins."""
    last, start = _plain_tree(copies[-1]), len(copies) - 1
    while start > 0 and last is not None and _plain_tree(copies[start - 1]) == last:
        start -= 1
    return start


def _plain_tree(copy: Copy) -> Tree | None:
    """The copy as code if no further argument of the class is needed for it."""
    scratch = Explainer()
    tree = replace(copy, label="copy").tree(scratch)
    return None if scratch.extras else tree


def _rest(element: Tree, variable: str, start: int, count: Size | str, names: str) -> Tree:
    """The copies from ``start`` on as a comprehension."""
    if names != "{i}":
        element, variable = _named(element, names, None), "i"
    if start == 0:
        return Copies(element, variable, str(count))
    if variable == "i":
        return Copies(element, variable, f"{start}, {count}")
    return Copies(element, variable, _less(count, start))


def _less(count: Size | str, number: int) -> str:
    """``count - number`` as people write it, with no bracket more than it needs."""
    if isinstance(count, int):
        return str(count - number)
    whole = ast.parse(str(count), mode="eval").body
    return ast.unparse(ast.BinOp(whole, ast.Sub(), ast.Constant(number)))


def _element(
    copies: Sequence[Copy], start: int, equal: bool, explainer: Explainer
) -> tuple[Tree, str]:
    """What every one of ``copies`` is, and the name of its number where that matters."""
    if equal and _plain_tree(copies[0]) is not None:
        return copies[0].tree(explainer), "_"
    general = _progression(copies, start)
    assert general is not None
    for argument in general.arguments:
        explainer.used |= mentioned(argument.value) - {"i"}
    return _written(general), "i"


def _written(call: Call) -> Tree:
    """A call whose arguments have been shown to be right, as code."""
    items: list[Tree] = []
    for argument in call.arguments:
        if argument.has_default and argument.value == argument.default:
            continue
        value = literal(argument.value)
        items.append(Keyword(argument.keyword, value) if argument.keyword else value)
    return Invoke(call.target, tuple(items))


def _progression_start(copies: Sequence[Copy]) -> int | None:
    """From which copy on (0 or 1) the arguments follow one expression in ``i``, if they do."""
    for start in (0, 1):
        if len(copies) - start >= 2 and _progression(copies[start:], start) is not None:
            return start
    return None


def _progression(copies: Sequence[Copy], start: int) -> Call | None:
    """One call, in ``i``, that is right for every copy, or None."""
    calls = [copy.general for copy in copies]
    first = calls[0]
    if first is None or any(call is None for call in calls):
        return None
    arguments: list[Argument] = []
    for index, argument in enumerate(first.arguments):
        values = [call.arguments[index].value for call in calls if call is not None]
        value = _in_i(values, start)
        if value is None and any(one is not None for one in values):
            written = copies[0].in_i
            value = written.arguments[index].value if written is not None else None
        if value is None:
            value = _constant(copies, index)
        arguments.append(replace(argument, value=value))
    general = Call(first.target, tuple(arguments))
    right = all(
        _right_at(argument.value, start + place, copy.facts, index)
        for place, copy in enumerate(copies)
        for index, argument in enumerate(general.arguments)
    )
    return general if right else None


def _constant(copies: Sequence[Copy], index: int) -> Operand:
    """What an argument is in every copy of every instance, if that is one value."""
    values = [call.arguments[index].value for copy in copies for _, call in copy.facts]
    return values[0] if all(value == values[0] for value in values) else None


def _in_i(values: list[Operand], start: int) -> Operand:
    if all(value == values[0] for value in values):
        return values[0]
    sizes = [v for v in values if isinstance(v, int | Dim) and not isinstance(v, bool)]
    if len(sizes) < len(values):
        return None
    step = sizes[1] - sizes[0]
    if len(sizes) == 2 and isinstance(step, int):
        return None  # Two numbers lie on a line whatever they mean.
    if any(b - a != step for a, b in itertools.pairwise(sizes)):
        return None
    return sizes[0] - start * step + symbol("i") * step


def _right_at(value: Operand, copy: int, facts: Facts, index: int) -> bool:
    for at, call in facts:
        names = {**at.args, "i": copy}
        try:
            if evaluated(value, names) != call.arguments[index].value:  # type: ignore[arg-type]
                return False
        except (KeyError, ExpressionError, ZeroDivisionError, TypeError):
            return False
    return True
