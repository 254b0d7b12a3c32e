"""With how many bits a run computes, and how its tensors lie in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn

from graphcore.training.recipe import Recipe

HALVES: Mapping[str, torch.dtype] = {"bf16": torch.bfloat16, "fp16": torch.float16}
"""The precisions in which much is computed with half as many bits."""

_COMPILED = "_compiled_call_impl"
"""Where ``Module.compile`` keeps what it compiled."""


def autocast(recipe: Recipe, device: torch.device) -> AbstractContextManager[object]:
    """What a forward pass of the recipe stands in."""
    if recipe.precision not in HALVES:
        return nullcontext()
    return torch.autocast(device.type, dtype=HALVES[recipe.precision])


@contextmanager
def products(recipe: Recipe) -> Iterator[None]:
    """Let matrix products and convolutions on a GPU round their factors only with tf32."""
    allowed = recipe.precision == "tf32"
    matrices, cudnn = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("high" if allowed else "highest")
    torch.backends.cudnn.allow_tf32 = allowed
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(matrices)
        torch.backends.cudnn.allow_tf32 = cudnn


def placed(module: nn.Module, recipe: Recipe) -> nn.Module:
    """The module with its weights as they should lie in memory."""
    if recipe.channels_last:
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return module


def laid(x: Tensor, recipe: Recipe) -> Tensor:
    """A minibatch as it should lie in memory."""
    if recipe.channels_last and x.dim() == 4:
        return x.contiguous(memory_format=torch.channels_last)
    return x


def compile_blocks(module: nn.Module) -> list[str]:
    """Let torch.compile compile every repeated block, each class once, or the whole network where
    there is none; returns the names of what is compiled (the network's own is empty). It happens
    at the first pass."""
    own = type(module).__module__
    counts: dict[type[nn.Module], int] = {}
    for part in module.modules():
        counts[type(part)] = counts.get(type(part), 0) + 1
    chosen: list[str] = []
    for name, part in module.named_modules():
        inside = any(name.startswith(other + ".") for other in chosen)
        if type(part).__module__ == own and counts[type(part)] > 1 and not inside:
            chosen.append(name)
    for name in chosen or [""]:
        module.get_submodule(name).compile()
    return chosen or [""]


@contextmanager
def eager(parts: Iterable[nn.Module]) -> Iterator[None]:
    """In here the ``parts`` run as they are written, also those that were compiled."""
    compiled = [part for part in parts if part.__dict__.get(_COMPILED) is not None]
    kept = [(part, part.__dict__.pop(_COMPILED)) for part in compiled]
    try:
        yield
    finally:
        for part, call in kept:
            part.__dict__[_COMPILED] = call


def missing_compiler() -> str:
    """Why torch.compile cannot work here, and what to do; empty where it can."""
    try:
        from torch._inductor.cpp_builder import get_cpp_compiler

        get_cpp_compiler()
    except Exception as error:  # noqa: BLE001  The search tells its failure in many ways.
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        return (
            f"torch.compile needs a C++ compiler, and there is none ({reason}): install one, such "
            "as g++, or switch compile off"
        )
    return ""
