"""The type of a tensor: its dims, which may contain symbols, and its dtype.

A dim is an ``int`` or a :class:`Dim`: an integer polynomial in symbols (``N``, ``H``, a block's
``width``) and atoms ``floor(poly / poly)``, in normal form. The same arithmetic serves the sizes
of tensors and the expressions that appear in generated code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Union

Size = Union[int, "Dim"]
"""One dim of a tensor, or an integer argument of a layer."""


@dataclass(frozen=True)
class Floor:
    """The atom ``floor(numerator / denominator)``; ``exact`` where nothing can be left over."""

    numerator: Size
    denominator: Size
    exact: bool = False

    def __str__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        # Normal form sorts by it, again and again: kept, it halves the time of emitting code.
        return f"{_wrapped(self.numerator)} // {_wrapped(self.denominator)}"


@dataclass(frozen=True)
class Opaque:
    """An integer known only as the text of an expression, such as ``64 if i == 0 else 128``."""

    text: str

    def __str__(self) -> str:
        return self.text


Atom = Union[str, Floor, Opaque]
Monomial = tuple[Atom, ...]


@dataclass(frozen=True)
class Dim:
    """An integer polynomial; ``terms`` maps each monomial to its non-zero coefficient.

    Build one with :func:`symbol` and arithmetic. Operations that come out constant return an
    ``int``, so a ``Dim`` always contains at least one atom.
    """

    terms: tuple[tuple[Monomial, int], ...]

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.terms)

    def __add__(self, other: Size) -> Size:
        return _polynomial([*self.terms, *_terms(other)])

    def __mul__(self, other: Size) -> Size:
        return _polynomial(
            term
            for a, x in self.terms
            for b, y in _terms(other)
            for term in _multiplied(tuple(sorted((*a, *b), key=str)), x * y)
        )

    def __neg__(self) -> Size:
        return _polynomial((monomial, -factor) for monomial, factor in self.terms)

    def __sub__(self, other: Size) -> Size:
        return self + (-other)

    def __rsub__(self, other: int) -> Size:
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__

    def __floordiv__(self, divisor: Size) -> Size:
        return _floor(self, divisor)

    def __rfloordiv__(self, numerator: int) -> Size:
        return _floor(numerator, self)

    def __mod__(self, divisor: Size) -> Size:
        return self - divisor * _floor(self, divisor)

    def __rmod__(self, numerator: int) -> Size:
        return numerator - self * _floor(numerator, self)

    def __bool__(self) -> bool:
        raise TypeError("a symbolic size has no truth value; ask equal() or surely_less()")

    @cached_property
    def symbols(self) -> frozenset[str]:
        """The names of all symbols in this polynomial, those inside floors included."""
        return frozenset(_symbols(self))

    @cached_property
    def is_opaque(self) -> bool:
        """Whether any atom is known only as text."""
        return any(isinstance(atom, Opaque) for monomial, _ in self.terms for atom in monomial)

    @cached_property
    def has_exact(self) -> bool:
        """Whether any atom is a quotient without a remainder."""
        atoms = (atom for monomial, _ in self.terms for atom in monomial)
        return any(isinstance(atom, Floor) and atom.exact for atom in atoms)

    def __str__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        folded = _folded(self)
        if folded is not None:
            return str(folded)
        text = ""
        for monomial, factor in sorted(self.terms, key=_reading_order):
            sign = "-" if factor < 0 else "+"
            lead = ("-" if factor < 0 else "") if not text else f" {sign} "
            text += lead + _product(monomial, abs(factor), alone=len(self.terms) == 1)
        return text


def symbol(name: str) -> Dim:
    """The symbol ``name`` as a size."""
    return Dim((((name,), 1),))


def opaque(text: str) -> Dim:
    """An integer size known only as the expression ``text``."""
    return Dim((((Opaque(text),), 1),))


def equal(a: Size, b: Size) -> bool | None:
    """Whether two sizes are equal: True, False, or None where only an example could settle it."""
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    difference = _floored(a) - _floored(b)
    return difference == 0 if isinstance(difference, int) else None


def differ(a: Size, b: Size) -> bool:
    """Whether two sizes are certainly different."""
    return equal(a, b) is False


def surely_less(a: Size, b: Size) -> bool:
    """Whether ``a < b`` whatever the symbols stand for (symbols are positive)."""
    if isinstance(a, int) and isinstance(b, int):
        return a < b
    difference = b - a
    if isinstance(difference, int):
        return difference > 0
    constant = sum(factor for monomial, factor in difference.terms if not monomial)
    rest = [(monomial, factor) for monomial, factor in difference.terms if monomial]
    plain = all(factor > 0 and all(isinstance(x, str) for x in atoms) for atoms, factor in rest)
    return plain and constant + sum(factor for _, factor in rest) > 0


def ceil_div(a: Size, b: Size) -> Size:
    """``a / b`` rounded up."""
    return (a + b - 1) // b


def exact_quotient(a: Size, b: Size) -> Size:
    """``a / b`` where ``b`` is known to divide ``a``: multiplied by ``b`` it is ``a`` again.

    >>> str(symbol("heads") * exact_quotient(symbol("width"), symbol("heads")))
    'width'
    """
    quotient = a // b
    if quotient == Dim((((Floor(a, b),), 1),)):
        return Dim((((Floor(a, b, exact=True),), 1),))
    return quotient


def product(sizes: Iterable[Size]) -> Size:
    """The product of ``sizes``; 1 for none."""
    result: Size = 1
    for size in sizes:
        result = result * size
    return result


def substitute(size: Size, values: Mapping[str, int], opaque: Callable[[str], int]) -> int:
    """The number that ``size`` is when its symbols have ``values``.

    ``opaque`` evaluates the text of an opaque atom. Raises KeyError for a symbol without a value
    and ZeroDivisionError for a floor by zero.
    """
    if isinstance(size, int):
        return size
    total = 0
    for monomial, factor in size.terms:
        for atom in monomial:
            if isinstance(atom, str):
                factor *= values[atom]
            elif isinstance(atom, Opaque):
                factor *= opaque(atom.text)
            else:
                numerator = substitute(atom.numerator, values, opaque)
                factor *= numerator // substitute(atom.denominator, values, opaque)
        total += factor
    return total


DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "bool")


@dataclass(frozen=True)
class TensorType:
    """The dims and the dtype (torch's name) of the tensor at a port."""

    dims: tuple[Size, ...]
    dtype: str = "float32"

    @property
    def rank(self) -> int:
        """The number of dims."""
        return len(self.dims)

    @property
    def channel_axis(self) -> int:
        """The axis of channels: 1 for images (N, C, H, W), the last for (N, F) and (N, L, E)."""
        return 1 if self.rank >= 4 else self.rank - 1

    @property
    def channels(self) -> Size:
        """The size of the channel axis (1 for a scalar)."""
        return self.dims[self.channel_axis] if self.dims else 1

    @property
    def is_floating(self) -> bool:
        """Whether values are floating point, so that gradients flow."""
        return "float" in self.dtype

    def __str__(self) -> str:
        shape = "×".join(map(str, self.dims)) or "scalar"
        return shape if self.dtype == "float32" else f"{shape} {self.dtype}"

    def without_batch(self) -> str:
        """The dims after the first as text, as they stand on a wire."""
        return "×".join(map(str, self.dims[1:])) or "scalar"


@lru_cache(maxsize=1 << 16)
def one_object(kind: TensorType) -> TensorType:
    """The same object for equal types, so that what depends on one can compare by identity."""
    return kind


def _terms(size: Size) -> tuple[tuple[Monomial, int], ...]:
    return size.terms if isinstance(size, Dim) else (((), size),)


def _multiplied(monomial: Monomial, factor: int) -> tuple[tuple[Monomial, int], ...]:
    """The terms of a product, where an exact quotient meets what divided it."""
    for atom in monomial:
        if not isinstance(atom, Floor) or not atom.exact:
            continue
        rest = list(monomial)
        rest.remove(atom)
        divisor, whole = _terms(atom.denominator)[0] if _is_single(atom.denominator) else ((), 0)
        if whole and factor % whole == 0 and all(part in rest for part in divisor):
            for part in divisor:
                rest.remove(part)
            return _terms(_polynomial([(tuple(rest), factor // whole)]) * atom.numerator)
    return ((monomial, factor),)


def _floored(size: Size) -> Size:
    """``size`` with its exact quotients as plain ones, so that both compare equal."""
    if isinstance(size, int) or not size.has_exact:
        return size
    return _polynomial(
        (tuple(_plain(atom) for atom in monomial), factor) for monomial, factor in size.terms
    )


def _plain(atom: Atom) -> Atom:
    return Floor(atom.numerator, atom.denominator) if isinstance(atom, Floor) else atom


def _is_single(size: Size) -> bool:
    return len(_terms(size)) == 1


def _polynomial(terms: Iterable[tuple[Monomial, int]]) -> Size:
    collected: dict[Monomial, int] = {}
    for monomial, factor in terms:
        collected[monomial] = collected.get(monomial, 0) + factor
    kept = {monomial: factor for monomial, factor in collected.items() if factor}
    if not kept:
        return 0
    if set(kept) == {()}:
        return kept[()]
    if len(kept) == 1:
        return Dim(tuple(kept.items()))
    return Dim(tuple(sorted(kept.items(), key=lambda term: tuple(map(str, term[0])))))


def _floor(numerator: Size, divisor: Size) -> Size:
    if isinstance(numerator, int) and isinstance(divisor, int):
        return numerator // divisor
    if not isinstance(divisor, int):
        if numerator == divisor:
            return 1
        return Dim((((Floor(numerator, divisor),), 1),))
    if divisor == 0:
        raise ZeroDivisionError("division by zero")
    if divisor < 0:
        return _floor(-numerator, -divisor)
    whole = _polynomial((m, factor // divisor) for m, factor in _terms(numerator))
    rest = _polynomial((m, factor % divisor) for m, factor in _terms(numerator))
    if isinstance(rest, int):
        return whole + rest // divisor
    nested = _nested_floor(rest, divisor)
    return whole + (nested if nested is not None else Dim((((Floor(rest, divisor),), 1),)))


def _nested_floor(rest: Dim, divisor: int) -> Size | None:
    """``floor((floor(p / a) + c) / b) = floor((p + c a) / (a b))``, so that halving twice and
    dividing by four compare equal."""
    atoms = [(monomial, factor) for monomial, factor in rest.terms if monomial]
    if len(atoms) != 1 or atoms[0][1] != 1 or len(atoms[0][0]) != 1:
        return None
    atom = atoms[0][0][0]
    if not isinstance(atom, Floor) or not isinstance(atom.denominator, int):
        return None
    constant = sum(factor for monomial, factor in rest.terms if not monomial)
    return _floor(atom.numerator + constant * atom.denominator, atom.denominator * divisor)


def _symbols(size: Size) -> set[str]:
    found: set[str] = set()
    for monomial, _ in _terms(size):
        for atom in monomial:
            if isinstance(atom, str):
                found.add(atom)
            elif isinstance(atom, Floor):
                found |= _symbols(atom.numerator) | _symbols(atom.denominator)
    return found


def _reading_order(term: tuple[Monomial, int]) -> tuple[bool, bool, tuple[str, ...]]:
    """Symbols before the constant, positive terms first: ``width - 1``, not ``-1 + width``."""
    monomial, factor = term
    return (not monomial, factor < 0, tuple(map(str, monomial)))


def _folded(size: Dim) -> Floor | None:
    """``(a - 2) // 6`` for the normal form ``(a + 4) // 6 - 1``, which nobody would write."""
    constant, atoms = 0, []
    for monomial, factor in size.terms:
        if monomial:
            atoms.append((monomial, factor))
        else:
            constant = factor
    if not constant or len(atoms) != 1 or atoms[0][1] != 1 or len(atoms[0][0]) != 1:
        return None
    atom = atoms[0][0][0]
    if not isinstance(atom, Floor) or not isinstance(atom.denominator, int):
        return None
    return Floor(atom.numerator + constant * atom.denominator, atom.denominator)


def _product(monomial: Monomial, factor: int, *, alone: bool) -> str:
    single = len(monomial) == 1 and factor == 1
    bare = single and (alone or isinstance(monomial[0], Floor))
    parts = [str(atom) if bare else _bracketed(atom) for atom in monomial]
    if factor != 1 or not parts:
        parts.insert(0, str(factor))
    return " * ".join(parts)


def _bracketed(atom: Atom) -> str:
    return atom if isinstance(atom, str) else f"({atom})"


def _wrapped(size: Size) -> str:
    text = str(size)
    return text if text.isidentifier() or text.isdigit() else f"({text})"
