"""The calls are those that an engineer would write."""

from __future__ import annotations

import pytest

from graphcore.explain import text
from graphcore.expression import Code
from graphcore.layers import LAYERS
from graphcore.spec import Call
from graphcore.tensor_type import TensorType, symbol
from tests.layers.oracle import names_of, resolve

IMAGE = TensorType((symbol("N"), 16, 32, 32))
FEATURES = TensorType((symbol("N"), 64))
SEQUENCE = TensorType((symbol("N"), 10, 64))
TOKENS = TensorType((symbol("N"), 10), "int64")
WIDTH = symbol("width")


def written(call: Call) -> str:
    """The call as text, arguments equal to their default left out."""
    shown = [
        (f"{a.keyword}=" if a.keyword else "")
        + (written(a.value) if isinstance(a.value, Call) else text(a.value))
        for a in call.arguments
        if not (a.has_default and a.value == a.default)
    ]
    if call.target in "+-*@":
        return f" {call.target} ".join(shown)
    if call.target.startswith("."):
        return f"{shown[0]}{call.target}({', '.join(shown[1:])})"
    return f"{call.target}({', '.join(shown)})"


@pytest.mark.parametrize(
    ("kind", "params", "x", "expected"),
    [
        ("Conv2d", {}, IMAGE, "nn.Conv2d(16, 16, 3, padding=1)"),
        (
            "Conv2d",
            {"out_channels": 32, "stride": 2, "bias": False},
            IMAGE,
            "nn.Conv2d(16, 32, 3, stride=2, padding=1, bias=False)",
        ),
        ("Conv2d", {"kernel_size": 1}, IMAGE, "nn.Conv2d(16, 16, 1)"),
        ("Conv2d", {"padding": 0}, IMAGE, "nn.Conv2d(16, 16, 3)"),
        (
            "Conv2d",
            {"kernel_size": (1, 7), "stride": (1, 2)},
            IMAGE,
            "nn.Conv2d(16, 16, (1, 7), stride=(1, 2), padding=(0, 3))",
        ),
        (
            "Conv2d",
            {"auto_padding": "same", "groups": 16},
            IMAGE,
            'nn.Conv2d(16, 16, 3, padding="same", groups=16)',
        ),
        (
            "Conv2d",
            {"out_channels": 2 * WIDTH, "stride": symbol("stride"), "bias": Code("bias")},
            IMAGE,
            "nn.Conv2d(16, 2 * width, 3, stride=stride, padding=1, bias=bias)",
        ),
        (
            "Conv2d",
            {"kernel_size": symbol("k")},
            IMAGE,
            "nn.Conv2d(16, 16, k, padding=(k - 1) // 2)",
        ),
        (
            "ConvTranspose2d",
            {"out_channels": 8},
            IMAGE,
            "nn.ConvTranspose2d(16, 8, 2, stride=2)",
        ),
        ("Linear", {}, FEATURES, "nn.Linear(64, 10)"),
        ("Linear", {"bias": False}, SEQUENCE, "nn.Linear(64, 10, bias=False)"),
        ("BatchNorm2d", {}, IMAGE, "nn.BatchNorm2d(16)"),
        ("BatchNorm2d", {"momentum": None}, IMAGE, "nn.BatchNorm2d(16, momentum=None)"),
        ("InstanceNorm2d", {}, IMAGE, "nn.InstanceNorm2d(16)"),
        ("InstanceNorm2d", {"affine": True}, IMAGE, "nn.InstanceNorm2d(16, affine=True)"),
        ("LayerNorm", {}, SEQUENCE, "nn.LayerNorm(64)"),
        ("LayerNorm", {"axes": 3}, IMAGE, "nn.LayerNorm((16, 32, 32))"),
        ("RMSNorm", {"eps": 1e-6}, SEQUENCE, "nn.RMSNorm(64, eps=1e-6)"),
        ("GroupNorm", {"num_groups": 8}, IMAGE, "nn.GroupNorm(8, 16)"),
        ("ReLU", {}, IMAGE, "nn.ReLU()"),
        ("GELU", {"approximate": "tanh"}, IMAGE, 'nn.GELU(approximate="tanh")'),
        ("PReLU", {"per_channel": True}, IMAGE, "nn.PReLU(num_parameters=16)"),
        ("Softmax", {}, IMAGE, "nn.Softmax(dim=-1)"),
        ("MaxPool2d", {}, IMAGE, "nn.MaxPool2d(2)"),
        (
            "MaxPool2d",
            {"kernel_size": 3, "stride": 2, "padding": 1},
            IMAGE,
            "nn.MaxPool2d(3, stride=2, padding=1)",
        ),
        ("LPPool2d", {"norm_type": 1.0}, IMAGE, "nn.LPPool2d(1.0, 2)"),
        ("AdaptiveAvgPool2d", {}, IMAGE, "nn.AdaptiveAvgPool2d(1)"),
        (
            "AdaptiveAvgPool2d",
            {"output_size": (7, None)},
            IMAGE,
            "nn.AdaptiveAvgPool2d((7, None))",
        ),
        ("Dropout", {"p": 0.1}, IMAGE, "nn.Dropout(0.1)"),
        ("Flatten", {}, IMAGE, "nn.Flatten()"),
        ("Unflatten", {"unflattened_size": (4, 16)}, FEATURES, "nn.Unflatten(1, (4, 16))"),
        ("Upsample", {}, IMAGE, "nn.Upsample(scale_factor=2)"),
        (
            "Upsample",
            {"mode": "bilinear", "align_corners": True},
            IMAGE,
            'nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)',
        ),
        ("Upsample", {"size": (8,)}, IMAGE, "nn.Upsample(size=8)"),
        ("ZeroPad2d", {"padding": (0, 1, 0, 1)}, IMAGE, "nn.ZeroPad2d((0, 1, 0, 1))"),
        ("ConstantPad2d", {"value": 0.5}, IMAGE, "nn.ConstantPad2d(1, 0.5)"),
        ("Gain", {}, IMAGE, "Gain(0.0)"),
        (
            "Gain",
            {"per_channel": True, "init": 1e-5},
            IMAGE,
            "Gain(1e-5, shape=(16, 1, 1))",
        ),
        ("Gain", {"per_channel": True}, SEQUENCE, "Gain(0.0, shape=(64,))"),
        ("Gain", {"init": 0.5, "trainable": False}, IMAGE, "Gain(0.5, trainable=False)"),
        (
            "StochasticDepth",
            {"p": Code("0.2 * i / 16")},
            IMAGE,
            "StochasticDepth(0.2 * i / 16)",
        ),
        ("SqueezeExcitation", {}, IMAGE, "SqueezeExcitation(16, 4)"),
        (
            "SqueezeExcitation",
            {"activation": "SiLU"},
            IMAGE,
            "SqueezeExcitation(16, 4, activation=nn.SiLU)",
        ),
        ("PadShortcut", {"stride": 2}, IMAGE, "PadShortcut(32, stride=2)"),
        (
            "MultiheadAttention",
            {"num_heads": 4, "dropout": 0.1},
            SEQUENCE,
            "nn.MultiheadAttention(64, 4, dropout=0.1, batch_first=True)",
        ),
        ("Embedding", {}, TOKENS, "nn.Embedding(256, 64)"),
        (
            "Embedding",
            {"std": 0.02},
            TOKENS,
            "nn.Embedding.from_pretrained("
            "nn.init.normal_(torch.empty(256, 64), std=0.02), freeze=False)",
        ),
        ("LSTM", {}, SEQUENCE, "nn.LSTM(64, 128, batch_first=True)"),
        (
            "GRU",
            {"hidden_size": WIDTH, "num_layers": 2, "bidirectional": True},
            SEQUENCE,
            "nn.GRU(64, width, num_layers=2, batch_first=True, bidirectional=True)",
        ),
        (
            "RNN",
            {"nonlinearity": "relu"},
            SEQUENCE,
            'nn.RNN(64, 128, batch_first=True, nonlinearity="relu")',
        ),
        ("SinusoidalPositions", {}, SEQUENCE, "SinusoidalPositions(64)"),
        ("Parameter", {"shape": (1, 1, WIDTH)}, SEQUENCE, "torch.zeros(1, 1, width)"),
        ("Parameter", {"shape": (), "init": "ones"}, SEQUENCE, "torch.ones(())"),
        (
            "Parameter",
            {"shape": (1, 197, 768), "init": "normal"},
            SEQUENCE,
            "nn.init.normal_(torch.empty(1, 197, 768), std=0.02)",
        ),
        ("Buffer", {"shape": (3, 1, 1), "fill": 0.5}, SEQUENCE, "torch.full((3, 1, 1), 0.5)"),
    ],
)
def test_constructors(kind: str, params: dict[str, object], x: TensorType, expected: str) -> None:
    spec = LAYERS[kind]
    assert spec.construct is not None
    assert written(spec.construct(resolve(spec, params), (x,))) == expected


