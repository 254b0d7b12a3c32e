"""Recurrent networks over sequences: plain, gated (GRU) and with a memory (LSTM)."""

from __future__ import annotations

from collections.abc import Callable

from graphcore.layers.arguments import caption, flag, integer, size, switch
from graphcore.layers.checks import float32
from graphcore.layers.sequences import sequence
from graphcore.spec import (
    Args,
    BoolParam,
    Call,
    ChoiceParam,
    FloatParam,
    Inputs,
    IntParam,
    LayerSpec,
    Name,
    Operand,
    Param,
    Port,
    Refused,
    Returned,
    Weight,
    call,
)
from graphcore.tensor_type import Size, TensorType, differ, surely_less

_STATES = {"h": "the hidden state", "c": "the memory"}
Extra = Callable[[Args], dict[str, tuple[Operand, Operand]]]


def _directions(args: Args) -> int:
    return 2 if switch(args, "bidirectional") else 1


def _is_projected(args: Args) -> bool:
    return args.get("proj_size", 0) != 0


def _left(args: Args) -> Size:
    """Features that each direction leaves: fewer than hidden ones where they are projected."""
    return size(args, "proj_size" if _is_projected(args) else "hidden_size")


def _state_sizes(args: Args, states: str, batch: Size) -> tuple[TensorType, ...]:
    lead = (integer(args, "num_layers") * _directions(args), batch)
    widths = {"h": _left(args), "c": size(args, "hidden_size")}
    return tuple(TensorType((*lead, widths[state])) for state in states)


def _weights(args: Args, inputs: Inputs, gates: int) -> tuple[Weight, ...]:
    hidden, left = size(args, "hidden_size"), _left(args)
    incoming = inputs[0].dims[-1]
    found: list[Weight] = []
    for layer in range(integer(args, "num_layers")):
        for end in ("", "_reverse")[: _directions(args)]:
            at = f"l{layer}{end}"
            found.append(Weight(f"weight_ih_{at}", (gates * hidden, incoming)))
            found.append(Weight(f"weight_hh_{at}", (gates * hidden, left)))
            if flag(args, "bias"):
                found += [Weight(f"bias_{which}_{at}", (gates * hidden,)) for which in ("ih", "hh")]
            if _is_projected(args):
                found.append(Weight(f"weight_hr_{at}", (left, hidden)))
        incoming = left * _directions(args)
    return tuple(found)


def _operations(args: Args, inputs: Inputs, gates: int) -> Size:
    """Every matrix once a place and sample."""
    batch, length, _ = inputs[0].dims
    total: Size = 0
    for weight in _weights(args, inputs, gates):
        if len(weight.shape) == 2:
            total = total + weight.shape[0] * weight.shape[1]
    return total * batch * length


def _check_states(kind: str, args: Args, inputs: Inputs, states: str) -> None:
    given = inputs[1:]
    wanted = _state_sizes(args, states, inputs[0].dims[0])
    if given and len(given) < len(wanted):
        raise Refused(
            f"{kind} begins with both states or with none; wire "
            + " and ".join(f"{state}0" for state in states),
            port=f"{states[-1]}0",
        )
    for state, found, needed in zip(states, given, wanted, strict=False):
        float32(kind, found, f"{state}0")
        if found.rank != 3 or any(map(differ, found.dims, needed.dims)):
            raise Refused(
                f"{kind} begins with {state}0 of {needed}, but gets {found}; wire the {state} of "
                "an equal layer",
                port=f"{state}0",
            )


def _check_projection(kind: str, args: Args) -> None:
    hidden = size(args, "hidden_size")
    if _is_projected(args) and surely_less(hidden - 1, _left(args)):
        raise Refused(
            f"{kind} can only leave fewer features than its {hidden} hidden ones; make proj_size "
            "smaller, or 0 for all",
            param="proj_size",
        )


def _doubt(args: Args, inputs: Inputs) -> str | None:
    if args["num_layers"] != 1 or args["dropout"] == 0.0:
        return None
    return "its dropout acts between layers, and there is only one; raise num_layers, or set it 0"


