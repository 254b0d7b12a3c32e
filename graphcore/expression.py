"""Block arithmetic: the small, closed language in which parameters may be written.

``+ - * // %``, comparisons, ``and or not``, ``a if c else b``, ``min`` and ``max`` over names and
literals. Python's own parser reads the text into a tree, every node of which must be on the list
below; the tree is walked by us and never compiled or run. Values may be symbolic: a size is then a
polynomial (:class:`~graphcore.tensor_type.Dim`) and anything else is :class:`Code`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Union

from graphcore.tensor_type import Dim, Size, equal, opaque, surely_less

MAX_LENGTH = 200
MAX_VALUE = 2**40


@dataclass(frozen=True)
class Expr:
    """A parameter's value written as an expression (``=`` and ``source`` in a file or a form)."""

    source: str

    def __str__(self) -> str:
        return f"={self.source}"


@dataclass(frozen=True)
class Code:
    """A value that is not an integer and is known only as the text of an expression."""

    text: str

    def __str__(self) -> str:
        return self.text


Value = Union[Size, float, str, Code, None]
"""What an expression can come out as; ``bool`` is an ``int``, as in Python."""


class ExpressionError(ValueError):
    """An expression outside the grammar, too large, or dividing by zero."""


def names_in(expr: Expr) -> frozenset[str]:
    """The names that ``expr`` refers to. Raises ExpressionError when it is malformed."""
    tree = _parse(expr.source)
    return frozenset(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id not in ("min", "max")
    )


def evaluate(expr: Expr, names: Mapping[str, Value]) -> Value:
    """The value of ``expr`` where each name stands for its value in ``names``.

    Raises ExpressionError for a malformed expression, an unknown name, a division by zero or a
    value beyond ``MAX_VALUE``.

    >>> evaluate(Expr("2 * width if i == 0 else width"), {"width": 16, "i": 0})
    32
    """
    return _value(_parse(expr.source), names)


def written_at(code: Code, copy: int) -> Code:
    """``code`` with its copy ``i`` as a number, as a person would write it.

    >>> written_at(Code("0.2 * (4 + i) / 16"), 2).text
    '0.2 * 6 / 16'
    """
    return Code(_text(ast.parse(code.text, mode="eval").body, {"i": copy}))


@lru_cache(maxsize=4096)
def _parse(source: str) -> ast.expr:
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters")
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError(f"'{source}' is not an expression") from error
    _check(tree, source)
    return tree


_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_LEAVES = (ast.Load, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)


def _check(tree: ast.expr, source: str) -> None:
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=op) if type(op) in _OPERATIONS:
                continue
            case ast.UnaryOp(op=ast.USub() | ast.Not() | ast.UAdd()):
                continue
            case ast.BoolOp() | ast.IfExp() | ast.Name():
                continue
            case ast.Compare(ops=[op]) if isinstance(op, _COMPARISONS):
                continue
            case ast.Constant(value=bool() | int() | float() | str()):
                continue
            case ast.Call(func=ast.Name(id="min" | "max"), args=[_, _, *_], keywords=[]):
                continue
        if isinstance(node, _LEAVES):
            continue
        raise ExpressionError(
            f"'{source}' uses {_said(node)}; only + - * / // %, comparisons, and, or, "
            "not, a if c else b, min and max are understood"
        )


def _said(node: ast.AST) -> str:
    """What a user would call a part of an expression."""
    kind = type(node.op if isinstance(node, ast.BinOp) else node)
    return _SAID.get(kind, kind.__name__)


_SAID: Mapping[type, str] = {
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.Call: "a call",
    ast.Attribute: "a dot",
    ast.Subscript: "an index",
    ast.List: "a list",
    ast.Tuple: "a list",
    ast.Compare: "several comparisons in one",
    ast.Constant: "a value that is neither number nor text",
}