@pytest.mark.parametrize(
    ("kind", "params", "inputs", "expected"),
    [
        ("Flatten", {}, (IMAGE,), "torch.flatten(x0, 1)"),
        ("Flatten", {"start_dim": 2}, (IMAGE,), "torch.flatten(x0, 2)"),
        ("Flatten", {"end_dim": 2}, (IMAGE,), "torch.flatten(x0, 1, end_dim=2)"),
        ("Unflatten", {"dim": 2}, (IMAGE,), "torch.unflatten(x0, 2, (-1, 1))"),
        ("Reshape", {"shape": (4, 4, 4)}, (FEATURES,), "torch.reshape(x0, (-1, 4, 4, 4))"),
        ("Reshape", {"shape": (16, -1)}, (IMAGE,), "torch.reshape(x0, (x0.shape[0], 16, -1))"),
        ("Permute", {}, (SEQUENCE,), "torch.permute(x0, (0, 2, 1))"),
        ("Transpose", {}, (SEQUENCE,), "torch.transpose(x0, 1, 2)"),
        ("Mean", {}, (IMAGE,), "torch.mean(x0, (2, 3))"),
        ("Mean", {"dims": 1, "keepdim": True}, (SEQUENCE,), "torch.mean(x0, 1, keepdim=True)"),
        ("Concat", {}, (IMAGE, IMAGE), "torch.cat((x0, x1), dim=1)"),
        ("Concat", {"dim": 0}, (IMAGE, IMAGE), "torch.cat((x0, x1))"),
        ("Add", {}, (IMAGE, IMAGE, IMAGE), "x0 + x1 + x2"),
        ("Multiply", {}, (IMAGE, IMAGE), "x0 * x1"),
        ("Subtract", {}, (IMAGE, IMAGE), "x0 - x1"),
        ("MatMul", {}, (IMAGE, IMAGE), "x0 @ x1"),
        ("Sum", {"dims": (1,)}, (SEQUENCE,), "torch.sum(x0, 1)"),
        ("Max", {}, (IMAGE,), "torch.amax(x0, (2, 3))"),
        ("Cast", {"dtype": "float16"}, (IMAGE,), "x0.to(torch.float16)"),
        ("SplitQKV", {}, (SEQUENCE,), "torch.chunk(x0, 3, dim=-1)"),
        ("SplitAt", {"index": 16}, (FEATURES,), "torch.tensor_split(x0, (16,), dim=1)"),
        ("Einsum", {}, (SEQUENCE, SEQUENCE), 'torch.einsum("bij,bjk->bik", x0, x1)'),
        ("ExpandBatch", {}, (SEQUENCE, IMAGE), "x0.expand(x1.shape[0], -1, -1)"),
        ("Positions", {}, (SEQUENCE,), "torch.arange(x0.shape[1], device=x0.device)"),
        (
            "SplitHeads",
            {"heads": 4},
            (SEQUENCE,),
            "x0.unflatten(-1, (4, -1)).transpose(1, 2)",
        ),
        ("MergeHeads", {}, (IMAGE,), "x0.transpose(1, 2).flatten(2)"),
        (
            "ScaledDotProductAttention",
            {"is_causal": True},
            (IMAGE, IMAGE, IMAGE),
            "nn.functional.scaled_dot_product_attention(x0, x1, x2, is_causal=True)",
        ),
        (
            "ScaledDotProductAttention",
            {"scale": 1.0},
            (IMAGE, IMAGE, IMAGE, IMAGE),
            "nn.functional.scaled_dot_product_attention(x0, x1, x2, attn_mask=x3, scale=1.0)",
        ),
    ],
)  # fmt: skip
def test_functions(
    kind: str, params: dict[str, object], inputs: tuple[TensorType, ...], expected: str
) -> None:
    spec = LAYERS[kind]
    assert spec.function is not None
    args = resolve(spec, params)
    assert written(spec.function(args, inputs, names_of(spec, len(inputs)))) == expected
