"""Trials of what sequences are made of: attention, recurrence, splitting, positions, equations."""

from __future__ import annotations

from graphcore.spec import Inputs
from tests.layers.trial import NUMBERS, Trial, alone, each, t


def sequence_trials() -> dict[str, Trial]:
    """The trials by kind."""
    return {**_attention(), **_recurrent(), **_splitting(), **_equations(), **_values()}


def _attention() -> dict[str, Trial]:
    heads: list[Inputs] = [
        (t(6, 5, 8),),
        (t(6, 5, 8), t(6, 7, 8)),
        (t(6, 5, 8), t(6, 5, 12)),
        (t(6, 5, 8), t(6, 7, 8), t(6, 7, 4)),
        (t(6, 5, 8), t(6, 7, 8), t(6, 5, 8)),
        (t(6, 5, 8), t(5, 5, 8)),
        (t(5, 8),),
        (t(6, 8), t(6, 7, 8)),
        (t(6, 4, 5, 8),),
    ]
    q, k, v = t(6, 2, 5, 8), t(6, 2, 7, 8), t(6, 2, 7, 4)
    dot: list[Inputs] = [
        (q, k, v),
        (q, q, q),
        (t(6, 5, 8), t(6, 7, 8), t(6, 7, 4)),
        (q, t(6, 2, 7, 4), v),
        (q, k, t(6, 2, 5, 4)),
        (q, t(6, 1, 7, 8), t(6, 1, 7, 4)),
        (t(6, 4, 5, 8), k, v),
        (t(6, 3, 5, 8), k, v),
        (q, t(5, 2, 7, 8), v),
        (t(5, 8), t(7, 8), t(7, 4)),
        (q, t(2, 7, 8), t(2, 7, 4)),
        (q, k, v, t(5, 7)),
        (q, k, v, t(5, 7, dtype="bool")),
        (q, k, v, t(6, 1, 1, 7, dtype="bool")),
        (q, k, v, t(6, 1, 1, 7, dtype="int64")),
        (q, k, v, t(6, 2, 5, 6)),
        (q, k, v, t(1, 6, 2, 5, 7)),
    ]
    return {
        "MultiheadAttention": Trial(
            each(
                num_heads=(1, 2, 3),
                dropout=(0.0, 0.5),
                bias=(True, False),
                is_causal=(False, True),
            ),
            heads,
        ),
        "ScaledDotProductAttention": Trial(
            each(
                is_causal=(False, True),
                dropout_p=(0.0, 0.5),
                scale=(None, 1.0),
                enable_gqa=(False, True),
            ),
            dot,
        ),
        "SplitHeads": Trial(each(heads=(1, 2, 3)), alone(t(6, 5, 8), t(6, 8), t(6, 4, 5, 8), t(8))),
        "MergeHeads": Trial([{}], alone(t(6, 2, 5, 4), t(6, 1, 5, 8), t(6, 5, 8), t(5, 8))),
    }


def _recurrent() -> dict[str, Trial]:
    found: dict[str, Trial] = {}
    options = each(
        hidden_size=(16,), num_layers=(1, 3), bias=(True, False), bidirectional=(False, True)
    )
    sizes = alone(t(6, 5, 8), t(6, 1, 3), t(5, 8), t(8), t(6, 4, 5, 8))
    for kind, states in (("LSTM", 2), ("GRU", 1), ("RNN", 1)):
        begun: list[Inputs] = [
            (t(6, 5, 8), *(state,) * count)
            for state in (t(3, 6, 16), t(2, 6, 16), t(1, 6, 16), t(1, 5, 16), t(6, 16))
            for count in range(1, 1 + states)
        ]
        found[kind] = Trial([*options, *each(num_layers=(2,), dropout=(0.5,))], [*sizes, *begun])
    projected = each(hidden_size=(16,), proj_size=(4, 16, 20), bidirectional=(False, True))
    both: Inputs = (t(6, 5, 8), t(1, 6, 4), t(1, 6, 16))
    lstm = found["LSTM"]
    found["LSTM"] = Trial([*lstm.params, *projected], [*lstm.inputs, both])
    plain = found["RNN"]
    found["RNN"] = Trial([*plain.params, *each(nonlinearity=("relu",))], plain.inputs)
    return found


