"""The optimizers by name, what they take and what suits them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class OptimizerKind(NamedTuple):
    """An optimizer of ``torch.optim``. ``rate`` and ``decay`` are what is mostly given to it;
    ``momentum`` tells whether it takes the recipe's, ``nesterov`` whether that can look ahead, and
    ``beside`` that another optimizer takes some of the parameters; ``states`` is how many numbers
    it keeps for every weight, one for a momentum of the recipe left out."""

    title: str
    doc: str
    rate: float
    decay: float
    momentum: bool = False
    nesterov: bool = False
    beside: bool = False
    states: int = 2


OPTIMIZER_KINDS: Mapping[str, OptimizerKind] = {
    "sgd": OptimizerKind(
        "SGD", "stochastic gradient descent", 0.05, 1e-4, momentum=True, nesterov=True, states=0
    ),
    "adam": OptimizerKind("Adam", "Kingma and Ba 2015", 1e-3, 0.0),
    "adamw": OptimizerKind(
        "AdamW",
        "which decays weights apart from the gradient, Loshchilov and Hutter 2019",
        1e-3,
        0.01,
    ),
    "rmsprop": OptimizerKind("RMSprop", "Hinton 2012", 1e-3, 0.0, momentum=True, states=1),
    "adagrad": OptimizerKind("Adagrad", "Duchi et al. 2011", 0.01, 0.0, states=1),
    "nadam": OptimizerKind("NAdam", "Dozat 2016", 1e-3, 0.0),
    "radam": OptimizerKind("RAdam", "Liu et al. 2020", 1e-3, 0.0),
    "adamax": OptimizerKind("Adamax", "Kingma and Ba 2015", 2e-3, 0.0),
    "adadelta": OptimizerKind("Adadelta", "Zeiler 2012", 1.0, 0.0),
    "muon": OptimizerKind(
        "Muon",
        "which makes the steps of inner matrices orthogonal, Jordan 2024; the rest by AdamW",
        3e-3,
        0.01,
        momentum=True,
        nesterov=True,
        beside=True,
        states=0,
    ),
}
