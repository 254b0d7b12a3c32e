"""Attention (Vaswani et al. 2017, arXiv:1706.03762): the bare function and the module of torch."""

from __future__ import annotations

from graphcore.layers.arguments import caption, draws_unless_zero, flag, size, switch
from graphcore.layers.broadcasting import fits_into
from graphcore.layers.checks import dividing, float32, floating
from graphcore.layers.sequences import sequence
from graphcore.spec import (
    Args,
    Argument,
    BoolParam,
    Call,
    FloatParam,
    Inputs,
    IntParam,
    LayerSpec,
    Name,
    Port,
    Refused,
    Weight,
    call,
)
from graphcore.tensor_type import Size, TensorType, differ, equal, exact_quotient, product

_FAMILY = "Attention"
_DOT = "ScaledDotProductAttention"
_HEADS = "MultiheadAttention"
_SPLIT = "SplitHeads"
_MERGE = "MergeHeads"

_CAUSAL = BoolParam(
    name="is_causal",
    doc="Let every place see only itself and what comes before, as language models do.",
    default=False,
)


def _dot_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    q, k, v = inputs[:3]
    for port, x in zip("qkv", (q, k, v), strict=True):
        floating(_DOT, x, port)
        if x.rank < 3 or x.rank != q.rank or x.dtype != q.dtype:
            raise Refused(
                f"{_DOT} needs q, k and v in one form, N×heads×L×E, but gets {q}, {k} and {v}; "
                "put SplitHeads before them",
                port=port,
            )
    _check_heads(args, q, k, v)
    if differ(q.dims[-1], k.dims[-1]):
        raise Refused(
            f"{_DOT} compares q with k, so their last sizes must agree, but gets {q} and {k}; "
            "make the linear layers before them equally wide",
            port="k",
        )
    if differ(k.dims[-2], v.dims[-2]):
        raise Refused(
            f"{_DOT} needs a value for every key, but gets {k} and {v}; wire both from one source",
            port="v",
        )
    if len(inputs) > 3:
        _check_mask(args, inputs)
    return (TensorType((*q.dims[:-1], v.dims[-1]), q.dtype),)


def _check_heads(args: Args, q: TensorType, k: TensorType, v: TensorType) -> None:
    lead = q.dims[:-2]
    if flag(args, "enable_gqa") and q.rank == 4 and isinstance(args["enable_gqa"], bool):
        dividing(_DOT, "enable_gqa", k.dims[1], q.dims[1], "heads of q")
        lead = (lead[0], k.dims[1])
    for port, x in (("k", k), ("v", v)):
        if any(map(differ, lead, x.dims[:-2])):
            raise Refused(
                f"{_DOT} needs the same batch and heads in q, k and v, but gets {q}, {k} and {v}; "
                "give them as many heads",
                port=port,
            )


def _check_mask(args: Args, inputs: Inputs) -> None:
    q, k, _, mask = inputs
    wanted = (*q.dims[:-1], k.dims[-2])
    if flag(args, "is_causal"):
        raise Refused(
            f"{_DOT} is causal and has a mask too; turn is_causal off, or remove the mask",
            param="is_causal",
        )
    if mask.dtype not in ("bool", q.dtype) or not fits_into(mask.dims, wanted):
        raise Refused(
            f"{_DOT} needs a mask of booleans, or of numbers to add, that stretches to "
            f"{TensorType(wanted)}, but gets {mask}; put a Reshape or Cast before it",
            port="mask",
        )


def _dot_operations(args: Args, inputs: Inputs) -> Size:
    q, k, v = inputs[:3]
    return product(q.dims[:-1]) * k.dims[-2] * (q.dims[-1] + v.dims[-1])


