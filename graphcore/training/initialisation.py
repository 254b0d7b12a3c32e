"""How weights begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from torch import Tensor, nn

from graphcore.training.recipe import Recipe


def _he(weight: Tensor) -> Tensor:
    return nn.init.kaiming_normal_(weight, nonlinearity="relu")


WEIGHTS: Mapping[str, Callable[[Tensor], Any] | None] = {
    "torch": None,
    "he": _he,
    "glorot": nn.init.xavier_uniform_,
    "orthogonal": nn.init.orthogonal_,
}
"""Every initialisation of the recipe: what fills a weight with two axes or more."""


def initialise(module: nn.Module, recipe: Recipe, branch_ends: Iterable[str] = ()) -> None:
    """Give the layers of ``module`` their first weights, with torch's random state as it is.

    Convolutions, linear and recurrent layers and attention are filled anew unless the recipe
    leaves them to torch, and their biases are zero; norms keep gain 1, embeddings (and what is tied
    to one) torch's normal numbers. A tied weight is filled once and stays tied. ``branch_ends`` are
    the norms whose gain is to begin at zero.
    """
    fill = WEIGHTS[recipe.initialisation]
    if fill is not None:
        for name, weight in _of_layers(module):
            if "weight" in name and weight.dim() >= 2:
                fill(weight)
            elif "bias" in name:
                nn.init.zeros_(weight)
    for end in branch_ends:
        nn.init.zeros_(module.get_parameter(f"{end}.weight"))


def _of_layers(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """The parameters of torch's layers without those of embeddings, each once."""
    seen = {id(p) for e in module.modules() if isinstance(e, nn.Embedding) for p in e.parameters()}
    for part in module.modules():
        if not type(part).__module__.startswith("torch.nn."):
            continue
        for name, parameter in part.named_parameters(recurse=False):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield name, parameter
