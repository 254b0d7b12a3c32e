"""The words a block shows on the canvas: its title and the line below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphcore.diagram import Diagram, Node
from graphcore.expression import Code, Expr
from graphcore.layers import LAYERS
from graphcore.spec import Args, Param, ParamValue, Refused, Resolved


def wording(
    diagram: Diagram, node: Node, args: Args | None = None, further: Sequence[Args] = ()
) -> tuple[str, str]:
    """Title and caption of ``node``; the caption may be empty.

    ``args`` are its resolved parameters as the analysis found them. Without them expressions
    appear as they are written. A block is titled by its label and captioned by its name and the
    parameters given to it; ``further`` are those of its copies after the first, over which a
    number that varies is told as a range.
    """
    spec = LAYERS.get(node.kind)
    if spec is None:
        declared = diagram.blocks[node.kind].params if node.kind in diagram.blocks else ()
        given = _given(declared, node.params, args, further)
        return node.label, " · ".join([node.kind, *given])
    known = args if args is not None and spec.by_name.keys() <= args.keys() else None
    resolved = known or literal_args(spec.params, node.params)
    title = spec.title(resolved) if spec.title else spec.kind
    return title, spec.caption(resolved) if spec.caption else ""


def literal_args(params: Sequence[Param], values: Mapping[str, ParamValue]) -> Args:
    """Parameters resolved as far as they are literals; an expression becomes its own text.

    A value that its parameter refuses is replaced by the default, so that a block with a mistake
    in it can still be drawn.
    """
    return {param.name: _literal(param, values.get(param.name, param.default)) for param in params}


def _literal(param: Param, value: ParamValue) -> Resolved:
    for candidate in (value, param.default):
        try:
            return param.resolve(_as_text(candidate))
        except Refused:
            continue
    return None


def _as_text(value: ParamValue) -> Resolved:
    if isinstance(value, Expr):
        return Code(value.source)
    return tuple(_as_text(item) for item in value) if isinstance(value, tuple) else value


def _given(
    declared: Sequence[Param],
    values: Mapping[str, ParamValue],
    args: Args | None,
    further: Sequence[Args],
) -> list[str]:
    """The values that differ from their defaults: the first bare, the others by name."""
    shown: list[str] = []
    for index, param in enumerate(declared):
        written = values.get(param.name, param.default)
        value = args[param.name] if args is not None and param.name in args else written
        text = _range_text([value, *(copy.get(param.name, value) for copy in further)])
        if index == 0:
            shown.append(text or value_text(value))
        elif text or value != param.default:
            shown.append(f"{param.name} {text or value_text(value)}")
    return shown


def _range_text(values: Sequence[object]) -> str:
    """From the least to the greatest of a number over the copies; "" where it does not vary. What
    the first copy alone does otherwise, as the stride of a stage, is told of the whole."""
    numbers = [
        value for value in values if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    if len(numbers) < len(values) or len(set(numbers)) == 1:
        return ""
    if all(isinstance(value, int) for value in numbers) and len(set(numbers[1:])) == 1:
        return ""
    return f"{_brief(min(numbers))}–{_brief(max(numbers))}"


def _brief(number: float) -> str:
    return f"{number:.2g}" if number % 1 else f"{number:.0f}"


def value_text(value: object) -> str:
    """A parameter's value in few characters: ``0.0889``, ``3×3``."""
    if isinstance(value, Expr):
        return value.source
    if isinstance(value, tuple):
        return "×".join(map(value_text, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)
