"""Which parameters and inputs every layer is tried with: those that fit and those that do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphcore.spec import Inputs, ParamValue
from graphcore.tensor_type import DTYPES
from tests.layers.sequence_cases import sequence_trials
from tests.layers.trial import NUMBERS, Params, Trial, alone, each, t

SPATIAL = {
    1: alone(t(6, 8), t(6, 8, 1), t(6, 8, 9), t(6, 6, 16), t(6, 4, 5, 5)),
    2: alone(t(6, 8), t(6, 8, 9), t(6, 8, 1, 1), t(6, 8, 9, 12), t(6, 6, 7, 16), t(6, 4, 3, 5, 5)),
    3: alone(t(6, 8), t(6, 4, 9, 9), t(6, 8, 1, 1, 1), t(6, 8, 5, 8, 9), t(6, 6, 4, 7, 6)),
}


def _convolutions(axes: int) -> list[Params]:
    mixed = tuple(range(2, 2 + axes))
    return [
        {},
        *each(
            out_channels=(8,),
            kernel_size=(1, 2, 3, 5, mixed),
            stride=(1, 2, mixed),
            padding=(None, 0, 1, 2, mixed),
            dilation=(1, 2),
        ),
        *each(out_channels=(8, 6), groups=(1, 2, 3, 8), bias=(True, False)),
        *each(kernel_size=(3, 5), padding_mode=("zeros", "reflect", "replicate", "circular")),
        *each(kernel_size=(3,), padding=(8, 9), padding_mode=("reflect", "circular")),
        *each(kernel_size=(1, 2, 3, 4), auto_padding=("same", "valid"), stride=(1, 2)),
        *each(kernel_size=(2, 3), auto_padding=("same",), dilation=(1, 2, 3), padding=(None, 4)),
        *each(auto_padding=("same",), padding_mode=("reflect", "circular")),
    ]


def _transposed(axes: int) -> list[Params]:
    mixed = tuple(range(2, 2 + axes))
    return [
        {},
        *each(
            out_channels=(8,),
            kernel_size=(1, 2, 3, mixed),
            stride=(1, 2, mixed),
            padding=(0, 1, 4),
            output_padding=(0, 1, 2),
            dilation=(1, 3),
        ),
        *each(out_channels=(8, 6), groups=(1, 2, 4, 3), bias=(True, False)),
    ]


def _pools(axes: int, *, dilation: bool = False, padding: bool = True) -> list[Params]:
    mixed = tuple(range(2, 2 + axes))
    options: dict[str, Sequence[ParamValue]] = {
        "kernel_size": (1, 2, 3, 4, mixed),
        "stride": (None, 1, 2, 3, mixed),
        "ceil_mode": (False, True),
    }
    if padding:
        options["padding"] = (0, 1, 2)
    if dilation:
        options["dilation"] = (1, 2)
    return [{}, *each(**options)]


def _averages(axes: int) -> list[Params]:
    extra = each(padding=(1,), count_include_pad=(True, False))
    divisor = each(divisor_override=(None, 3)) if axes > 1 else []
    return [*_pools(axes), *extra, *divisor]


def _adaptive(axes: int) -> list[Params]:
    if axes == 1:
        return each(output_size=(1, 4, 20))
    return each(output_size=(1, 4, 20, (None,) * axes, (*range(3, 2 + axes), None)))


def _fractional(axes: int) -> list[Params]:
    shares = each(kernel_size=(1, 2, 3), output_ratio=(0.3, 0.5, 0.7, 0.99))
    return [{}, *shares, *each(kernel_size=(2, 3), output_size=(1, 4, 6, 20))]


def _windows() -> dict[str, Trial]:
    found: dict[str, Trial] = {}
    for axes, inputs in SPATIAL.items():
        found |= {
            f"Conv{axes}d": Trial(_convolutions(axes), inputs),
            f"ConvTranspose{axes}d": Trial(_transposed(axes), inputs),
            f"MaxPool{axes}d": Trial(_pools(axes, dilation=True), inputs),
            f"AvgPool{axes}d": Trial(_averages(axes), inputs),
            f"LPPool{axes}d": Trial(
                [*_pools(axes, padding=False), *each(norm_type=(1.0, 2.0, 3.5))], inputs
            ),
            f"AdaptiveAvgPool{axes}d": Trial(_adaptive(axes), inputs),
            f"AdaptiveMaxPool{axes}d": Trial(_adaptive(axes), inputs),
            f"Dropout{axes}d": Trial(each(p=(0.0, 0.3, 1.0)), inputs),
        }
    for axes in (2, 3):
        found[f"FractionalMaxPool{axes}d"] = Trial(_fractional(axes), SPATIAL[axes])
    return found


def _norms() -> dict[str, Trial]:
    found: dict[str, Trial] = {}
    statistics = each(
        affine=(True, False),
        track_running_stats=(True, False),
        momentum=(0.1, 0.3),
        eps=(1e-5, 0.1),
    )
    for axes, inputs in SPATIAL.items():
        few = alone(t(1, 4), t(1, 4, *(1,) * axes), t(1, 4, *(2,) * axes))
        cumulative = each(momentum=(None,))
        found[f"BatchNorm{axes}d"] = Trial([*statistics, *cumulative], [*inputs, *few])
        found[f"InstanceNorm{axes}d"] = Trial([{}, *statistics], [*inputs, *few])
    axes_of = each(axes=(1, 2, 3, 6), elementwise_affine=(True, False))
    found["LayerNorm"] = Trial([*axes_of, *each(bias=(False,), eps=(1e-6,))], alone(*NUMBERS, t()))
    found["RMSNorm"] = Trial([*axes_of, *each(eps=(None, 1e-6))], alone(*NUMBERS, t()))
    grouped = alone(*NUMBERS, t(1, 4), t(1, 4, 1, 1), t(2, 4))
    found["GroupNorm"] = Trial(each(num_groups=(1, 2, 3, 4, 8), affine=(True, False)), grouped)
    found["LocalResponseNorm"] = Trial(
        each(size=(1, 2, 5, 20), alpha=(1e-4, 0.1), beta=(0.75, 0.5), k=(1.0, 2.0)), alone(*NUMBERS)
    )
    return found


def _activations() -> dict[str, Trial]:
    plain = "ReLU ReLU6 SELU SiLU Mish Hardswish Sigmoid Tanh LogSigmoid Hardsigmoid Softsign"
    scalar_too = alone(*NUMBERS, t())
    along = each(dim=(-1, 0, 1, 3, -3, 5))
    return {
        **{kind: Trial([{}], scalar_too) for kind in (*plain.split(), "Tanhshrink")},
        "GELU": Trial(each(approximate=("none", "tanh")), scalar_too),
        "LeakyReLU": Trial(each(negative_slope=(0.01, 0.2)), scalar_too),
        "PReLU": Trial(each(per_channel=(False, True), init=(0.25, 0.0)), scalar_too),
        "RReLU": Trial(each(lower=(0.1, 0.2), upper=(0.1, 0.3)), scalar_too),
        "ELU": Trial(each(alpha=(1.0, 0.5)), scalar_too),
        "CELU": Trial(each(alpha=(1.0, 0.5, 0.0)), scalar_too),
        "Hardtanh": Trial(each(min_val=(-1.0, 0.0), max_val=(-0.5, 1.0)), scalar_too),
        "Softplus": Trial(each(beta=(1.0, 3.0), threshold=(20.0, 5.0)), scalar_too),
        "Softshrink": Trial(each(lambd=(0.0, 0.5)), scalar_too),
        "Hardshrink": Trial(each(lambd=(0.0, 0.5)), scalar_too),
        "Threshold": Trial(each(threshold=(0.0, 0.1), value=(0.0, 3.0)), scalar_too),
        "Softmax": Trial(along, alone(*NUMBERS)),
        "LogSoftmax": Trial(along, alone(*NUMBERS)),
        "Softmin": Trial(along, alone(*NUMBERS)),
        "Softmax2d": Trial([{}], scalar_too),
        "GLU": Trial(along, scalar_too),
        "Dropout": Trial(each(p=(0.0, 0.3, 1.0)), scalar_too),
        "AlphaDropout": Trial(each(p=(0.0, 0.3)), scalar_too),
        "FeatureAlphaDropout": Trial(each(p=(0.0, 0.3)), scalar_too),
        "Identity": Trial([{}], scalar_too),
        "Junction": Trial([{}], scalar_too),
    }


def _linear() -> dict[str, Trial]:
    outs = each(out_features=(1, 10), bias=(True, False))
    pairs: list[Inputs] = [
        (t(6, 8), t(6, 5)),
        (t(6, 3, 8), t(6, 3, 5)),
        (t(6, 3, 8), t(6, 4, 5)),
        (t(6, 8), t(6, 3, 8)),
        (t(), t(6)),
    ]
    tokens = [t(6, dtype="int64"), t(6, 9, dtype="int64"), t(6, 9, dtype="int32"), t(6, 9)]
    return {
        "Linear": Trial(outs, alone(*NUMBERS, t())),
        "Bilinear": Trial(outs, pairs),
        "Embedding": Trial(
            each(
                num_embeddings=(2, 20),
                embedding_dim=(1, 8),
                padding_idx=(None, 1, 2),
                std=(1.0, 0.02),
            ),
            alone(*tokens, t(dtype="int64")),
        ),
        "CosineSimilarity": Trial(each(dim=(1, -1, 0, 3), eps=(1e-8, 1e-3)), _pairs()),
        "PairwiseDistance": Trial(
            each(p=(2.0, 1.0), keepdim=(False, True), eps=(1e-6, 1e-3)), _pairs()
        ),
    }


def _pairs() -> list[Inputs]:
    return [
        (t(6, 8), t(6, 8)),
        (t(6, 8), t(6, 1)),
        (t(6, 4, 7, 8), t(6, 4, 7, 8)),
        (t(6, 4, 7, 8), t(6, 4, 1, 1)),
        (t(6, 4, 7, 8), t(4, 1, 1)),
        (t(6, 4, 7, 8), t(6, 5, 7, 8)),
        (t(6, 4, 7, 8), t(6, 8)),
        (t(6, 3, 8), t()),
        (t(), t()),
    ]


def _joins() -> dict[str, Trial]:
    many: list[Inputs] = [(), alone(t(6, 8))[0], (t(6, 8),) * 3, (t(6, 8), t(6, 1), t(1, 8))]
    stretch = each(broadcast=(False, True))
    matrices: list[Inputs] = [
        (t(6, 3, 4), t(6, 4, 5)),
        (t(6, 2, 3, 4), t(6, 2, 4, 5)),
        (t(6, 2, 3, 4), t(2, 4, 5)),
        (t(6, 1, 3, 4), t(6, 2, 4, 5)),
        (t(6, 3, 4), t(4, 5)),
        (t(6, 3, 4), t(6, 5, 4)),
        (t(6, 3, 4), t(5, 4, 5)),
        (t(6, 4), t(4, 5)),
        (t(6, 4), t(4)),
        (t(4), t(4)),
        (t(), t(4)),
    ]
    concat: list[Inputs] = [
        *many,
        (t(6, 4, 7, 8), t(6, 5, 7, 8)),
        (t(6, 4, 7, 8), t(6, 4, 7, 9), t(6, 4, 7, 1)),
        (t(6, 4, 7, 8), t(6, 4, 7)),
    ]
    return {
        "Add": Trial(stretch, [*_pairs(), *many]),
        "Multiply": Trial(stretch, [*_pairs(), *many]),
        "Subtract": Trial(stretch, _pairs()),
        "MatMul": Trial([{}], matrices),
        "Concat": Trial(each(dim=(1, 0, -1, 3)), concat),
    }


def _shapes() -> dict[str, Trial]:
    images = alone(t(6, 8), t(6, 12, 4), t(6, 8, 4, 6), t(6, 9, 5, 7), t(6, 4, 2, 2, 2), t(6))
    return {
        "Flatten": Trial(each(start_dim=(1, 0, 2, -2), end_dim=(-1, 1, 2)), alone(*NUMBERS)),
        "Unflatten": Trial(
            each(dim=(1, -1, 4), unflattened_size=((2, 4), (-1, 4), (2, 2, 2), (-1, -1), (3, -1))),
            alone(*NUMBERS),
        ),
        "Reshape": Trial(
            each(shape=((-1,), (8,), (5, 8), (4, -1), (2, -1, 2), (-1, -1), (7, 7), (56, 4))),
            alone(*NUMBERS),
        ),
        "Permute": Trial(
            each(dims=((0, 1), (1, 0), (0, 2, 1), (0, 2, 3, 1), (0, -1, 1), (0, 1, 1), (0, 1, 5))),
            alone(*NUMBERS),
        ),
        "Transpose": Trial(each(dim0=(0, 1, -1), dim1=(1, 2, -2)), alone(*NUMBERS)),
        **{
            kind: Trial(
                each(dims=((2, 3), (-1,), 1, (-2, -1), (1, 1), (0, 1, 2)), keepdim=(False, True)),
                alone(*NUMBERS, t()),
            )
            for kind in ("Mean", "Sum", "Max")
        },
        "Cast": Trial(each(dtype=DTYPES), alone(*NUMBERS, t())),
        "PixelShuffle": Trial(each(upscale_factor=(1, 2, 3)), images),
        "PixelUnshuffle": Trial(each(downscale_factor=(1, 2, 3)), images),
        "ChannelShuffle": Trial(each(groups=(1, 2, 3, 4)), images),
    }


def _resampling() -> dict[str, Trial]:
    modes = ("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area")
    upsample = [
        *each(mode=modes, align_corners=(False, True), scale_factor=(2.0, 0.5)),
        *each(scale_factor=(0.3, 1.5, 3.0, 0.01, 0.75, 1.0)),
        *each(mode=("nearest",), size=(4, (4, 5), (3, 4, 5))),
    ]
    unfold = each(kernel_size=(1, 2, 3, (2, 3)), stride=(1, 2), padding=(0, 1), dilation=(1, 2))
    folded = alone(t(6, 8, 16), t(6, 8, 49), t(6, 9, 16), t(6, 6, 16), t(6, 8, 20), t(6, 8))
    return {
        "Upsample": Trial(upsample, alone(*NUMBERS)),
        "Unfold": Trial(unfold, SPATIAL[2]),
        "Fold": Trial(
            each(output_size=(8, (8, 10), 1), kernel_size=(2, 3, (2, 3)), stride=(1, 2)), folded
        ),
    }


def _paddings() -> dict[str, Trial]:
    found: dict[str, Trial] = {}
    for axes, inputs in SPATIAL.items():
        amounts: list[ParamValue] = [0, 1, 4, tuple(range(2 * axes)), (0, 8) * axes, (9, 0) * axes]
        for name in ("ReflectionPad", "ReplicationPad", "CircularPad"):
            found[f"{name}{axes}d"] = Trial(each(padding=amounts), inputs)
        cuts: list[ParamValue] = [*amounts, -1, (-2, 1) * axes, -5]
        found[f"ZeroPad{axes}d"] = Trial(each(padding=cuts), inputs)
        found[f"ConstantPad{axes}d"] = Trial(each(padding=cuts, value=(0.0, 1.5)), inputs)
    return found


def _support() -> dict[str, Trial]:
    images = alone(t(6, 8), t(6, 8, 9), t(6, 8, 9, 12), t(6, 3, 8, 8), t(6, 8, 5, 5, 5))
    gains = each(init=(0.0, 1.0), per_channel=(False, True), trainable=(True, False))
    return {
        "Gain": Trial(gains, [*images, *alone(t())]),
        "StochasticDepth": Trial(
            each(p=(0.0, 0.2, 1.0), mode=("row", "batch")), [*images, *alone(t())]
        ),
        "SqueezeExcitation": Trial(
            [
                *each(reduction=(1, 4, 8), activation=("ReLU", "SiLU")),
                *each(squeeze_channels=(1, 5), gate=("Sigmoid", "Hardsigmoid")),
            ],
            images,
        ),
        "PadShortcut": Trial(each(out_channels=(2, 8, 11, 16), stride=(1, 2, 3)), images),
    }


TRIALS: Mapping[str, Trial] = {
    **_windows(),
    **_norms(),
    **_activations(),
    **_linear(),
    **_joins(),
    **_shapes(),
    **_resampling(),
    **_paddings(),
    **_support(),
    **sequence_trials(),
}