def _dot(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
    written = call(
        "nn.functional.scaled_dot_product_attention",
        *names[:3],
        attn_mask=(names[3] if len(names) > 3 else None, None),
        is_causal=(args["is_causal"], False),
        scale=(args["scale"], None),
        enable_gqa=(args["enable_gqa"], False),
    )
    dropout = Argument(args["dropout_p"], "dropout_p", 0.0, has_default=True, training=True)
    arguments = (*written.arguments[:4], dropout, *written.arguments[4:])
    return Call(written.target, arguments)


def _all_three(inputs: Inputs) -> Inputs:
    """Query, key and value: what is not wired is the one before it."""
    return (*inputs, *(inputs[-1],) * (3 - len(inputs)))


def _heads_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    x, key, value = _all_three(inputs)
    for port, one in (("x", x), ("key", key), ("value", value)):
        sequence(_HEADS, one, port)
        float32(_HEADS, one, port)
    dividing(_HEADS, "num_heads", size(args, "num_heads"), x.dims[-1], "features")
    if differ(x.dims[0], key.dims[0]):
        raise Refused(f"{_HEADS} needs one batch, but gets {x} and {key}; wire others", port="key")
    if any(map(differ, key.dims[:2], value.dims[:2])):
        raise Refused(
            f"{_HEADS} needs a value for every key, but gets {key} and {value}; wire both from "
            "one source",
            port="value",
        )
    if switch(args, "is_causal") and differ(x.dims[1], key.dims[1]):
        raise Refused(
            f"{_HEADS} can hide what comes later only where query and key are as long, but gets "
            f"{x} and {key}; turn is_causal off",
            param="is_causal",
        )
    return (x,)


def _heads_weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    x, key, value = (one.dims[-1] for one in _all_three(inputs))
    weights = [Weight("in_proj_weight", (3 * x, x))]
    if equal(key, x) is not True or equal(value, x) is not True:
        # Then torch keeps three matrices instead of one.
        named = (("q", x), ("k", key), ("v", value))
        weights = [Weight(f"{letter}_proj_weight", (x, width)) for letter, width in named]
    if flag(args, "bias"):
        weights.append(Weight("in_proj_bias", (3 * x,)))
    weights.append(Weight("out_proj.weight", (x, x)))
    if flag(args, "bias"):
        weights.append(Weight("out_proj.bias", (x,)))
    return tuple(weights)


def _heads_operations(args: Args, inputs: Inputs) -> Size:
    x, key, value = _all_three(inputs)
    width = x.dims[-1]
    projections = sum(product(one.dims) * width for one in (x, key, value, x))
    return projections + 2 * product(x.dims) * key.dims[1]


def _construct_heads(args: Args, inputs: Inputs) -> Call:
    x, key, value = (one.dims[-1] for one in _all_three(inputs))
    return call(
        "nn.MultiheadAttention",
        x,
        args["num_heads"],
        dropout=(args["dropout"], 0.0),
        bias=(args["bias"], True),
        kdim=(key if differ(key, x) else None, None),
        vdim=(value if differ(value, x) else None, None),
        batch_first=(True, False),
    )


def _invoke_heads(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
    """``attention(x, x, x, need_weights=False)``: the weights would cost memory for nothing."""
    x = names[0].text
    causal = switch(args, "is_causal")
    mask = call(
        "nn.Transformer.generate_square_subsequent_mask",
        Name(f"{x}.shape[1]"),
        device=(Name(f"{x}.device"), None),
        dtype=(Name(f"{x}.dtype"), None),
    )
    return call(
        "",
        *names,
        *(names[-1],) * (3 - len(names)),
        need_weights=(False, True),
        attn_mask=(mask if causal else None, None),
        is_causal=(causal, False),
    )


def _split_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    batch, length, width = sequence(_SPLIT, x)
    heads = size(args, "heads")
    dividing(_SPLIT, "heads", heads, width, "features")
    return (TensorType((batch, heads, length, exact_quotient(width, heads)), x.dtype),)


def _split(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
    apart = call(".unflatten", *names, -1, (args["heads"], -1))
    return call(".transpose", apart, 1, 2)


def _merge_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    if x.rank != 4:
        raise Refused(
            f"{_MERGE} puts heads N×heads×L×E side by side, but gets {x}; wire it behind attention",
            port="x",
        )
    batch, heads, length, width = x.dims
    return (TensorType((batch, length, heads * width), x.dtype),)


def _rate(name: str) -> FloatParam:
    return FloatParam(
        name=name,
        doc="Probability that a place is not looked at, while training.",
        default=0.0,
        minimum=0.0,
        maximum=1.0,
    )


LAYERS = (
    LayerSpec(
        kind=_HEADS,
        family=_FAMILY,
        doc="Looks from every place of a sequence N×L×E at all places of it, or of another one, "
        "with several heads (Vaswani et al. 2017, arXiv:1706.03762).",
        stem="attention",
        params=(
            IntParam(name="num_heads", doc="Heads; they share the features.", default=8),
            _rate("dropout"),
            BoolParam(name="bias", doc="Add learned numbers in every projection.", default=True),
            _CAUSAL,
        ),
        inputs=(
            Port("x", "the sequence that looks: the queries"),
            Port("key", "what it looks at; itself where nothing is wired", optional=True),
            Port("value", "what it takes from there; the keys' where not wired", optional=True),
        ),
        shape=_heads_shape,
        weights=_heads_weights,
        operations=_heads_operations,
        construct=_construct_heads,
        invoke=_invoke_heads,
        returns=(0, None),
        draws=draws_unless_zero("dropout"),
        search=("transformer", "self-attention", "cross-attention", "heads", "mha", "vit"),
        title=lambda args: "Attention",
        caption=lambda args: caption(
            f"{args['num_heads']} heads", "causal" if args["is_causal"] is True else ""
        ),
    ),
    LayerSpec(
        kind=_DOT,
        family=_FAMILY,
        doc="The bare function softmax(q kᵀ / √E) v on N×heads×L×E, without weights "
        "(Vaswani et al. 2017, arXiv:1706.03762).",
        stem="attention",
        params=(
            _CAUSAL,
            _rate("dropout_p"),
            FloatParam(
                name="scale",
                doc="Factor before the softmax; empty is 1 / √E.",
                default=None,
                optional=True,
                advanced=True,
            ),
            BoolParam(
                name="enable_gqa",
                doc="Let several heads of q share one of k and v "
                "(Ainslie et al. 2023, arXiv:2305.13245).",
                default=False,
                advanced=True,
            ),
        ),
        inputs=(
            Port("q", "the queries"),
            Port("k", "the keys"),
            Port("v", "the values"),
            Port("mask", "what may be seen (booleans), or what is added to the scores", True),
        ),
        shape=_dot_shape,
        operations=_dot_operations,
        function=_dot,
        draws=draws_unless_zero("dropout_p"),
        search=("attention", "softmax", "flash", "sdpa", "causal", "gpt", "transformer"),
        title=lambda args: "Dot attention",
        caption=lambda args: "causal" if args["is_causal"] is True else "",
    ),
    LayerSpec(
        kind=_SPLIT,
        family=_FAMILY,
        doc="Shares the features of a sequence N×L×E among heads, N×heads×L×E/heads, as attention "
        "wants its q, k and v.",
        stem="heads",
        params=(IntParam(name="heads", doc="How many heads share the features.", default=8),),
        shape=_split_shape,
        function=_split,
        search=("attention", "unflatten", "multi-head", "transformer", "view"),
        title=lambda args: "Split heads",
        caption=lambda args: f"{args['heads']} heads",
    ),
    LayerSpec(
        kind=_MERGE,
        family=_FAMILY,
        doc="Puts what the heads of attention found side by side: N×heads×L×E becomes a sequence "
        "N×L×heads·E.",
        stem="merge",
        shape=_merge_shape,
        function=lambda args, inputs, names: call(".flatten", call(".transpose", *names, 1, 2), 2),
        search=("attention", "flatten", "multi-head", "transformer", "concatenate"),
        title=lambda args: "Merge heads",
    ),
)
