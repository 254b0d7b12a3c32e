"""Histograms on demand: of a layer's weights, their gradients and what it gives, at one moment.

They are taken between two steps, in a rehearsal of the next one: its minibatch goes through the
network forwards and backwards, and random numbers and buffers are then put back. So the code that
trains has no hooks, the run goes on bit for bit as if nobody had asked, and a paused one answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from graphcore.diagram import Instance
from graphcore.training.events import HistogramTaken
from graphcore.training.learner import Learner
from graphcore.training.measuring.distribution import BINS, Distribution, limits, nothing
from graphcore.training.precision import HALVES, eager

WEIGHTS, GRADIENTS, OUTPUT = "weights", "gradients", "output"

_CHUNK = 2**20
"""How many numbers are turned into float64 at once."""


class Histograms:
    """Takes histograms of the parts of a learner's module; ``modules`` names them by instance."""

    def __init__(self, learner: Learner, modules: Mapping[Instance, str]) -> None:
        self._learner, self._modules = learner, modules

    def take(self, instance: Instance, step: int, x: Tensor, y: Tensor) -> HistogramTaken:
        """The histograms of one instance, of the minibatch that step ``step`` + 1 will be made
        with. Why there are none stands in the answer: asking never ends a run."""
        name = self._modules.get(instance, "")
        if not name:
            reason = (
                "it is a function in the code, without weights and without a module: point at the "
                "wire behind it to read its values"
            )
            return HistogramTaken(step, instance, name, (), reason)
        if any(isinstance(part, nn.SyncBatchNorm) for part in self._learner.module.modules()):
            reason = (
                "batch norm on several GPUs waits for all of them, and only one rehearses: ask in "
                "a run on one device"
            )
            return HistogramTaken(step, instance, name, (), reason)
        try:
            found = self._rehearse(name, x, y)
        except (RuntimeError, MemoryError) as error:
            reason = str(error).strip().split("\n")[0] or type(error).__name__
            return HistogramTaken(step, instance, name, (), f"it could not be taken: {reason}")
        devices = self._learner.ranks.size
        whose = f"Of the samples of one of {devices} devices." if devices > 1 else ""
        return HistogramTaken(step, instance, name, found, whose)

    def _rehearse(self, name: str, x: Tensor, y: Tensor) -> tuple[Distribution, ...]:
        module = self._learner.module
        part = _found(module, name)
        tensors = list(part.parameters()) if isinstance(part, nn.Module) else [part]
        trained = [one for one in tensors if isinstance(one, nn.Parameter) and one.requires_grad]
        outputs: list[Tensor] = []
        with _without_traces(module), eager(module.modules()), _listening(part, outputs):
            gradients = self._learner.rehearse(x, y, trained)
        found = []
        if tensors:
            found.append(distribution(WEIGHTS, _joined(tensors)))
        if trained:
            found.append(distribution(GRADIENTS, _joined(gradients)))
        if outputs:
            found.append(distribution(OUTPUT, outputs[-1], of_samples=True))
        return tuple(found)


def _found(module: nn.Module, name: str) -> nn.Module | Tensor:
    """The part of that name: a module, or a tensor that is a node of its own (a class token)."""
    inside, _, last = name.rpartition(".")
    part: nn.Module | Tensor = getattr(module.get_submodule(inside), last)
    return part


@torch.no_grad()
def distribution(name: str, tensor: Tensor, *, of_samples: bool = False) -> Distribution:
    """The distribution of a tensor's numbers, on any device; ``of_samples`` where its first axis
    is the minibatch, so that dead units can be told."""
    values = tensor.detach()
    values = (values.float() if values.dtype in HALVES.values() else values).cpu()
    flat = values.reshape(-1)
    finite = flat[flat.isfinite()]
    if not len(finite):
        return nothing(name, len(flat))
    low, high = limits(float(finite.min()), float(finite.max()))
    counts = torch.zeros(BINS, dtype=torch.int64)
    for chunk in finite.split(_CHUNK):
        counts += torch.histc(chunk.double(), BINS, low, high).long()
    dead = None
    if of_samples and values.dim() > 1:
        dead = float((values == 0).all(0).double().mean())
    return Distribution(
        name,
        low,
        high,
        tuple(counts.tolist()),
        len(flat),
        float(finite.double().mean()),
        float(finite.double().std(correction=0)),
        float((flat == 0).double().mean()),
        len(flat) - len(finite),
        dead,
    )


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors])


@contextmanager
def _listening(part: nn.Module | Tensor, outputs: list[Tensor]) -> Iterator[None]:
    """What ``part`` gives in here is put into ``outputs``, of several calls the last."""
    if isinstance(part, Tensor):
        yield
        return

    def keep(module: nn.Module, given: object, output: object) -> None:
        tensors = output if isinstance(output, tuple | list) else [output]
        outputs[:] = [one for one in tensors if isinstance(one, Tensor)][:1]

    handle = part.register_forward_hook(keep)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def _without_traces(module: nn.Module) -> Iterator[None]:
    """What is computed in here changes neither random numbers nor running statistics."""
    before = [(buffer, buffer.clone()) for buffer in module.buffers()]
    devices = {p.device for p in module.parameters() if p.device.type == "cuda"}
    try:
        with torch.random.fork_rng(list(devices)):
            yield
    finally:
        with torch.no_grad():
            for buffer, kept in before:
                buffer.copy_(kept)
