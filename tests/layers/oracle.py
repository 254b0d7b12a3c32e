"""Builds and runs in torch what a layer's spec says, so that torch can judge the spec."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from graphcore.expression import Code
from graphcore.spec import Args, Call, Inputs, LayerSpec, Name, Operand, Returned, Weight
from graphcore.tensor_type import TensorType


class TorchRefuses(Exception):
    """Torch raised while it built or ran the layer."""


@dataclass(frozen=True)
class Outcome:
    """What a layer makes of its inputs, as the spec or as torch tells it."""

    outputs: tuple[TensorType, ...]
    weights: tuple[Weight, ...]
    operations: int


def resolve(spec: LayerSpec, params: Mapping[str, object]) -> Args:
    """The layer's parameters with defaults filled in; raises Refused for what is not allowed."""
    given = {**spec.defaults(), **params}
    assert set(given) == set(spec.by_name), f"{spec.kind} has no {set(given) - set(spec.by_name)}"
    return {name: spec.by_name[name].resolve(value) for name, value in given.items()}  # type: ignore[arg-type]


def names_of(spec: LayerSpec, count: int) -> tuple[Name, ...]:
    """A name for each of ``count`` inputs."""
    return tuple(Name(f"x{i}") for i in range(count))


@cache
def support_class(kind: str, source: str) -> type[nn.Module]:
    """The class that a support text defines."""
    scope: dict[str, object] = {"torch": torch, "nn": nn}
    exec(source, scope)
    found = scope[kind]
    assert isinstance(found, type)
    assert issubclass(found, nn.Module)
    return found


def perform(
    call: Call,
    names: Mapping[str, torch.Tensor],
    support: str = "",
    module: nn.Module | None = None,
) -> object:
    """Does what the code of ``call`` would do, keywords equal to their default left out."""
    positional = [value(a.value, names) for a in call.arguments if not a.keyword]
    keywords = {
        a.keyword: value(a.value, names)
        for a in call.arguments
        if a.keyword and not (a.has_default and a.value == a.default)
    }
    if call.target in "+-*@":
        assert not keywords
        return _infix(call.target, positional)
    if call.target == "[]":
        x, *index = positional
        return x[tuple(slice(*i) if isinstance(i, tuple) else i for i in index)]  # type: ignore[index]
    if call.target.startswith("."):
        return getattr(positional[0], call.target[1:])(*positional[1:], **keywords)
    if module is not None:
        return module(*positional, **keywords)
    if support:
        return support_class(call.target, support)(*positional, **keywords)
    return meaning(call.target, {})(*positional, **keywords)  # type: ignore[operator]


def value(operand: Operand, names: Mapping[str, torch.Tensor]) -> object:
    """What an argument of a call is when the code runs, in training."""
    if isinstance(operand, tuple):
        return tuple(value(item, names) for item in operand)
    if isinstance(operand, Call):
        return perform(operand, names)
    if isinstance(operand, Name | Code):
        return meaning(operand.text, names)
    return operand


def meaning(text: str, names: Mapping[str, torch.Tensor]) -> object:
    """What a piece of generated code stands for: ``x.shape[1]``, ``nn.SiLU``, ``torch.float32``."""
    return eval(text, {"torch": torch, "nn": nn}, dict(names))  # noqa: S307 - the registry's own


def _infix(sign: str, operands: Sequence[object]) -> object:
    result = operands[0]
    for other in operands[1:]:
        match sign:
            case "+":
                result = result + other  # type: ignore[operator]
            case "-":
                result = result - other  # type: ignore[operator]
            case "*":
                result = result * other  # type: ignore[operator]
            case "@":
                result = result @ other  # type: ignore[operator]
    return result


def run(spec: LayerSpec, args: Args, inputs: Inputs, device: str) -> Outcome:
    """Builds the layer and runs it on ``device``; raises TorchRefuses when torch does."""
    try:
        with torch.device(device), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _run(spec, args, inputs)
    except AssertionError as error:
        if not str(error):
            raise
        raise TorchRefuses(f"AssertionError: {error}") from error
    except (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError) as error:
        raise TorchRefuses(f"{type(error).__name__}: {error}") from error