def _value(node: ast.expr, names: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=value):
            return _bounded(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            if name not in names:
                known = ", ".join(sorted(names)) or "none"
                raise ExpressionError(f"'{name}' is not known here; known names: {known}")
            return names[name]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _choice(node, _value(test, names), body, orelse, names)
    operands = [_value(child, names) for child in _children(node)]
    if _is_code(node, operands):
        return Code(_text(node, names))
    try:
        return _bounded(_apply(node, operands, names))
    except ZeroDivisionError as error:
        raise ExpressionError(f"'{ast.unparse(node)}' divides by zero") from error
    except TypeError as error:
        raise ExpressionError(f"'{ast.unparse(node)}' mixes values that do not combine") from error


def _choice(
    node: ast.IfExp,
    test: Value,
    body: ast.expr,
    orelse: ast.expr,
    names: Mapping[str, Value],
) -> Value:
    if not isinstance(test, Code | Dim):
        return _value(body if test else orelse, names)
    branches = (_value(body, names), _value(orelse, names))
    if branches[0] == branches[1]:
        return branches[0]
    if all(isinstance(branch, int | Dim) for branch in branches):
        return opaque(_text(node, names))
    return Code(_text(node, names))


class _Renamed(ast.NodeTransformer):
    """Puts the expressions that names stand for in their place, so that the text is right where
    the values came from, and works out what is then plain."""

    def __init__(self, names: Mapping[str, Value]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self._names.get(node.id)
        if node.id in ("min", "max") or value is None or str(value) == node.id:
            return node
        return ast.parse(repr(value) if isinstance(value, str) else str(value), mode="eval").body

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        return _folded(ast.BinOp(left, node.op, right))


_FOLDED = (ast.Add, ast.Sub, ast.Mult)


def _folded(node: ast.BinOp) -> ast.expr:
    """``node`` as people write it: no sum of two integers, nothing plus 0 or times 1."""
    left, right = _integer(node.left), _integer(node.right)
    if left is not None and right is not None and isinstance(node.op, _FOLDED):
        return ast.parse(str(_OPERATIONS[type(node.op)](left, right)), mode="eval").body
    match node.op:
        case ast.Add() if right is not None:
            return _added(node.left, right)
        case ast.Add() if left == 0:
            return node.right
        case ast.Mult() if left == 1:
            return node.right
        case ast.Sub() if right == 0:
            return node.left
        case ast.Mult() | ast.Div() if right == 1:
            return node.left
    return node


def _added(left: ast.expr, number: int) -> ast.expr:
    """A sum that ends in ``number``, which a number at the end of ``left`` takes up."""
    if number == 0:
        return left
    match left:
        case ast.BinOp(left=first, op=ast.Add(), right=ast.Constant(value=int(before))):
            return ast.BinOp(first, ast.Add(), ast.Constant(before + number))
    return ast.BinOp(left, ast.Add(), ast.Constant(number))


def _integer(node: ast.expr) -> int | None:
    whole = isinstance(node, ast.Constant) and type(node.value) is int
    return node.value if whole else None  # type: ignore[attr-defined]


def _text(node: ast.expr, names: Mapping[str, Value]) -> str:
    copied = ast.parse(ast.unparse(node), mode="eval").body
    return ast.unparse(_Renamed(names).visit(copied))


def _children(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.BoolOp(values=values):
            return values
        case ast.Compare(left=left, comparators=[right]):
            return [left, right]
        case ast.Call(args=arguments):
            return arguments
    raise AssertionError(f"{type(node).__name__} passed the check")


def _is_code(node: ast.expr, operands: list[Value]) -> bool:
    """Whether symbols meet something that a polynomial cannot say."""
    if any(isinstance(operand, Code) for operand in operands):
        return True
    if not any(isinstance(operand, Dim) for operand in operands):
        return False
    divided = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
    logical = isinstance(node, ast.BoolOp) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )
    return divided or logical or any(isinstance(operand, float) for operand in operands)


def _apply(node: ast.expr, values: list[Value], names: Mapping[str, Value]) -> Value:
    a = values[0]
    b = values[1] if len(values) > 1 else None
    match node:
        case ast.BinOp(op=op):
            return _arithmetic(op, a, b)
        case ast.UnaryOp(op=ast.USub()):
            return -a  # type: ignore[operator]
        case ast.UnaryOp(op=ast.UAdd()):
            return a
        case ast.Compare(ops=[op]):
            known = _comparison(op, a, b)
            return Code(_text(node, names)) if known is None else known
        case ast.Call(func=ast.Name(id=name)) if any(isinstance(v, Dim) for v in values):
            return opaque(f"{name}({', '.join(map(str, values))})")
        case ast.Call(func=ast.Name(id=name)):
            return (min if name == "min" else max)(values)  # type: ignore[type-var]
    if isinstance(node, ast.BoolOp):
        return all(values) if isinstance(node.op, ast.And) else any(values)
    return not a


_OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def _arithmetic(op: ast.operator, a: Value, b: Value) -> Value:
    if isinstance(a, str) or isinstance(b, str):
        raise TypeError("text has no arithmetic")
    result: Value = _OPERATIONS[type(op)](a, b)
    return result


def _comparison(op: ast.cmpop, a: Value, b: Value) -> bool | None:
    """The answer, or None where it depends on a symbol."""
    if not (isinstance(a, Dim) or isinstance(b, Dim)):
        return _plain_comparison(op, a, b)
    if not (isinstance(a, int | Dim) and isinstance(b, int | Dim)):
        return None
    same = equal(a, b)
    if isinstance(op, ast.Eq | ast.NotEq) and same is not None:
        return same == isinstance(op, ast.Eq)
    smaller, larger = (a, b) if isinstance(op, ast.Lt | ast.LtE) else (b, a)
    ordered = isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
    return True if ordered and surely_less(smaller, larger) else None


def _plain_comparison(op: ast.cmpop, a: Value, b: Value) -> bool:
    match op:
        case ast.Eq():
            return a == b
        case ast.NotEq():
            return a != b
        case ast.Lt():
            return a < b  # type: ignore[operator]
        case ast.LtE():
            return a <= b  # type: ignore[operator]
        case ast.Gt():
            return a > b  # type: ignore[operator]
    return a >= b  # type: ignore[operator]


def _bounded(value: Value) -> Value:
    if isinstance(value, int | float) and not -MAX_VALUE <= value <= MAX_VALUE:
        raise ExpressionError(f"a value is beyond ±2^{MAX_VALUE.bit_length() - 1}")
    return value
