"""What reads better as one line: ``x = x + self.attn(self.ln_1(x))``, with a norm round it too.

A short branch that is added to the very value it begins at, and a sum of what several modules
make, are written as people write them; a longer branch keeps one call a line.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from graphcore.lowering.steps import Key, Operation, Via
from graphcore.spec import Name

DEEPEST = 3
"""So many calls of one branch stand in one line at most."""


def nested(operations: list[Operation], returned: list[Key]) -> list[Operation]:
    """``operations`` with short branches drawn into the sums that they end in; the order in which
    modules are called does not change."""
    uses = Counter(key for operation in operations for key in operation.operands)
    uses.update(returned)
    kept: list[Operation] = []
    for operation in operations:
        found = (
            _residual(kept, operation, uses)
            or _sum_of_calls(kept, operation, uses)
            or _round_sum(kept, operation, uses)
        )
        if found is None:
            kept.append(operation)
        else:
            taken, merged = found
            kept[len(kept) - taken :] = [merged]
    return kept


Merged = tuple[int, Operation]
"""How many of the operations before a sum it takes in, and what it then is."""


def _residual(before: list[Operation], operation: Operation, uses: Counter[Key]) -> Merged | None:
    """``x + F(x)``, in this order, where the calls of F stand right before it and are few."""
    if operation.join != "+" or operation.condition or len(operation.operands) != 2:
        return None
    x, key = operation.operands
    chain = _chain(before, key, uses)
    if not chain or chain[0].operands != (x,) or any(operation.via):
        return None
    labels = tuple(one.head.removeprefix("self.") for one in chain)
    return len(chain), _taking(operation, chain, (x, x), ((), labels))


def _sum_of_calls(
    before: list[Operation], operation: Operation, uses: Counter[Key]
) -> Merged | None:
    """``self.wte(tokens) + self.wpe(positions)``: every operand is one call, right before it."""
    call = operation.call
    if call is None or call.target != "+":
        return None
    if any(not isinstance(argument.value, Name) for argument in call.arguments):
        return None
    count = len(operation.operands)
    chain = before[-count:]
    if len(chain) < count or not all(_is_call(one, uses) for one in chain):
        return None
    if tuple(one.targets[0] for one in chain) != operation.operands:
        return None
    operands = tuple(one.operands[0] for one in chain)
    via = tuple((one.head.removeprefix("self."),) for one in chain)
    return count, replace(_taking(operation, chain, operands, via), call=None, join="+")


def _round_sum(before: list[Operation], operation: Operation, uses: Counter[Key]) -> Merged | None:
    """``self.norm(x + self.attn(x))``: a call of a module on such a sum right before it."""
    last = before[-1] if before else None
    if last is None or last.operands[:1] * 2 != last.operands or not any(last.via) or last.then:
        return None
    if not _is_module_call(operation) or operation.operands != last.targets:
        return None
    if uses[last.targets[0]] > 1:
        return None
    made = (*last.definitions, *operation.definitions)
    then = (operation.head.removeprefix("self."),)
    return 1, replace(
        last, targets=operation.targets, label=operation.label, definitions=made, then=then
    )


def _taking(
    operation: Operation, chain: list[Operation], operands: tuple[Key, ...], via: tuple[Via, ...]
) -> Operation:
    made = (*operation.definitions, *(at for one in chain for at in one.definitions))
    return replace(operation, operands=operands, via=via, definitions=made)


def _chain(before: list[Operation], key: Key, uses: Counter[Key]) -> list[Operation]:
    """The calls that end in ``key``, back to back at the end of ``before``."""
    chain: list[Operation] = []
    for operation in reversed(before):
        if operation.targets != (key,) or not _is_call(operation, uses) or len(chain) == DEEPEST:
            break
        chain.insert(0, operation)
        key = operation.operands[0]
    return chain


def _is_call(operation: Operation, uses: Counter[Key]) -> bool:
    """Whether it calls one module on one value, for one value that is used once."""
    return _is_module_call(operation) and uses[operation.targets[0]] == 1


def _is_module_call(operation: Operation) -> bool:
    return (
        operation.head.startswith("self.")
        and operation.call is None
        and operation.loop is None
        and not operation.condition
        and len(operation.operands) == len(operation.targets) == 1
    )