def _run(spec: LayerSpec, args: Args, inputs: Inputs) -> Outcome:
    names = names_of(spec, len(inputs))
    values = {name.text: sample(x) for name, x in zip(names, inputs, strict=True)}
    module = build(spec, args, inputs)
    calls: list[Callable[[], object]] = []
    if module is not None:
        calls.append(lambda: invoked(spec, module, args, inputs, names, values))
    if spec.function is not None:
        function = spec.function
        calls.append(lambda: perform(function(args, inputs, names), values))
    results = []
    for made in calls:
        with FlopCounterMode(display=False) as counter:
            results.append(types_of(made()))
    assert len(set(results)) == 1, f"the module and the function of {spec.kind} differ: {results}"
    return Outcome(results[0], weights_of(module), counter.get_total_flops() // 2)


class Holder(nn.Module):
    """A module that keeps a parameter or a buffer and returns it."""

    def __init__(self, held: torch.Tensor) -> None:
        super().__init__()
        self.held = held

    def forward(self) -> torch.Tensor:
        return self.held


def build(spec: LayerSpec, args: Args, inputs: Inputs) -> nn.Module | None:
    """The module of the layer, if it has one; of a value, a module that holds it."""
    if spec.construct is None:
        return None
    made = perform(spec.construct(args, inputs), {}, spec.support)
    if spec.value:
        return Holder(meaning(spec.value, {})(made))  # type: ignore[operator]
    assert isinstance(made, nn.Module)
    return made


def invoked(
    spec: LayerSpec,
    module: nn.Module,
    args: Args,
    inputs: Inputs,
    names: tuple[Name, ...],
    values: Mapping[str, torch.Tensor],
) -> object:
    """What the module gives, called as the spec says, in the order of its outputs."""
    if spec.invoke is None:
        return module(*values.values())
    written = replace(spec.invoke(args, inputs, names), target="module")
    result = perform(written, values, module=module)
    outputs = dict(_placed(spec.returns, result))
    return tuple(outputs[place] for place in range(len(spec.outputs)))


def _placed(returns: tuple[Returned, ...], result: object) -> Iterator[tuple[int, object]]:
    assert isinstance(result, tuple)
    for place, item in zip(returns, result, strict=True):
        if isinstance(place, tuple):
            yield from _placed(place, item)
        elif place is not None:
            yield place, item


def sample(x: TensorType) -> torch.Tensor:
    """A tensor of the type ``x``."""
    sizes = [size for size in x.dims if isinstance(size, int)]
    assert len(sizes) == x.rank
    return torch.ones(sizes, dtype=getattr(torch, x.dtype))


def types_of(result: object) -> tuple[TensorType, ...]:
    """The types of what a call gave: a tensor, or several."""
    return tuple(map(type_of, result)) if isinstance(result, tuple | list) else (type_of(result),)


def type_of(result: object) -> TensorType:
    """The type of a tensor that torch made."""
    assert isinstance(result, torch.Tensor), f"{type(result)} is no tensor"
    return TensorType(tuple(result.shape), str(result.dtype).removeprefix("torch."))


def weights_of(module: nn.Module | None) -> tuple[Weight, ...]:
    """The ``state_dict`` of a module, as a spec lists it."""
    if module is None:
        return ()
    parameters = {name for name, _ in module.named_parameters()}
    return tuple(
        Weight(
            "" if isinstance(module, Holder) else name,
            tuple(tensor.shape),
            buffer=name not in parameters,
        )
        for name, tensor in module.state_dict().items()
    )


def told(spec: LayerSpec, args: Args, inputs: Inputs) -> Outcome:
    """What the spec says, without torch; raises Refused."""
    operations = spec.shape(args, inputs), spec.weights(args, inputs)
    macs = spec.operations(args, inputs)
    assert isinstance(macs, int), f"{macs} is not a number"
    return Outcome(*operations, macs)


def draws(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    """Whether the layer takes random numbers when it is called in training."""
    names = names_of(spec, len(inputs))
    given = {name.text: sample(x) for name, x in zip(names, inputs, strict=True)}
    values = {n: torch.randn_like(x) if x.is_floating_point() else x for n, x in given.items()}
    module = build(spec, args, inputs)
    before = torch.get_rng_state()
    if module is not None:
        invoked(spec, module, args, inputs, names, values)
    if spec.function is not None:
        perform(spec.function(args, inputs, names), values)
    return not torch.equal(before, torch.get_rng_state())
