"""Sums of products written as an equation, by our own small reading of it."""

from __future__ import annotations

from typing import NamedTuple

from graphcore.spec import Args, Call, Inputs, LayerSpec, Name, Port, Refused, TextParam, call
from graphcore.tensor_type import Size, TensorType, differ, product

_REMEDY = "write it as 'bij,bjk->bik': a letter an axis, a comma between inputs, '->', the result"


class Equation(NamedTuple):
    """``bij,bjk->bik``: the letters of every input and of the result."""

    terms: tuple[str, ...]
    result: str


def read_equation(text: str) -> Equation:
    """The equation that ``text`` says. Raises Refused for what is not one.

    >>> read_equation("ij,jk->ik")
    Equation(terms=('ij', 'jk'), result='ik')
    """
    left, arrow, result = text.replace(" ", "").partition("->")
    terms = tuple(left.split(","))
    letters = "".join(terms)
    if not arrow or not all(c.isascii() and c.isalpha() for c in letters + result):
        raise Refused(f"Einsum does not understand {text!r}; {_REMEDY}", param="equation")
    unknown = sorted(set(result) - set(letters))
    if unknown or len(set(result)) < len(result):
        wrong = unknown[0] if unknown else max(result, key=result.count)
        why = "stands in no input" if unknown else "stands there twice"
        raise Refused(
            f"Einsum cannot make the axis {wrong!r} of the result: it {why}; {_REMEDY}",
            param="equation",
        )
    return Equation(terms, result)


def _read(args: Args) -> Equation:
    text = args["equation"]
    if not isinstance(text, str):
        raise Refused(
            f"'equation' of Einsum cannot change from copy to copy: {text}", param="equation"
        )
    return read_equation(text)


def _sizes(equation: Equation, inputs: Inputs) -> dict[str, Size]:
    """What each letter stands for."""
    if len(inputs) != len(equation.terms):
        raise Refused(
            f"Einsum has {len(equation.terms)} inputs in its equation, but {len(inputs)} are "
            "wired; make them agree",
            port="x",
        )
    found: dict[str, Size] = {}
    for term, x in zip(equation.terms, inputs, strict=True):
        if len(term) != x.rank:
            raise Refused(
                f"Einsum writes {term!r} for {x}, which has {x.rank} axes; {_REMEDY}",
                param="equation",
            )
        for letter, size in zip(term, x.dims, strict=True):
            if differ(found.setdefault(letter, size), size):
                raise Refused(
                    f"Einsum finds {found[letter]} and {size} for the letter {letter!r}; wire "
                    "inputs that agree, or use another letter",
                    port="x",
                )
            if isinstance(size, int):
                found[letter] = size
    return found


def _shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    equation = _read(args)
    sizes = _sizes(equation, inputs)
    if len({x.dtype for x in inputs}) > 1 or not inputs[0].is_floating:
        raise Refused(
            f"Einsum needs floating-point values of one dtype, but gets "
            f"{', '.join(map(str, inputs))}; put a Cast before it",
            port="x",
        )
    return (TensorType(tuple(sizes[letter] for letter in equation.result), inputs[0].dtype),)


def _operations(args: Args, inputs: Inputs) -> Size:
    """From left to right, two at a time, as torch does it; products without a sum are no
    multiplications of matrices and count for nothing."""
    equation = _read(args)
    sizes = _sizes(equation, inputs)
    total: Size = 0
    done = set(equation.terms[0])
    for place, term in enumerate(equation.terms[1:], 1):
        needed = set(equation.result).union(*equation.terms[place + 1 :])
        both = (done & set(term)) | ((done | set(term)) & needed)
        if both - needed:
            total = total + product(sizes[letter] for letter in sorted(both))
        done = (done | set(term)) & needed
    return total


def _einsum(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
    return call("torch.einsum", args["equation"], *names)


LAYERS = (
    LayerSpec(
        kind="Einsum",
        family="Shape",
        doc="Multiplies its inputs and sums over axes by an equation: 'bij,bjk->bik' is the "
        "product of matrices, sample by sample.",
        stem="einsum",
        params=(
            TextParam(
                name="equation",
                doc="A letter for each axis of each input, and those of the result.",
                default="bij,bjk->bik",
            ),
        ),
        inputs=(Port("x", "the inputs, in the order of the equation", variadic=True),),
        shape=_shape,
        operations=_operations,
        function=_einsum,
        search=("equation", "contraction", "product", "attention", "sum"),
        title=lambda args: "Einsum",
        caption=lambda args: str(args["equation"])[:20],
    ),
)
