"""The losses by name, what they are for, and which one suits some data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphcore.training.data.arrays import DataInfo

AUTO = "auto"


@dataclass(frozen=True)
class LossKind:
    """A loss. ``for_classes`` and ``for_values`` tell which targets it takes; ``smooths`` whether
    labels can be smoothed."""

    title: str
    doc: str
    for_classes: bool = True
    for_values: bool = True
    smooths: bool = False


LOSS_KINDS: Mapping[str, LossKind] = {
    "cross_entropy": LossKind(
        "Cross-entropy",
        "the negative log probability of the right class",
        for_values=False,
        smooths=True,
    ),
    "bce": LossKind(
        "Binary cross-entropy",
        "of a score for each yes or no, as logits",
        smooths=True,
    ),
    "mse": LossKind("Mean squared error", "the square of what is missed"),
    "l1": LossKind("Mean absolute error", "what is missed; outliers weigh less"),
    "huber": LossKind("Huber", "squared where little is missed, absolute where much"),
}


def chosen_loss(loss: str, info: DataInfo) -> str:
    """The loss that a recipe's value means: ``auto`` is cross-entropy for classes and the mean
    squared error for values."""
    if loss != AUTO:
        return loss
    return "cross_entropy" if info.classes is not None else "mse"


def unfit(loss: str, info: DataInfo) -> str:
    """Why a loss cannot be used with some data, and how to mend it; empty where it can."""
    kind = LOSS_KINDS[chosen_loss(loss, info)]
    if info.classes is None and not kind.for_values:
        return (
            f"the data {info.title} has values to be met, and {kind.title.lower()} wants classes: "
            "choose the loss auto or mse, or save y as whole numbers"
        )
    if info.classes_last and chosen_loss(loss, info) != "cross_entropy":
        return (
            f"the data {info.title} has tokens to be told apart, and {kind.title.lower()} is for "
            "values: choose the loss auto or cross_entropy"
        )
    return ""
