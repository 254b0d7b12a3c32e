"""How weights follow their gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Muon,
    NAdam,
    Optimizer,
    RAdam,
    RMSprop,
)

from graphcore.training.recipe import Recipe

Groups = list[dict[str, Any]]


def _sgd(groups: Groups, recipe: Recipe) -> Optimizer:
    return SGD(
        groups,
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        nesterov=recipe.nesterov,
        fused=True,
    )


def _rmsprop(groups: Groups, recipe: Recipe) -> Optimizer:
    return RMSprop(groups, lr=recipe.learning_rate, momentum=recipe.momentum, foreach=True)


OPTIMIZERS: Mapping[str, Callable[[Groups, Recipe], Optimizer]] = {
    "sgd": _sgd,
    "adam": lambda groups, recipe: Adam(groups, lr=recipe.learning_rate, fused=True),
    "adamw": lambda groups, recipe: AdamW(groups, lr=recipe.learning_rate, fused=True),
    "rmsprop": _rmsprop,
    "adagrad": lambda groups, recipe: Adagrad(groups, lr=recipe.learning_rate, fused=True),
    "nadam": lambda groups, recipe: NAdam(groups, lr=recipe.learning_rate, foreach=True),
    "radam": lambda groups, recipe: RAdam(groups, lr=recipe.learning_rate, foreach=True),
    "adamax": lambda groups, recipe: Adamax(groups, lr=recipe.learning_rate, foreach=True),
    "adadelta": lambda groups, recipe: Adadelta(groups, lr=recipe.learning_rate, foreach=True),
    "muon": lambda groups, recipe: Muon(
        groups,
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        nesterov=recipe.nesterov,
        # With this factor one learning rate serves Muon and the AdamW beside it.
        adjust_lr_fn="match_rms_adamw",
    ),
}
"""Every optimizer of the recipe; weight decay stands in the groups. Fused where torch has it."""

MATRICES_ONLY = frozenset({"muon"})
"""Optimizers that take the inner matrices of a network; AdamW takes the rest."""


class Follower:
    """The optimizer of a run, with the scaling of its loss where gradients are float16. It may
    consist of two, each with its own parameters.

    On every step: ``scaled(loss).backward()``, then :meth:`unscale`, then :meth:`step`.
    """

    def __init__(self, module: nn.Module, recipe: Recipe, device: torch.device) -> None:
        """Raises ValueError for a module without anything to train."""
        named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
        if not named:
            raise ValueError("the network has no parameters, so there is nothing to train")
        self.parameters = [p for _, p in named]
        self.parts = _parts(module, self.parameters, recipe)
        self.scaler = torch.amp.GradScaler(device.type) if recipe.precision == "fp16" else None
        self._clip = recipe.clip_norm

    def zero_grad(self) -> None:
        """Forget the gradients of the step before."""
        for part in self.parts:
            part.zero_grad(set_to_none=True)

    def scaled(self, loss: Tensor) -> Tensor:
        """What to call ``backward`` on."""
        return loss if self.scaler is None else self.scaler.scale(loss)

    @property
    def scale(self) -> float:
        """What the loss is multiplied by before its backward pass."""
        return 1.0 if self.scaler is None else float(self.scaler.get_scale())

    def unscale(self) -> None:
        """Let the gradients be those of the loss itself."""
        if self.scaler is not None:
            for part in self.parts:
                self.scaler.unscale_(part)

    def step(self, rate: float, momentum: float) -> None:
        """Clip the gradients and follow them, at a learning rate and, where an optimizer has one,
        a momentum."""
        if self._clip is not None:
            nn.utils.clip_grad_norm_(self.parameters, self._clip)
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = rate
                if "momentum" in group:
                    group["momentum"] = momentum
            if self.scaler is None:
                part.step()
            else:
                self.scaler.step(part)
        if self.scaler is not None:
            self.scaler.update()

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on."""
        if self.scaler is None and len(self.parts) == 1:
            return self.parts[0].state_dict()
        scaler = self.scaler.state_dict() if self.scaler is not None else {}
        return {"parts": [part.state_dict() for part in self.parts], "scaler": scaler}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up a state of :meth:`state_dict`. Raises ValueError where it is another's."""
        states = state.get("parts", [state])
        for part, one in zip(self.parts, states, strict=True):
            part.load_state_dict(one)
        if self.scaler is not None:
            self.scaler.load_state_dict(state["scaler"])


def _parts(
    module: nn.Module, parameters: list[nn.Parameter], recipe: Recipe
) -> tuple[Optimizer, ...]:
    if recipe.optimizer not in MATRICES_ONLY:
        return (OPTIMIZERS[recipe.optimizer](_groups(parameters, recipe), recipe),)
    matrices = inner_matrices(module)
    inside = [p for p in parameters if id(p) in matrices]
    outside = [p for p in parameters if id(p) not in matrices]
    names = (recipe.optimizer, inside), ("adamw", outside)
    return tuple(OPTIMIZERS[name](_groups(some, recipe), recipe) for name, some in names if some)


def inner_matrices(module: nn.Module) -> set[int]:
    """The ids of the matrices between the embedding and the last layer, for Muon: of every weight
    with two axes but those of embeddings (or tied to one) and the last of all."""
    embedded = {
        id(p)
        for part in module.modules()
        if isinstance(part, nn.Embedding | nn.EmbeddingBag)
        for p in part.parameters()
    }
    matrices = [p for p in module.parameters() if p.dim() == 2 and p.requires_grad]
    return {id(p) for p in matrices[:-1]} - embedded


def _groups(parameters: list[nn.Parameter], recipe: Recipe) -> Groups:
    """The parameters with their weight decay: all alike, or vectors and scalars, which are biases
    and the gains of norms, without any."""
    decay = recipe.weight_decay
    if recipe.decay_biases or not decay:
        return [{"params": parameters, "weight_decay": decay}]
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
