"""Writing values in place of the names that expressions refer to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace

from graphcore.diagram import Edge, Node, Scales
from graphcore.expression import Expr, ExpressionError, evaluate, names_in
from graphcore.spec import ParamValue
from graphcore.values import value_problem

Values = Mapping[str, ParamValue]
Change = Callable[[ParamValue], ParamValue]


class Unwritable(ValueError):
    """A value cannot stand where an expression wants it; the message says which and where."""


def with_values(value: ParamValue, values: Values) -> ParamValue:
    """``value`` with the names in its expressions replaced by ``values``, and whatever needs no
    name any more worked out. Raises :class:`Unwritable`.

    >>> with_values(Expr("2 * width if i == 0 else width"), {"i": 1, "width": Expr("a + b")})
    Expr(source='a + b')
    """
    if isinstance(value, tuple):
        return tuple(with_values(item, values) for item in value)
    if not isinstance(value, Expr):
        return value
    try:
        if not names_in(value) & values.keys():
            return value
    except ExpressionError:
        return value  # It is no expression; what is wrong with it stays to be seen.
    tree = ast.parse(value.source.strip(), mode="eval").body
    if isinstance(tree, ast.Name):
        return values[tree.id]
    written = _Writer(value, values).visit(tree)
    if isinstance(written, ast.Name) and written.id in _markers(values):
        return values[written.id]
    result = _literal(written)
    return Expr(ast.unparse(written)) if result is None else result


def node_with(node: Node, change: Change) -> Node:
    """``node`` with ``change`` made to each of its values: parameters, repeat, active, scales."""
    repeat, active = change(node.repeat), change(node.active)
    return replace(
        node,
        params={name: change(value) for name, value in node.params.items()},
        repeat=repeat if isinstance(repeat, int | Expr) else node.repeat,
        active=active if isinstance(active, Expr) else bool(active),
        scales={port: scales_with(chain, change) for port, chain in node.scales.items()},
    )


def edge_with(edge: Edge, change: Change) -> Edge:
    """``edge`` with ``change`` made to each of its values: parameters, active, scales."""
    active = change(edge.active)
    return replace(
        edge,
        params={name: change(value) for name, value in edge.params.items()},
        active=active if isinstance(active, Expr) else bool(active),
        scales=scales_with(edge.scales, change),
    )


def scales_with(scales: Scales, change: Change) -> Scales:
    """``scales`` with ``change`` made to each of their parameters."""
    return tuple(
        replace(scale, params={name: change(value) for name, value in scale.params.items()})
        for scale in scales
    )


def _markers(values: Values) -> frozenset[str]:
    """Names whose values stand by themselves only: a list of sizes, or nothing at all."""
    return frozenset(name for name, value in values.items() if isinstance(value, tuple | None))


class _Writer(ast.NodeTransformer):
    """Puts values in the place of names and works out what has no names left."""

    def __init__(self, whole: Expr, values: Values) -> None:
        self._whole = whole
        self._values = values

    def visit(self, node: ast.AST) -> ast.AST:
        """Children first; then the thing itself, if it is all numbers."""
        if isinstance(node, ast.Name):
            return self._written(node)
        if isinstance(node, ast.IfExp):
            return self._chosen(node)
        node = self.generic_visit(node)
        if isinstance(node, ast.expr) and not isinstance(node, ast.Constant):
            self._check_operands(node)
            return _worked_out(node)
        return node

    def _written(self, node: ast.Name) -> ast.expr:
        value = self._values.get(node.id, node)
        if isinstance(value, Expr):
            return ast.parse(value.source.strip(), mode="eval").body
        if isinstance(value, ast.Name | tuple | None):
            return node
        return ast.Constant(value)

    def _chosen(self, node: ast.IfExp) -> ast.AST:
        test = self.visit(node.test)
        if isinstance(test, ast.Constant):
            return self.visit(node.body if test.value else node.orelse)
        node.test = test  # type: ignore[assignment]
        node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)  # type: ignore[assignment]
        self._check_operands(node)
        return node

    def _check_operands(self, node: ast.expr) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Name) and child.id in _markers(self._values):
                raise Unwritable(f"'{child.id}' is no single number, but '{self._whole}' counts it")


def _worked_out(node: ast.expr) -> ast.expr:
    result = _literal(node)
    return node if result is None else ast.Constant(result)


def _literal(node: ast.AST) -> bool | int | float | str | None:
    """What ``node`` comes out as, if it holds no names and can be worked out."""
    expr = Expr(ast.unparse(node))
    try:
        value = evaluate(expr, {}) if not names_in(expr) else None
    except ExpressionError:
        return None
    return value if isinstance(value, bool | int | float | str) else None


def too_long(value: ParamValue) -> bool:
    """Whether ``value`` could not be kept in a file."""
    return value_problem(value) is not None
