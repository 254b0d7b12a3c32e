"""Builds and runs in torch what a layer's spec says, so that torch can judge the spec."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from graphcore.expression import Code
from graphcore.spec import Args, Call, Inputs, LayerSpec, Name, Operand, Weight
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


def perform(call: Call, names: Mapping[str, torch.Tensor], support: str = "") -> object:
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
    if support:
        return support_class(call.target, support)(*positional, **keywords)
    module, _, name = call.target.rpartition(".")
    function = getattr({"nn": nn, "torch": torch}[module], name)
    return function(*positional, **keywords)


def value(operand: Operand, names: Mapping[str, torch.Tensor]) -> object:
    """What an argument of a call is when the code runs."""
    if isinstance(operand, tuple):
        return tuple(value(item, names) for item in operand)
    if isinstance(operand, Name):
        name, _, rest = operand.text.partition(".")
        assert rest in ("", "shape[0]"), f"{operand.text} is not what a call may name"
        return names[name].shape[0] if rest else names[name]
    if isinstance(operand, Code):
        module, _, name = operand.text.partition(".")
        assert module == "nn", f"{operand.text} is not what a call may name"
        return getattr(nn, name)
    return operand


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
    tensors = [sample(x) for x in inputs]
    module = None
    if spec.construct is not None:
        made = perform(spec.construct(args, inputs), {}, spec.support)
        assert isinstance(made, nn.Module)
        module = made
    results = []
    operations = 0
    if module is not None:
        with FlopCounterMode(display=False) as counter:
            results.append(module(*tensors))
        operations = counter.get_total_flops() // 2
    if spec.function is not None:
        names = names_of(spec, len(inputs))
        values = {name.text: tensor for name, tensor in zip(names, tensors, strict=True)}
        with FlopCounterMode(display=False) as counter:
            results.append(perform(spec.function(args, inputs, names), values))
        operations = counter.get_total_flops() // 2
    types = {type_of(result) for result in results}
    assert len(types) == 1, f"the module and the function of {spec.kind} differ: {types}"
    return Outcome((types.pop(),), weights_of(module), operations)


def sample(x: TensorType) -> torch.Tensor:
    """A tensor of the type ``x``."""
    sizes = [size for size in x.dims if isinstance(size, int)]
    assert len(sizes) == x.rank
    return torch.ones(sizes, dtype=getattr(torch, x.dtype))


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
        Weight(name, tuple(tensor.shape), buffer=name not in parameters)
        for name, tensor in module.state_dict().items()
    )


def told(spec: LayerSpec, args: Args, inputs: Inputs) -> Outcome:
    """What the spec says, without torch; raises Refused."""
    operations = spec.shape(args, inputs), spec.weights(args, inputs)
    macs = spec.operations(args, inputs)
    assert isinstance(macs, int), f"{macs} is not a number"
    return Outcome(*operations, macs)
