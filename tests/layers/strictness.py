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


_SPATIAL_AXES = {
    **dict.fromkeys(("PixelShuffle", "PixelUnshuffle", "Unfold", "PadShortcut"), 2),
    **dict.fromkeys(("Fold", "MultiheadAttention", "LSTM", "GRU", "RNN", "SplitHeads"), 1),
    "MergeHeads": 2,
}


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


def _unequal_pieces(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    return spec.kind.startswith(("Chunk", "SplitQKV"))


def _beyond_the_end(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    return spec.kind == "Slice"


def _unlike_heads(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    if spec.kind != "ScaledDotProductAttention":
        return False
    batches = {x.dims[: x.rank - 2] for x in inputs[:3]}
    return len(batches) > 1 or inputs[0].rank < 3 or inputs[-1].rank > inputs[0].rank


def _mask_of_queries_only(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    unlike = len({x.dims[1:2] for x in inputs}) > 1
    return spec.kind == "MultiheadAttention" and args["is_causal"] is True and unlike


def _hard_to_read(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    equation = str(args.get("equation", "->"))
    return "." in equation or "->" not in equation


def _stretched_letter(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    return spec.kind == "Einsum" and any(1 in x.dims for x in inputs)


def _a_batch_already(spec: LayerSpec, args: Args, inputs: Inputs) -> bool:
    return spec.kind == "ExpandBatch" and inputs[0].dims[:1] != (1,)


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
    "torch would make the last piece smaller, or leave it out": _unequal_pieces,
    "torch would keep fewer than asked for": _beyond_the_end,
    "few kernels stretch heads or batches": _unlike_heads,
    "a key has a place in time only where it stands at that of a query": _mask_of_queries_only,
    "letters tell every axis, and the arrow tells the result": _hard_to_read,
    "torch would stretch a letter that stands for 1": _stretched_letter,
    "there is nothing to repeat where every sample has its own value": _a_batch_already,
}


def is_stricter_on_purpose(spec: LayerSpec, args: Args, inputs: Inputs, found: Outcome) -> bool:
    """Whether one of the rules says why this is refused, or torch makes something empty of it."""
    empty = any(0 in y.dims for y in found.outputs)
    return empty or any(rule(spec, args, inputs) for rule in RULES.values())
