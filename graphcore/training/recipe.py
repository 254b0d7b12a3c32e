"""The recipe of a training run: the values of its parameters, each checked, and all together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from graphcore.expression import Expr
from graphcore.spec import FloatParam, Param, ParamValue, Refused
from graphcore.training.optimizer_kinds import OPTIMIZER_KINDS
from graphcore.training.recipe_params import GROUPS, RECIPE

__all__ = [
    "GROUPS",
    "RECIPE",
    "Recipe",
    "check_device",
    "clashes",
    "names_a_file",
    "problems",
    "resolve_recipe",
]


@dataclass(frozen=True)
class Recipe:
    """The values of :data:`RECIPE`."""

    data: str = "digits"
    normalise: str = "standardise"
    flip: bool = False
    shift: int = 0
    cutout: int = 0
    noise: float = 0.0
    tokens: str = "characters"
    loss: str = "auto"
    optimizer: str = "sgd"
    learning_rate: float = 0.05
    momentum: float = 0.9
    batch_size: int = 64
    epochs: int = 8
    steps: int | None = None
    weight_decay: float = 1e-4
    decay_biases: bool = True
    nesterov: bool = False
    clip_norm: float | None = None
    accumulation: int = 1
    label_smoothing: float = 0.0
    schedule: str = "one_cycle"
    warm_up: int = 0
    device: str = "auto"
    devices: int = 1
    precision: str = "float32"
    channels_last: bool = False
    compile: bool = False
    initialisation: str = "torch"
    zero_branches: bool = False
    seed: int = 0
    edges_every: int = 20
    deterministic: bool = True

    def values(self) -> dict[str, ParamValue]:
        """The recipe as plain values, in the order of :data:`RECIPE`."""
        return asdict(self)


def resolve_recipe(values: Mapping[str, ParamValue]) -> Recipe:
    """The recipe with ``values`` in place of the defaults.

    Raises :class:`~graphcore.spec.Refused` for an unknown name, a value that is not allowed, and
    values that exclude each other.
    """
    known = {param.name: param for param in RECIPE}
    for name in values:
        if name not in known:
            raise Refused(f"a recipe has no '{name}'; it has {', '.join(known)}", param=name)
    checked = {name: _resolved(known[name], value) for name, value in values.items()}
    recipe = Recipe(**checked)  # type: ignore[arg-type]
    for name, message in clashes(recipe).items():
        raise Refused(message, param=name)
    return recipe


def problems(values: Mapping[str, ParamValue]) -> dict[str, str]:
    """What of ``values`` is not allowed, by parameter; empty where :func:`resolve_recipe` accepts
    them."""
    known = {param.name: param for param in RECIPE}
    found: dict[str, str] = {}
    checked: dict[str, object] = {}
    for name, value in values.items():
        try:
            checked[name] = _resolved(known[name], value)
        except Refused as error:
            found[name] = str(error)
    return found or clashes(Recipe(**checked))  # type: ignore[arg-type]


def clashes(recipe: Recipe) -> dict[str, str]:
    """Values that exclude each other, each as a sentence that says how to mend it, by the
    parameter to look at."""
    kind = OPTIMIZER_KINDS[recipe.optimizer]
    found = check_device(recipe, recipe.device)
    if recipe.nesterov and not kind.nesterov:
        found["nesterov"] = f"{kind.title} cannot look ahead: switch Nesterov off, or take SGD"
    elif recipe.nesterov and not recipe.momentum:
        found["nesterov"] = "Nesterov needs a momentum above 0: raise it, or switch Nesterov off"
    if recipe.schedule == "one_cycle" and recipe.warm_up:
        found["warm_up"] = "one cycle has its own warm-up: set it to 0, or take another schedule"
    elif recipe.steps is not None and recipe.warm_up >= recipe.steps:
        found["warm_up"] = (
            f"the warm-up of {recipe.warm_up:,} steps leaves nothing of the run's "
            f"{recipe.steps:,}: make it shorter"
        )
    if recipe.accumulation > recipe.batch_size:
        found["accumulation"] = (
            f"a minibatch of {recipe.batch_size} has no {recipe.accumulation} parts: choose fewer"
        )
    if recipe.devices > recipe.batch_size:
        found["devices"] = (
            f"a minibatch of {recipe.batch_size} cannot be shared among {recipe.devices} devices: "
            "choose fewer, or a larger batch"
        )
    elif recipe.accumulation * recipe.devices > recipe.batch_size >= recipe.accumulation:
        found["accumulation"] = (
            f"a minibatch of {recipe.batch_size} has no {recipe.accumulation} parts for each of "
            f"{recipe.devices} devices: choose fewer"
        )
    if recipe.label_smoothing and recipe.loss not in ("auto", "cross_entropy", "bce"):
        found["label_smoothing"] = "only cross-entropies have labels to be smoothed: set it to 0"
    return found


def check_device(recipe: Recipe, device: str) -> dict[str, str]:
    """What of the recipe ``device`` cannot do, by parameter; ``auto`` may still become any."""
    if device != "cpu":
        return {}
    if recipe.precision == "fp16":
        return {"precision": "fp16 needs an NVIDIA GPU: on the CPU take bf16 or float32"}
    if recipe.precision == "tf32":
        return {"precision": "tf32 is a mode of NVIDIA GPUs: on the CPU take float32 or bf16"}
    return {}


def names_a_file(data: str) -> bool:
    """Whether a recipe's ``data`` is the path of a file or folder rather than the name of a data
    set, which is a plain word."""
    return not data.isidentifier()


def _resolved(param: Param, value: ParamValue) -> object:
    if isinstance(value, Expr | tuple):
        raise Refused(f"'{param.name}' of a recipe must be a plain value", param=param.name)
    resolved = param.resolve(value)
    if isinstance(param, FloatParam) and resolved is not None:
        return float(resolved)  # type: ignore[arg-type]
    return resolved
