"""Where a value that is not finite begins: the failing step is made once more, and watched.

Only on the CPU are the weights still those of the step: there its figures arrive before the
weights follow its gradients. A GPU tells some steps later, when nothing is left to be seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from graphcore.analysis import analyse, leaves
from graphcore.diagram import OUTPUT, Definition, Diagram, Edge, Instance, Step
from graphcore.layers import LAYERS
from graphcore.results import Leaf
from graphcore.training.events import Failed
from graphcore.training.faults.divergence import Divergence
from graphcore.training.faults.explaining import TrainingError
from graphcore.training.learner import Learner
from graphcore.training.measuring.edge_paths import Use
from graphcore.training.measuring.twin import Twin

MODEST = 1e4
"""Values up to here did not grow beyond all bounds: what cannot take them has a range."""


@dataclass(frozen=True)
class FailingStep:
    """All that a step depends on but the weights: its minibatch, the random state before it, and
    the learning rate at which the weights were to follow."""

    learner: Learner
    x: Tensor
    y: Tensor
    random: Tensor
    rate: float


class NotFiniteError(TrainingError):
    """A run whose loss or gradient is not finite; ``step`` is there where it can be repeated."""

    def __init__(self, failed: Failed, found: Divergence, step: FailingStep | None) -> None:
        super().__init__(failed)
        self.found, self.step = found, step


@dataclass(frozen=True)
class Cause:
    """What was the first not to be finite, in words that go on from "at step 3: ", and where."""

    words: str
    instance: Instance | None = None
    definition: Definition | None = None


class _FoundError(Exception):
    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.words)
        self.cause = cause


def explained(error: NotFiniteError, diagram: Diagram) -> Failed:
    """The failure with its cause, where the step can be repeated and the cause shows."""
    if error.step is None:
        return error.failed
    cause = _Search(error.step, diagram, error.found.loss).cause()
    if cause is None:
        return error.failed
    message = f"{error.found.what} at step {error.found.step:,}: {cause.words}"
    return Failed(message, cause.instance, cause.definition, resumable=False)


def gradients_are_finite(module: nn.Module) -> bool:
    """Whether every gradient is, however large its norm."""
    return all(p.grad is None or is_finite(p.grad) for p in module.parameters())


def is_finite(value: Tensor) -> bool:
    """Whether every number in it is."""
    return bool(torch.isfinite(value).all())


class _Search:
    """Makes one step again and stops where the first value is not finite."""

    def __init__(self, step: FailingStep, diagram: Diagram, loss: float) -> None:
        self.step, self.diagram, self.loss = step, diagram, loss
        self.module = step.learner.module
        self.leaves = leaves(analyse(diagram))
        self.twin = Twin(self.module, diagram)
        rate = f"{step.rate:g}"
        self.remedy = f"choose a smaller learning rate than {rate}, or add normalisation"

    def cause(self) -> Cause | None:
        """The first cause in the order of the step: data, weights, values, loss, gradients."""
        return self._in_the_data() or self._in_the_weights() or self._in_the_step()

    def _in_the_data(self) -> Cause | None:
        for what, values in (("samples", self.step.x), ("targets", self.step.y)):
            if not values.is_floating_point() or is_finite(values):
                continue
            entry = self.diagram.main_block.graph.inputs()[0]
            return Cause(
                f"the {what} of its minibatch hold values that are not finite: remove or replace "
                "them in the data",
                (Step(entry.id, 0),),
                Definition(self.diagram.main, entry.id),
            )
        return None

    def _in_the_weights(self) -> Cause | None:
        for name, values in self.module.named_parameters():
            if not is_finite(values):
                leaf = self._leaf_of(name)
                return self._at(
                    leaf,
                    f"the weights of '{leaf.module if leaf else name}' are not finite any more; "
                    "the step before has thrown them out of all bounds, though its gradient was "
                    f"finite: {self.remedy}",
                )
        return None

    def _in_the_step(self) -> Cause | None:
        """Raises nothing: what is found on the way ends the step."""
        step = self.step
        torch.set_rng_state(step.random)
        try:
            with self._watched():
                loss, _ = step.learner.backward(step.x, step.y)
        except _FoundError as found:
            return found.cause
        if not is_finite(loss):
            return self._of_the_loss()
        return self._in_the_gradients()

    def _of_the_loss(self) -> Cause:
        (output,) = self.diagram.main_block.graph.outputs()
        return Cause(
            "every block's output is finite, and the loss of the last one is not, for it is too "
            f"large: {self.remedy}",
            (Step(output.id, 0),),
            Definition(self.diagram.main, output.id),
        )

    def _in_the_gradients(self) -> Cause | None:
        for name, values in reversed(list(self.module.named_parameters())):
            if values.grad is not None and not is_finite(values.grad):
                leaf = self._leaf_of(name)
                return self._of_the_gradient(leaf, leaf.module if leaf else name)
        return None

    def _of_the_gradient(self, leaf: Leaf | None, name: str) -> Cause:
        return self._at(
            leaf,
            "every block's output is finite, and so is the loss; the first gradient that is not, "
            f"on the way back from the output, is that of '{name}': {self.remedy}",
        )

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Every value of a block and every gradient along an edge is looked at in here."""
        parts = dict(self.module.named_modules())
        with ExitStack() as stack:
            for leaf in self.leaves:
                part = parts.get(leaf.module)
                if part is not None:
                    before = part.register_forward_pre_hook(partial(self._look_before, leaf))
                    after = part.register_forward_hook(partial(self._look_behind, leaf))
                    stack.callback(before.remove)
                    stack.callback(after.remove)
            stack.enter_context(self.twin.passing(self._look_along))
            yield

    def _look_before(self, leaf: Leaf, part: nn.Module, inputs: tuple[Any, ...]) -> None:
        if all(is_finite(value) for value in _floats(inputs)):
            return
        words = f"the first value that is not finite is what is joined at '{leaf.module}'"
        raise _FoundError(self._at(leaf, f"{words}: {self.remedy}"))

    def _look_behind(self, leaf: Leaf, part: nn.Module, inputs: tuple[Any, ...], out: Any) -> None:
        if all(is_finite(value) for value in _floats(out)):
            return
        largest = max((float(value.detach().abs().max()) for value in _floats(inputs)), default=0.0)
        raise _FoundError(self._of_the_output(leaf, leaf.module, largest))

    def _of_the_output(self, leaf: Leaf | None, name: str, largest: float) -> Cause:
        words = f"the first block whose output is not finite is '{name}'"
        if largest < MODEST:
            return self._at(
                leaf,
                f"{words}. Its input is finite and not large (at most {largest:.3g}), so it holds "
                "numbers for which there is no result, as the logarithm of 0 or the root of a "
                "negative number: keep its input in the range that it takes",
            )
        return self._at(leaf, f"{words}; its input has grown to {largest:.2g}: {self.remedy}")

    def _look_along(self, part: nn.Module, value: Tensor, *edges: str) -> Tensor:
        if not value.is_floating_point():
            return value
        uses = [Use(self.twin.name_of(part), edge) for edge in edges]
        if not is_finite(value):
            raise _FoundError(self._of_the_source(uses))
        if not (value.requires_grad and torch.is_grad_enabled()):
            return value
        view = value[...]
        view.register_hook(partial(self._look_back, uses))
        return view

    def _of_the_source(self, uses: list[Use]) -> Cause:
        """Of an edge that brings what is not finite, and so does nothing before it."""
        at, edge = self._ends(uses, lambda edge: edge.source.node)
        words = f"the first block whose output is not finite is '{_shown(at, edge.source.node)}'"
        return self._placed(at, edge.source.node, f"{words}: {self.remedy}")

    def _look_back(self, uses: list[Use], gradient: Tensor) -> None:
        if is_finite(gradient):
            return
        if not math.isfinite(self.loss):
            raise _FoundError(self._of_the_loss())
        at, edge = self._ends(uses, lambda edge: edge.target.node)
        node = edge.target.node
        block = self._block(at)
        if self.diagram.blocks[block].graph.nodes[node].kind == OUTPUT:
            what = "the gradient of the loss with respect to the output is not"
        else:
            what = f"the gradient is not, on its way back through '{_shown(at, node)}'"
        words = f"every block's output is finite, and so is the loss, but {what}"
        raise _FoundError(self._placed(at, node, f"{words}: {self.remedy}"))

    def _ends(self, uses: list[Use], end: Callable[[Edge], str]) -> tuple[Instance, Edge]:
        """Of the edges that stand for a use, the one with a layer at the end that matters, rather
        than the wall of a block; the innermost of several."""
        found = []
        for row in self.twin.rows:
            if row.uses.isdisjoint(uses):
                continue
            graph = self.diagram.blocks[self._block(row.instance)].graph
            edge = graph.edges[row.edge]
            kind = graph.nodes[end(edge)].kind
            is_layer = kind in LAYERS
            found.append((is_layer, len(row.instance), row.instance, edge))
        _, _, at, edge = max(found, key=lambda one: one[:2])
        return at, edge

    def _block(self, instance: Instance) -> str:
        block = self.diagram.main
        for step in instance:
            block = self.diagram.blocks[block].graph.nodes[step.node].kind
        return block

    def _leaf_of(self, parameter: str) -> Leaf | None:
        own = [leaf for leaf in self.leaves if parameter.startswith(leaf.module + ".")]
        exact = [leaf for leaf in self.leaves if parameter == leaf.module]
        return next(iter(exact + own), None)

    def _at(self, leaf: Leaf | None, words: str) -> Cause:
        return Cause(words, leaf.instance, leaf.definition) if leaf else Cause(words)

    def _placed(self, at: Instance, node: str, words: str) -> Cause:
        return Cause(words, (*at, Step(node, 0)), Definition(self._block(at), node))


def _shown(at: Instance, node: str) -> str:
    """An instance as people read it: the way to it, and the copies on that way."""
    steps = [f"{step.node}.{step.copy}" if step.copy else step.node for step in at]
    return ".".join([*steps, node])


def _floats(values: Any) -> Iterator[Tensor]:
    if isinstance(values, Tensor):
        if values.is_floating_point():
            yield values
    elif isinstance(values, tuple | list):
        for value in values:
            yield from _floats(value)