def _splitting() -> dict[str, Trial]:
    inputs = alone(*NUMBERS, t(), t(6, 12, 9), t(6, 2))
    axes = each(dim=(0, 1, 2, -1, -2, 4))
    slices = [
        *each(dim=(1, -1, -2, 0, 3), start=(0, 1, -3), stop=(None, 2, -1, 9), step=(1, 2)),
        *each(start=(5,), stop=(5, 2, None)),
    ]
    return {
        **{kind: Trial(axes, inputs) for kind in ("Chunk2", "Chunk3", "Chunk4", "SplitQKV")},
        "SplitAt": Trial(each(dim=(0, 1, 2, -1, 4), index=(1, 2, 5, 20)), inputs),
        "Slice": Trial(slices, inputs),
        "Select": Trial(each(dim=(0, 1, -1, -2, 4), index=(0, 2, -1, -4, 20)), inputs),
    }


def _equations() -> dict[str, Trial]:
    equations = each(
        equation=(
            "bij,bjk->bik",
            "bij,bkj->bik",
            "bi,bj->bij",
            "bi,bi->b",
            "bi,bi,bi->b",
            "bij,jk->ik",
            "ij,jk,kl->il",
            "bhld,bhsd->bhls",
            "nchw,c->nchw",
            "bii->bi",
            "bij->",
            "bij->jb",
            "b->b",
            "bij , bjk -> bik",
            "bij,bjk",
            "...ij->...ji",
            "bij->bijz",
            "bij->bb",
            "",
        )
    )
    inputs: list[Inputs] = [
        (t(6, 3, 4), t(6, 4, 5)),
        (t(6, 3, 4), t(6, 5, 4)),
        (t(6, 4), t(6, 4)),
        (t(6, 4), t(6, 5)),
        (t(6, 4), t(6, 1)),
        (t(6, 4), t(6, 4), t(6, 4)),
        (t(6, 4), t(4, 5), t(5, 3)),
        (t(6, 3, 4), t(4, 5)),
        (t(6, 2, 3, 4), t(6, 2, 5, 4)),
        (t(6, 3, 4, 4), t(3)),
        (t(6, 3, 3),),
        (t(6, 3, 4),),
        (t(6),),
        (t(),),
    ]
    return {"Einsum": Trial(equations, inputs)}


def _values() -> dict[str, Trial]:
    nothing: list[Inputs] = [()]
    shapes = ((1, 1, 64), (7,), (), (2, 3, 4, 5))
    samples: list[Inputs] = [
        (t(1, 1, 8), t(6, 5, 8)),
        (t(1, 5), t(6, 3, 4, 4)),
        (t(1), t(6)),
        (t(2, 5, 8), t(6, 5, 8)),
        (t(6, 5, 8), t(6, 5, 8)),
        (t(), t(6)),
        (t(1, 8), t()),
    ]
    sequences = alone(*NUMBERS, t(), t(6, 5, 7), t(6, 9, 1))
    return {
        "Parameter": Trial(
            each(shape=shapes, init=("zeros", "ones", "normal", "trunc_normal"), std=(0.02, 1.0)),
            nothing,
        ),
        "Buffer": Trial(each(shape=shapes, fill=(0.0, 1.5)), nothing),
        "ExpandBatch": Trial([{}], samples),
        "Positions": Trial(each(dim=(0, 1, -1, 3)), [*sequences, (t(6, 9, dtype="int64"),)]),
        "SinusoidalPositions": Trial(each(max_length=(4, 5, 5000)), sequences),
    }
