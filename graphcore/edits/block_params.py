"""Edits of what a block declares: the type, bounds, default, words and order of its parameters."""

from __future__ import annotations

from dataclasses import replace

from graphcore.diagram import Diagram
from graphcore.edits.blocks import checked_default
from graphcore.edits.editing import EditError, block_of, check_value, with_block
from graphcore.edits.names import declared_param
from graphcore.spec import ChoiceParam, FloatParam, IntParam, IntsParam, Param


def change_block_param(diagram: Diagram, block: str, name: str, changed: Param) -> Diagram:
    """Let a declared parameter be ``changed``, which has its name: another type, other bounds,
    another default or description. What instances give it stays; what no longer suits becomes a
    problem there. Raises EditError for bounds that nothing fits and a default outside them."""
    param = declared_param(diagram, block, name)
    if changed.name != name:
        raise EditError(f"'{name}' is given another name by renaming it.")
    _check_bounds(changed)
    check_value(f"the description of {name}", changed.doc)
    if changed.default is not None or not changed.optional:
        _check_default(changed)
    if changed == param and type(changed) is type(param):
        return diagram
    inside = block_of(diagram, block)
    params = tuple(changed if p is param else p for p in inside.params)
    return with_block(diagram, block, replace(inside, params=params))


def move_block_param(diagram: Diagram, block: str, name: str, by: int) -> Diagram:
    """Move a declared parameter ``by`` places: the order of sliders and of arguments."""
    param = declared_param(diagram, block, name)
    inside = block_of(diagram, block)
    params = [p for p in inside.params if p is not param]
    to = inside.params.index(param) + by
    if not 0 <= to <= len(params):
        raise EditError(f"'{name}' is the {'first' if to < 0 else 'last'} parameter already.")
    params.insert(to, param)
    return with_block(diagram, block, replace(inside, params=tuple(params)))


def _check_bounds(param: Param) -> None:
    if isinstance(param, IntParam | IntsParam | FloatParam) and param.minimum > param.maximum:
        raise EditError(
            f"'{param.name}' would be at least {param.minimum} and at most {param.maximum}; no "
            "value is. Put the smaller bound first."
        )
    if isinstance(param, ChoiceParam) and not param.choices:
        raise EditError(f"'{param.name}' needs at least one choice.")


def _check_default(param: Param) -> None:
    if param.default is None:
        return  # A parameter without a default has to be given by every instance.
    checked_default(param, param.default)