def _params(extra: tuple[Param, ...]) -> tuple[Param, ...]:
    return (
        IntParam(name="hidden_size", doc="Features of the state that is carried on.", default=128),
        IntParam(
            name="num_layers", doc="Layers, each reading the one before.", default=1, maximum=1000
        ),
        BoolParam(name="bias", doc="Add learned numbers to every gate.", default=True),
        FloatParam(
            name="dropout",
            doc="Probability of dropping a value between layers, while training.",
            default=0.0,
            minimum=0.0,
            maximum=1.0,
        ),
        BoolParam(name="bidirectional", doc="Read backwards as well.", default=False),
        *extra,
    )


def _returns(states: str) -> tuple[Returned, ...]:
    return (0, 1) if len(states) == 1 else (0, tuple(range(1, 1 + len(states))))


def _recurrent(
    kind: str,
    gates: int,
    states: str,
    doc: str,
    extra: tuple[Param, ...],
    *search: str,
) -> LayerSpec:
    def shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
        batch, length, _ = sequence(kind, inputs[0])
        float32(kind, inputs[0])
        _check_projection(kind, args)
        _check_states(kind, args, inputs, states)
        y = TensorType((batch, length, _left(args) * _directions(args)))
        return (y, *_state_sizes(args, states, batch))

    def construct(args: Args, inputs: Inputs) -> Call:
        return call(
            f"nn.{kind}",
            inputs[0].dims[-1],
            args["hidden_size"],
            num_layers=(args["num_layers"], 1),
            bias=(args["bias"], True),
            batch_first=(True, False),
            dropout=(args["dropout"], 0.0),
            bidirectional=(args["bidirectional"], False),
            **{param.name: (args[param.name], param.default) for param in extra},  # type: ignore[arg-type]
        )

    def invoke(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
        x, *given = names
        return call("", x, *([tuple(given)] if len(given) > 1 else given))

    ports = tuple(
        Port(f"{state}0", _STATES[state] + " at the start", optional=True) for state in states
    )
    return LayerSpec(
        kind=kind,
        draws=lambda args: args["num_layers"] != 1 and args["dropout"] != 0.0,
        family="Recurrent",
        doc=doc,
        stem=kind.lower(),
        params=_params(extra),
        inputs=(Port("x", "the sequence N×L×E"), *ports),
        outputs=(
            Port("y", "the sequence of states"),
            *(Port(state, _STATES[state] + " at the end") for state in states),
        ),
        shape=shape,
        weights=lambda args, inputs: _weights(args, inputs, gates),
        operations=lambda args, inputs: _operations(args, inputs, gates),
        construct=construct,
        invoke=invoke,
        returns=_returns(states),
        doubt=_doubt,
        search=("recurrent", "sequence", "memory", "time series", *search),
        title=lambda args: kind,
        caption=lambda args: caption(
            str(args["hidden_size"]),
            f"{args['num_layers']} layers" if args["num_layers"] != 1 else "",
            "↔" if args["bidirectional"] is True else "",
        ),
    )


LAYERS = (
    _recurrent(
        "LSTM",
        4,
        "hc",
        "Reads a sequence with a memory and three gates (Hochreiter and Schmidhuber 1997).",
        (
            IntParam(
                name="proj_size",
                doc="Features that leave, where fewer than hidden_size; 0 leaves all.",
                default=0,
                minimum=0,
                advanced=True,
            ),
        ),
        "long short-term",
    ),
    _recurrent(
        "GRU",
        3,
        "h",
        "Reads a sequence with two gates (Cho et al. 2014, arXiv:1406.1078).",
        (),
        "gated",
    ),
    _recurrent(
        "RNN",
        1,
        "h",
        "Reads a sequence with a plain recurrent layer (Elman 1990).",
        (
            ChoiceParam(
                name="nonlinearity",
                doc="What is applied to each new state.",
                default="tanh",
                choices=("tanh", "relu"),
            ),
        ),
        "elman",
    ),
)
