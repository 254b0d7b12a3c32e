"""Where a layer refuses on purpose what torch would let pass, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from graphcore.spec import Args, Inputs, LayerSpec
from tests.layers.oracle import Outcome, TorchRefuses

Rule = Callable[[LayerSpec, Args, Inputs], bool]


def lacks_a_kernel(refusal: TorchRefuses) -> bool:
    """Whether torch has the operation, only not for this dtype on the CPU."""
    return "not implemented for" in str(refusal)


def is_limit_of_meta(refusal: TorchRefuses) -> bool:
    """Whether the layer runs on real devices and only its meta form asks for a value."""
    return "cannot be called on meta tensors" in str(refusal)


def is_not_counted(spec: LayerSpec, inputs: Inputs) -> bool:
    """Whether torch's counter of operations overlooks this product of a matrix and a vector."""
    return spec.kind == "MatMul" and any(x.rank == 1 for x in inputs)


def _wrong_rank(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    axes = {"1d": 1, "2d": 2, "3d": 3}.get(spec.kind[-2:], _SPATIAL_AXES.get(spec.kind))
    return axes is not None and any(x.rank != axes + 2 for x in inputs)


_SPATIAL_AXES = {"PixelShuffle": 2, "PixelUnshuffle": 2, "Unfold": 2, "Fold": 1, "PadShortcut": 2}


def _without_channels(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    return spec.kind == "FeatureAlphaDropout" and inputs[0].rank < 2


def _stretched(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    return args.get("broadcast") is False and len({x.dims for x in inputs}) > 1


def _lonely(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    return spec.kind in ("Add", "Multiply") and len(inputs) == 1


def _too_many_axes(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    axes = args.get("axes")
    return isinstance(axes, int) and axes > inputs[0].rank


def _across_samples(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    return spec.kind == "Reshape"


def _scalar(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    return any(x.rank == 0 for x in inputs)


def _cut(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    return spec.kind == "PadShortcut" and args["out_channels"] == 2


def _integers(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    return not all(x.is_floating for x in inputs)


RULES: Mapping[str, Rule] = {
    "torch would take the batch for channels, or an axis for the batch": _wrong_rank,
    "torch would drop single samples": _without_channels,
    "torch would stretch one of them without a word": _stretched,
    "a sum of one is a wire that was forgotten": _lonely,
    "the sizes to normalise cannot even be written down": _too_many_axes,
    "torch would move values from one sample to another": _across_samples,
    "integers carry no gradient, and few layers take them on every device": _integers,
    "a negative padding would cut channels off without a word": _cut,
    "a scalar has no axis, though torch grants it one": _scalar,
}


def is_stricter_on_purpose(spec: LayerSpec, args: Args, inputs: Inputs, found: Outcome) -> bool:
    """Whether one of the rules says why this is refused, or torch makes something empty of it."""
    empty = any(0 in y.dims for y in found.outputs)
    return empty or any(rule(spec, args, inputs) for rule in RULES.values())
