"""How a written program makes its optimizer: the lines of every optimizer of the recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from graphcore.exchange.piece import Piece, call
from graphcore.training.optimizer_kinds import OPTIMIZER_KINDS
from graphcore.training.recipe import Recipe

INNER = """
    # Muon takes the matrices inside; AdamW embeddings, the last layer, vectors and scalars.
    kinds = (nn.Embedding, nn.EmbeddingBag)
    embeddings = [part for part in model.modules() if isinstance(part, kinds)]
    outside = {id(p) for part in embeddings for p in part.parameters()}
    inside = [p for p in model.parameters() if p.dim() == 2][:-1]
    inside = [p for p in inside if id(p) not in outside]
    taken = {id(p) for p in inside}
    others = [p for p in model.parameters() if id(p) not in taken]
"""


DECAY = "weight_decay=weight_decay"


@dataclass(frozen=True)
class OptimizerText:
    """The lines that make one or more optimizers, their names, and all their groups."""

    piece: Piece
    names: tuple[str, ...] = ("optimizer",)
    groups: str = "optimizer.param_groups"


def optimizer_text(recipe: Recipe) -> OptimizerText:
    """The optimizer of a recipe."""
    return OPTIMIZERS_TEXT[recipe.optimizer](recipe)


def _single(name: str, how: str) -> Callable[[Recipe], OptimizerText]:
    """An optimizer of all parameters; ``how`` tells which of torch's implementations."""

    def write(recipe: Recipe) -> OptimizerText:
        lines, given = _groups(recipe, "model.parameters()")
        lines.append(_made("optimizer", name, given, *_own(recipe), how))
        return OptimizerText(Piece("\n".join(lines), settings=_settings(recipe)))

    return write


def _muon(recipe: Recipe) -> OptimizerText:
    lines = Piece(INNER).lines
    more, given = _groups(recipe, "others")
    muon = (*_own(recipe), 'adjust_lr_fn="match_rms_adamw"')
    lines += [_made("muon", "Muon", ["inside", DECAY], *muon), *more]
    lines.append(_made("adamw", "AdamW", given, "fused=True"))
    return OptimizerText(
        Piece("\n".join(lines), ("from torch import nn",), _settings(recipe)),
        ("muon", "adamw"),
        "muon.param_groups + adamw.param_groups",
    )


OPTIMIZERS_TEXT: Mapping[str, Callable[[Recipe], OptimizerText]] = {
    "sgd": _single("SGD", "fused=True"),
    "adam": _single("Adam", "fused=True"),
    "adamw": _single("AdamW", "fused=True"),
    "rmsprop": _single("RMSprop", "foreach=True"),
    "adagrad": _single("Adagrad", "fused=True"),
    "nadam": _single("NAdam", "foreach=True"),
    "radam": _single("RAdam", "foreach=True"),
    "adamax": _single("Adamax", "foreach=True"),
    "adadelta": _single("Adadelta", "foreach=True"),
    "muon": _muon,
}
"""Every optimizer of the recipe, as torch's implementation that the run takes."""


def _made(name: str, kind: str, given: list[str], *more: str) -> str:
    first, *others = given
    return call(f"{name} = ", f"torch.optim.{kind}", [first, "lr=learning_rate", *others, *more])


def _own(recipe: Recipe) -> tuple[str, ...]:
    """The momentum, and whether it looks ahead, where the optimizer has them."""
    kind = OPTIMIZER_KINDS[recipe.optimizer]
    momentum = ("momentum=momentum",) if kind.momentum else ()
    # Muon looks ahead unless it is told not to.
    ahead = (f"nesterov={recipe.nesterov}",) if recipe.nesterov or kind.beside else ()
    return momentum + ahead


def _groups(recipe: Recipe, parameters: str) -> tuple[list[str], list[str]]:
    """Lines before, and what the optimizer is given: all parameters alike, or vectors and scalars
    without weight decay."""
    if recipe.decay_biases or not recipe.weight_decay:
        return [], [parameters, DECAY]
    lines = [
        "# Biases and the gains of norms are not pulled to zero.",
        f"matrices = [p for p in {parameters} if p.dim() >= 2]",
        f"vectors = [p for p in {parameters} if p.dim() < 2]",
        "groups = [",
        '    {"params": matrices, "weight_decay": weight_decay},',
        '    {"params": vectors, "weight_decay": 0.0},',
        "]",
    ]
    return lines, ["groups"]


def _settings(recipe: Recipe) -> dict[str, object]:
    settings: dict[str, object] = {"learning_rate": recipe.learning_rate}
    if OPTIMIZER_KINDS[recipe.optimizer].momentum:
        settings["momentum"] = recipe.momentum
    return {**settings, "weight_decay": recipe.weight_decay}
