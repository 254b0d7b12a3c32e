"""The recipe of a training run: its typed parameters and their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from graphcore.expression import Expr
from graphcore.spec import ChoiceParam, FloatParam, IntParam, Param, ParamValue, Refused, TextParam

RECIPE: tuple[Param, ...] = (
    TextParam(
        name="data",
        doc="What to learn: the name of a data set (digits, topics, shapes, iris …), or the path "
        "of a file or a folder.",
        default="digits",
        longest=4096,
    ),
    ChoiceParam(
        name="tokens",
        doc="What a text is made of: its characters, or the bytes of its UTF-8.",
        default="characters",
        choices=("characters", "bytes"),
        titles=("Characters", "Bytes"),
        advanced=True,
    ),
    ChoiceParam(
        name="loss",
        doc="What is made small. Auto: cross-entropy for classes, the mean squared error for "
        "values. Huber is squared where little is missed and absolute where much; binary "
        "cross-entropy takes a logit for each yes or no.",
        default="auto",
        choices=("auto", "cross_entropy", "bce", "mse", "l1", "huber"),
        titles=(
            "Auto",
            "Cross-entropy",
            "Binary cross-entropy",
            "Mean squared error",
            "Mean absolute error",
            "Huber",
        ),
    ),
    FloatParam(
        name="label_smoothing",
        doc="The share of certainty that is taken from the right class and spread over all "
        "(Szegedy et al. 2016); 0.1 is usual for large image classifiers.",
        default=0.0,
        minimum=0.0,
        maximum=0.9,
        advanced=True,
    ),
    ChoiceParam(
        name="optimizer",
        doc="How weights follow their gradients: stochastic gradient descent, Adam (Kingma and Ba "
        "2015), or AdamW, which decays weights apart from the gradient (Loshchilov and Hutter "
        "2019).",
        default="sgd",
        choices=("sgd", "adam", "adamw"),
        titles=("SGD", "Adam", "AdamW"),
    ),
    FloatParam(
        name="learning_rate",
        doc="How far a step goes; under a schedule, the largest value. About 0.05 for SGD, 0.001 "
        "for Adam.",
        default=0.05,
        minimum=1e-8,
        maximum=100.0,
        logarithmic=True,
    ),
    FloatParam(
        name="momentum",
        doc="The share of the last step that SGD keeps; Adam has its own.",
        default=0.9,
        minimum=0.0,
        maximum=0.9999,
    ),
    FloatParam(
        name="weight_decay",
        doc="How strongly weights are pulled to zero.",
        default=1e-4,
        minimum=0.0,
        maximum=1.0,
    ),
    ChoiceParam(
        name="schedule",
        doc="How the learning rate changes: not at all, along half a cosine down to zero, up and "
        "down once, the momentum the other way (Smith and Topin 2018), or by a factor of ten after "
        "half and after three quarters of the run.",
        default="one_cycle",
        choices=("constant", "cosine", "one_cycle", "step"),
        titles=("Constant", "Cosine", "One cycle", "Step"),
    ),
    IntParam(
        name="batch_size",
        doc="How many samples a step averages over.",
        default=64,
        maximum=2**20,
    ),
    IntParam(
        name="epochs",
        doc="How often the training data is gone through.",
        default=8,
        maximum=100_000,
    ),
    IntParam(
        name="steps",
        doc="End after this many steps whatever the epochs say; empty: after the epochs.",
        default=None,
        optional=True,
        maximum=2**31 - 1,
        advanced=True,
    ),
    IntParam(
        name="seed",
        doc="Fixes the first weights and the order of the data, so that a run can be repeated.",
        default=0,
        minimum=0,
        maximum=2**31 - 1,
    ),
    TextParam(
        name="device",
        doc="Where to compute: auto (a GPU where there is one), cpu, cuda or cuda:N.",
        default="auto",
        longest=20,
    ),
)


@dataclass(frozen=True)
class Recipe:
    """The values of :data:`RECIPE`, each checked."""

    data: str = "digits"
    tokens: str = "characters"
    loss: str = "auto"
    label_smoothing: float = 0.0
    optimizer: str = "sgd"
    learning_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 1e-4
    schedule: str = "one_cycle"
    batch_size: int = 64
    epochs: int = 8
    steps: int | None = None
    seed: int = 0
    device: str = "auto"

    def values(self) -> dict[str, ParamValue]:
        """The recipe as plain values, in the order of :data:`RECIPE`."""
        return asdict(self)


def resolve_recipe(values: Mapping[str, ParamValue]) -> Recipe:
    """The recipe with ``values`` in place of the defaults.

    Raises :class:`~graphcore.spec.Refused` for an unknown name or a value that is not allowed.
    """
    known = {param.name: param for param in RECIPE}
    for name in values:
        if name not in known:
            raise Refused(f"a recipe has no '{name}'; it has {', '.join(known)}", param=name)
    checked = {name: _resolved(known[name], value) for name, value in values.items()}
    return Recipe(**checked)  # type: ignore[arg-type]


def names_a_file(data: str) -> bool:
    """Whether a recipe's ``data`` is the path of a file or folder rather than the name of a data
    set, which is a plain word."""
    return not data.isidentifier()


def _resolved(param: Param, value: ParamValue) -> object:
    if isinstance(value, Expr | tuple):
        raise Refused(f"'{param.name}' of a recipe must be a plain value", param=param.name)
    resolved = param.resolve(value)
    return float(resolved) if isinstance(param, FloatParam) else resolved  # type: ignore[arg-type]
