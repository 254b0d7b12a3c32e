"""From integers to vectors."""

from __future__ import annotations

from graphcore.layers.arguments import caption, size
from graphcore.spec import (
    Args,
    Call,
    FloatParam,
    Inputs,
    IntParam,
    LayerSpec,
    Refused,
    Weight,
    call,
)
from graphcore.tensor_type import TensorType, surely_less


def _shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    if x.dtype not in ("int64", "int32"):
        raise Refused(
            f"Embedding looks integers up, but gets {x}; set the dtype of the Input to int64",
            port="x",
        )
    unused = args["padding_idx"]
    if isinstance(unused, int) and surely_less(size(args, "num_embeddings"), unused + 1):
        raise Refused(
            f"Embedding has no row {unused} among {args['num_embeddings']}; "
            "make padding_idx smaller",
            param="padding_idx",
        )
    if unused is not None and args["std"] != 1.0:
        raise Refused(
            "Embedding keeps a vector at zero only with its usual start; set std to 1, or leave "
            "padding_idx empty",
            param="std",
        )
    return (TensorType((*x.dims, size(args, "embedding_dim"))),)


def _weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    return (Weight("weight", (size(args, "num_embeddings"), size(args, "embedding_dim"))),)


def _construct(args: Args, inputs: Inputs) -> Call:
    rows, length = args["num_embeddings"], args["embedding_dim"]
    padding = (args["padding_idx"], None)
    if args["std"] == 1.0:
        return call("nn.Embedding", rows, length, padding_idx=padding)
    start = call("nn.init.normal_", call("torch.empty", rows, length), std=(args["std"], 1.0))
    freeze = (False, True)
    return call("nn.Embedding.from_pretrained", start, freeze=freeze, padding_idx=padding)


LAYERS = (
    LayerSpec(
        kind="Embedding",
        family="Embedding",
        doc="Looks up a learned vector for every integer, such as a token.",
        stem="embedding",
        params=(
            IntParam(name="num_embeddings", doc="How many integers there are.", default=256),
            IntParam(name="embedding_dim", doc="Length of each vector.", default=64),
            IntParam(
                name="padding_idx",
                doc="The integer whose vector stays zero.",
                default=None,
                optional=True,
                unset="none",
                minimum=0,
                advanced=True,
            ),
            FloatParam(
                name="std",
                doc="Standard deviation of the vectors before training; GPT-2 takes 0.02.",
                default=1.0,
                minimum=0.0,
                advanced=True,
            ),
        ),
        shape=_shape,
        weights=_weights,
        construct=_construct,
        search=("token", "lookup", "vocabulary", "word"),
        title=lambda args: "Embedding",
        caption=lambda args: caption(f"{args['num_embeddings']} → {args['embedding_dim']}"),
    ),
)
