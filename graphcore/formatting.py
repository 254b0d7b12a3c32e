"""Trees to lines, broken as ``ruff format`` (and black) would break them at 88 columns."""

from __future__ import annotations

import ast
import itertools
import textwrap

from graphcore.program import Atom, Copies, Infix, Invoke, Keyword, Tree

WIDTH = 88
_STEP = 4


def flat(tree: Tree) -> str:
    """``tree`` on one line."""
    match tree:
        case Atom(text=text):
            return text
        case Keyword(name=name, value=value):
            return f"{name}={flat(value)}"
        case Infix(operator=operator, items=items):
            return f" {operator} ".join(map(flat, items))
        case Copies(star=star):
            return f"*({_element(tree)})" if star else _element(tree)
        case Invoke(head=head, items=items):
            opening, closing = tree.ends
            return f"{head}{opening}{', '.join(map(flat, items))}{closing}"
    raise TypeError(f"not a tree: {tree!r}")


def lines(prefix: str, tree: Tree, suffix: str, indent: int) -> list[str]:
    """``prefix`` + tree + ``suffix`` at ``indent``, over several lines where one is too short."""
    whole = " " * indent + prefix + flat(tree) + suffix
    if len(whole) <= WIDTH:
        return [whole]
    match tree:
        case Keyword(name=name, value=value):
            return lines(f"{prefix}{name}=", value, suffix, indent)
        case Atom(text=text) if suffix == ",":  # Inside brackets, where it may be broken.
            first, *rest = _pieces(text)
            broken = [prefix + first, *rest]
            broken[-1] += suffix
            return [" " * indent + piece for piece in broken]
        case Copies(element=element, variable=variable, span=span):
            inner = indent + _STEP if tree.star else indent
            body = [
                *lines("", element, "", inner),
                " " * inner + f"for {variable} in range({span})",
            ]
            if not tree.star:
                return body
            return [" " * indent + prefix + "*(", *body, " " * indent + ")" + suffix]
        case Invoke(items=items) if items:
            return _broken(prefix, tree, suffix, indent)
        case Infix(items=(first, Invoke() as last)) if prefix:
            return _two_operands(prefix, tree.operator, first, last, suffix, indent)
        case Infix():
            return _in_brackets(prefix, tree, suffix, indent)
    return [whole]


def _two_operands(
    prefix: str, operator: str, first: Tree, last: Invoke, suffix: str, indent: int
) -> list[str]:
    """A sum that ends in a call is broken inside the call where its beginning fits on the line."""
    before = f"{prefix}{flat(first)} {operator} "
    if len(" " * indent + before + last.head) < WIDTH:
        return lines(before, last, suffix, indent)
    if isinstance(first, Invoke):
        *opened, closed = _broken(prefix, first, "", indent)
        return [*opened, *lines(f"{closed.strip()} {operator} ", last, suffix, indent)]
    return _in_brackets(prefix, Infix(operator, (first, last)), suffix, indent)


def _broken(prefix: str, call: Invoke, suffix: str, indent: int) -> list[str]:
    opening, closing = call.ends
    return [
        " " * indent + f"{prefix}{call.head}{opening}",
        *_items(call.items, indent + _STEP),
        " " * indent + closing + suffix,
    ]


def _in_brackets(prefix: str, tree: Infix, suffix: str, indent: int) -> list[str]:
    if not prefix:  # Among the arguments of a call the call's brackets serve.
        return _operands(tree, suffix, indent)
    body = [" " * (indent + _STEP) + flat(tree)]
    if len(body[0]) > WIDTH:
        body = _operands(tree, "", indent + _STEP)
    return [" " * indent + prefix + "(", *body, " " * indent + ")" + suffix]


def _operands(tree: Infix, suffix: str, indent: int) -> list[str]:
    first, *others = tree.items
    body = lines("", first, "", indent)
    for place, other in enumerate(others, 1):
        end = suffix if place == len(others) else ""
        body += lines(f"{tree.operator} ", other, end, indent)
    return body


def _items(items: tuple[Tree, ...], indent: int) -> list[str]:
    together = " " * indent + ", ".join(map(flat, items))
    if len(together) <= WIDTH:
        return [together]
    if len(items) == 1 and isinstance(items[0], Copies) and not items[0].star:
        return lines("", items[0], "", indent)
    return [line for item in items for line in lines("", item, ",", indent)]


_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%"}


def _pieces(text: str) -> list[str]:
    """A sum or a product as its first operand and each further one with its sign.

    >>> _pieces("(a + b) * c / d")
    ['(a + b)', '* c', '/ d']
    """
    tree = ast.parse(text, mode="eval").body if text.isascii() else None
    is_sum = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub)
    cuts = [len(text)]
    while isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub) == is_sum:
        # Brackets belong to no operand: the sign is looked for, and what is in some stays whole.
        end = tree.left.end_col_offset or 0
        cuts.insert(0, text.index(_SIGNS[type(tree.op)], end))
        if ")" in text[end : cuts[0]]:
            break
        tree = tree.left
    return [text[start:end].strip() for start, end in itertools.pairwise([0, *cuts])]


def _element(copies: Copies) -> str:
    return f"{flat(copies.element)} for {copies.variable} in range({copies.span})"


def docstring(text: str, indent: int) -> list[str]:
    """Free text as a docstring: a literal that nothing in it can end, wrapped to the width."""
    words = plain(text)
    lead = " " * indent
    if len(lead) + len(words) + 6 <= WIDTH:
        return [f'{lead}"""{words}"""']
    wrapped = textwrap.wrap(words, WIDTH - indent - 3, break_long_words=False)
    if len(wrapped) == 1:
        return [f'{lead}"""{words}"""']
    return [f'{lead}"""{wrapped[0]}', *(lead + line for line in wrapped[1:]), f'{lead}"""']


def plain(text: str) -> str:
    """Free text on one line, without anything that could end or escape a literal."""
    words = " ".join(text.replace("\\", "/").replace('"', "'").split())
    return "".join(c for c in words if c.isprintable())
