"""What palette, form, tooltip, search and code rely on in every registration."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from graphcore.diagram import INPUT, OUTPUT, Scale, name_problem
from graphcore.expression import Code, Expr
from graphcore.layers import LAYERS
from graphcore.scale_words import chip_text
from graphcore.spec import ChoiceParam, Refused
from graphcore.tensor_type import TensorType, symbol
from tests.layers.oracle import resolve

each_kind = pytest.mark.parametrize("kind", LAYERS)
LAYER_KINDS = [kind for kind in LAYERS if kind not in (INPUT, OUTPUT)]
SUPPORTED = [kind for kind, spec in LAYERS.items() if spec.support]


def test_the_palette_begins_with_what_is_used_most() -> None:
    families = list(dict.fromkeys(spec.family for spec in LAYERS.values()))
    assert families == [
        "Structure",
        "Convolution",
        "Linear",
        "Normalization",
        "Activation",
        "Pooling",
        "Regularization",
        "Skip connections",
        "Attention",
        "Shape",
        "Resampling",
        "Padding",
        "Embedding",
        "Learned values",
        "Recurrent",
        "Similarity",
    ]
    firsts = {spec.family: kind for kind, spec in reversed(list(LAYERS.items()))}
    assert firsts["Convolution"] == "Conv2d"
    assert firsts["Normalization"] == "BatchNorm2d"
    assert firsts["Activation"] == "ReLU"
    assert firsts["Pooling"] == "MaxPool2d"
    assert firsts["Skip connections"] == "Add"


@each_kind
def test_documentation_is_sentences(kind: str) -> None:
    spec = LAYERS[kind]
    for doc in (spec.doc, *(param.doc for param in spec.params)):
        assert doc[0].isupper() or doc[0] in "'x" or doc.startswith("log(")
        assert doc.endswith(".")
        assert "  " not in doc


@each_kind
def test_labels_can_be_python_names(kind: str) -> None:
    assert name_problem(LAYERS[kind].stem) is None
    assert name_problem(f"{LAYERS[kind].stem}1") is None


@each_kind
def test_parameter_names_are_torchs_style_and_safe(kind: str) -> None:
    names = [param.name for param in LAYERS[kind].params]
    assert len(set(names)) == len(names)
    assert "inplace" not in names
    assert all(name.isidentifier() and name == name.lower() for name in names)
    assert not {"in_channels", "in_features", "num_features"}.intersection(names)


@each_kind
def test_defaults_are_allowed(kind: str) -> None:
    assert set(resolve(LAYERS[kind], {})) == set(LAYERS[kind].by_name)


@each_kind
def test_choices_have_a_title_each(kind: str) -> None:
    for param in LAYERS[kind].params:
        if isinstance(param, ChoiceParam) and param.titles:
            assert len(param.titles) == len(param.choices)


@each_kind
def test_two_short_lines_stand_on_a_block(kind: str) -> None:
    spec = LAYERS[kind]
    assert spec.title is not None
    title = spec.title(spec.defaults())  # type: ignore[arg-type]
    assert 0 < len(title) <= (10 if spec.chip else 16)
    assert spec.caption is None or len(spec.caption(resolve(spec, {}))) <= 20


@pytest.mark.parametrize(
    ("kind", "params", "title", "caption"),
    [
        ("Conv2d", {"out_channels": 32, "stride": 2}, "Conv 3×3", "32 · /2"),
        ("Conv2d", {"kernel_size": (1, 7), "stride": (1, 2)}, "Conv 1×7", "16 · /1×2"),
        ("Conv2d", {"out_channels": symbol("width")}, "Conv 3×3", "width"),
        ("Conv2d", {"groups": 16}, "Conv 3×3", "16 · 16 groups"),
        ("Conv1d", {"kernel_size": 9}, "Conv 9", "16"),
        ("Linear", {"out_features": 10}, "Linear", "10"),
        ("MaxPool2d", {"kernel_size": 3, "stride": 2}, "Max pool 3×3", "/2"),
        ("AdaptiveAvgPool2d", {}, "Avg pool", "global"),
        ("AdaptiveAvgPool2d", {"output_size": (7, None)}, "Avg pool", "to 7×all"),
        ("GroupNorm", {"num_groups": 8}, "GN", "8"),
        ("Gain", {}, "Gain", "α · 0"),
        ("Gain", {"init": 0.5, "trainable": False}, "Gain", "fixed · 0.5"),
        ("StochasticDepth", {"p": Code("0.2 * i / 16")}, "Stochastic depth", "0.2 * i / 16"),
        ("Upsample", {"mode": "bilinear"}, "Upsample", "×2 · bilinear"),
        ("ZeroPad2d", {"padding": (0, 1, 0, 1)}, "Zero pad", "0 1 0 1"),
        ("MultiheadAttention", {"num_heads": 12}, "Attention", "12 heads"),
        ("MultiheadAttention", {"is_causal": True}, "Attention", "8 heads · causal"),
        ("ScaledDotProductAttention", {"is_causal": True}, "Dot attention", "causal"),
        ("SplitQKV", {}, "Split q k v", "axis -1"),
        ("SplitHeads", {"heads": 12}, "Split heads", "12 heads"),
        ("Slice", {"start": 1}, "Slice", "axis 1 · 1:"),
        ("Slice", {"stop": -1, "step": 2}, "Slice", "axis 1 · :-1:2"),
        ("Select", {}, "Select", "axis 1 · 0"),
        ("Parameter", {"shape": (1, 197, 768)}, "Parameter", "1×197×768"),
        ("LSTM", {"bidirectional": True, "num_layers": 2}, "LSTM", "128 · 2 layers · ↔"),
    ],
)
def test_what_stands_on_a_block(
    kind: str, params: dict[str, object], title: str, caption: str
) -> None:
    spec = LAYERS[kind]
    args = resolve(spec, params)
    assert spec.title is not None
    assert spec.caption is not None
    assert (spec.title(args), spec.caption(args)) == (title, caption)


@pytest.mark.parametrize("kind", LAYER_KINDS)
def test_a_layer_can_be_written_as_code(kind: str) -> None:
    spec = LAYERS[kind]
    assert spec.construct or spec.function
    assert spec.search
    assert all(word == word.lower() for word in spec.search)


def test_chips_are_what_follows_a_layer() -> None:
    families = {spec.family for spec in LAYERS.values() if spec.chip}
    assert families == {"Normalization", "Activation", "Regularization"}


def test_scales_take_one_value_and_keep_its_shape() -> None:
    scales = {kind: spec for kind, spec in LAYERS.items() if spec.presets}
    assert scales.keys() == {"Gain", "StochasticDepth", "SqueezeExcitation"}
    x = TensorType((symbol("N"), 16, 8, 8))
    for spec in scales.values():
        assert len(spec.inputs) == 1
        for preset in spec.presets:
            assert name_problem(preset.stem) is None
            assert spec.shape(resolve(spec, preset.params), (x,)) == (x,)


@pytest.mark.parametrize(
    ("kind", "given", "chip"),
    [
        ("Gain", {}, "· α"),
        ("Gain", {"per_channel": True}, "· γ"),
        ("Gain", {"init": 0.5, "trainable": False}, "· ½"),
        ("Gain", {"init": 0.5**0.5, "trainable": False}, "· 1/√2"),
        ("Gain", {"init": 0.1, "trainable": False}, "· 0.1"),
        ("StochasticDepth", {"p": 0.2}, "drop 0.2"),
        ("SqueezeExcitation", {"reduction": 16}, "SE /16"),
    ],
)
def test_the_chip_of_a_scale_is_short(kind: str, given: dict[str, Any], chip: str) -> None:
    spec = LAYERS[kind]
    assert spec.short is not None
    assert spec.short(resolve(spec, given)) == chip


@pytest.mark.parametrize(("p", "chip"), [("rate", "drop rate"), ("drop", "drop")])
def test_the_chip_of_stochastic_depth_says_drop_once(p: str, chip: str) -> None:
    assert chip_text(Scale("StochasticDepth", "depth", {"p": Expr(p)})) == chip


def test_a_linear_decay_is_that_of_stochastic_depth() -> None:
    assert {kind: spec.decays for kind, spec in LAYERS.items() if spec.decays} == {
        "StochasticDepth": "p"
    }


def test_batch_statistics_are_those_of_batch_norm() -> None:
    found = {kind for kind, spec in LAYERS.items() if spec.batch_statistics}
    assert found == {"BatchNorm1d", "BatchNorm2d", "BatchNorm3d"}


class TestSupportClasses:
    @pytest.mark.parametrize("kind", SUPPORTED)
    def test_it_defines_the_class_and_names_a_paper(self, kind: str) -> None:
        source = LAYERS[kind].support
        assert source.startswith(f"class {kind}(nn.Module):\n")
        assert re.search(r"et al., (19|20)\d\d", source)

    def test_it_is_formatted(self) -> None:
        """Together, as they stand in an exported file."""
        text = "import torch\nfrom torch import nn\n\n\n" + "\n\n".join(
            LAYERS[kind].support for kind in SUPPORTED
        )
        for arguments in (["format", "--diff"], ["check", "--select", "E,F,W,I,UP,B"]):
            command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "-q"]
            command += ["--stdin-filename", "net.py", "-"]
            done = subprocess.run(command, input=text, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("kind", "params", "x", "message"),
    [
        (
            "Conv2d",
            {},
            ("N", 64),
            "Conv2d needs an image N×C×H×W, but gets N×64; put a Reshape before it",
        ),
        (
            "Conv2d",
            {},
            ("N", 64, 100),
            "Conv2d needs an image N×C×H×W, but gets N×64×100; use Conv1d, or put a Reshape "
            "before it",
        ),
        (
            "Conv2d",
            {"kernel_size": 5, "padding": 0},
            ("N", 64, 4, 4),
            "Conv2d looks at windows of 5×5, but the input of 4×4 is 4×4 with its padding; make "
            "kernel_size smaller or padding larger",
        ),
        (
            "Conv2d",
            {"groups": 3},
            ("N", 64, 8, 8),
            "Conv2d cannot split 64 input channels evenly by groups = 3; choose a divisor of 64",
        ),
        (
            "GroupNorm",
            {"num_groups": 5},
            ("N", 16, 8, 8),
            "GroupNorm cannot split 16 channels evenly by num_groups = 5; choose a divisor of 16",
        ),
        (
            "MaxPool2d",
            {},
            ("N", 16, 1, 1),
            "MaxPool2d looks at windows of 2×2, but the input of 1×1 is 1×1 with its padding; "
            "make kernel_size smaller or padding larger",
        ),
        (
            "Reshape",
            {"shape": (7, -1)},
            ("N", 16, 4, 4),
            "Reshape cannot arrange 256 values as 7×-1; choose sizes whose product divides 256",
        ),
        (
            "Linear",
            {},
            (),
            "Linear needs features on the last axis, but gets a scalar; put a Reshape before it",
        ),
        (
            "MultiheadAttention",
            {"num_heads": 7},
            ("N", "L", 64),
            "MultiheadAttention cannot split 64 features evenly by num_heads = 7; choose a divisor "
            "of 64",
        ),
        (
            "LSTM",
            {},
            ("N", 64),
            "LSTM needs a sequence N×L×E, but gets N×64; flatten its places and put the channels "
            "last, or look the tokens up in an Embedding",
        ),
        (
            "SplitQKV",
            {},
            ("N", "L", 64),
            "SplitQKV cannot cut axis 2 of N×L×64 into 3 equal pieces; choose another axis, or use "
            "SplitAt",
        ),
        (
            "Slice",
            {"stop": 65},
            ("N", 64),
            "Slice looks at place 65 of axis 1, but N×64 has only 64 there; choose 'stop' between "
            "-64 and 64",
        ),
        (
            "Einsum",
            {"equation": "bij->bik"},
            ("N", 3, 4),
            "Einsum cannot make the axis 'k' of the result: it stands in no input; write it as "
            "'bij,bjk->bik': a letter an axis, a comma between inputs, '->', the result",
        ),
        (
            "SqueezeExcitation",
            {"reduction": 32},
            ("N", 16, 4, 4),
            "SqueezeExcitation has nothing left of 16 channels after a reduction by 32; make "
            "reduction at most 16",
        ),
        (
            "PadShortcut",
            {"out_channels": 8},
            ("N", 16, 4, 4),
            "PadShortcut can only add channels, but gets 16 and shall leave 8; use a 1×1 "
            "convolution",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong_and_how_to_mend_it(
    kind: str, params: dict[str, object], x: tuple[str | int, ...], message: str
) -> None:
    spec = LAYERS[kind]
    dims = tuple(symbol(item) if isinstance(item, str) else item for item in x)
    with pytest.raises(Refused) as refused:
        spec.shape(resolve(spec, params), (TensorType(dims),))
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("kind", "params", "a", "b", "message"),
    [
        (
            "Add",
            {},
            ("N", 16, 8, 8),
            ("N", 32, 8, 8),
            "Add needs inputs of one shape, but gets N×16×8×8 and N×32×8×8; put a 1×1 convolution "
            "before one of them",
        ),
        (
            "Add",
            {},
            ("N", 16, 8, 8),
            ("N", 16, 4, 4),
            "Add needs inputs of one shape, but gets N×16×8×8 and N×16×4×4; pool, crop or "
            "upsample one of them",
        ),
        (
            "Add",
            {},
            ("N", 3, 8, 8),
            ("N", 1, 8, 8),
            "Add would stretch N×3×8×8 and N×1×8×8 to one shape without a word; make the sizes "
            "agree, or turn on 'broadcast' if that is meant",
        ),
        (
            "Concat",
            {},
            ("N", 16, 8, 8),
            ("N", 16, 4, 4),
            "Concat joins along axis 1, so all other sizes must agree, but it gets N×16×8×8 and "
            "N×16×4×4; pool, crop or upsample one of them",
        ),
        (
            "MatMul",
            {},
            ("N", 10, 64),
            ("N", 10, 64),
            "MatMul needs the last axis of a, 64, to be as long as the rows of b, 10, but gets "
            "N×10×64 and N×10×64; put a Transpose before one of them",
        ),
    ],
)
def test_a_join_says_which_sizes_do_not_meet(
    kind: str,
    params: dict[str, object],
    a: tuple[str | int, ...],
    b: tuple[str | int, ...],
    message: str,
) -> None:
    spec = LAYERS[kind]
    inputs = tuple(
        TensorType(tuple(symbol(item) if isinstance(item, str) else item for item in dims))
        for dims in (a, b)
    )
    with pytest.raises(Refused) as refused:
        spec.shape(resolve(spec, params), inputs)
    assert str(refused.value) == message
