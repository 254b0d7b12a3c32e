"""The text that people take away: its forms, its names, and the map from its lines."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from graphcore.codegen import to_source
from graphcore.diagram import Block, Definition, Diagram, Node
from graphcore.expression import Expr
from graphcore.gallery import build
from graphcore.module import to_module
from graphcore.spec import FloatParam, IntParam
from tests.diagrams import block, diagram, image, node, residual, wire


def conv(label: str, width: object = 4, **more: object) -> Node:
    return node(label, "Conv2d", out_channels=width, kernel_size=3, padding=1, **more)


def forward(made: Diagram, name: str = "Net") -> str:
    """The body of ``forward`` of one class."""
    text = to_source(made).text.split(f"class {name}(")[1]
    body = text.split("-> torch.Tensor:\n")[1].split("\n\n")[0]
    return dedent(body)


def init(made: Diagram, name: str = "Net") -> str:
    """What ``__init__`` of one class builds."""
    text = to_source(made).text.split(f"class {name}(")[1]
    return dedent(text.split("super().__init__()\n")[1].split("\n\n")[0])


def out() -> Node:
    return node("output", "Output")


FORWARD: dict[str, tuple[Diagram, str]] = {
    "a trunk": (
        diagram(block(image(), conv("a"), node("act", "ReLU"), out())),
        """\
        x = self.a(x)
        return self.act(x)""",
    ),
    "a skip is saved where the trunk leaves it": (
        diagram(
            block(image(), conv("a"), conv("b"), out(), extra=(wire("a", "output", "skip", "s"),))
        ),
        """\
        x = self.a(x)
        identity = x
        x = self.b(x)
        return x + identity""",
    ),
    "two skips that live at once": (
        diagram(
            block(
                image(),
                conv("a"),
                conv("b"),
                conv("c"),
                out(),
                extra=(wire("x", "output", "skip", "s"), wire("a", "c", "skip", "t")),
            )
        ),
        """\
        identity = x
        x = self.a(x)
        a = x
        x = self.b(x)
        x = x + a
        x = self.c(x)
        return x + identity""",
    ),
    "two branches have the names of their layers": (
        diagram(
            block(
                image(),
                conv("left"),
                conv("right"),
                node("join", "Concat"),
                out(),
                edges=[
                    wire("x", "left"),
                    wire("x", "right"),
                    wire("left", "join"),
                    replace(wire("right", "join"), id="r"),
                    wire("join", "output"),
                ],
            )
        ),
        """\
        left = self.left(x)
        x = self.right(x)
        return torch.cat((left, x), dim=1)""",
    ),
    "a concatenating edge": (
        diagram(block(image(), conv("a"), conv("b"), out(), extra=(wire("x", "b", "dense"),))),
        """\
        features = x
        x = self.a(x)
        x = torch.cat((x, features), dim=1)
        return self.b(x)""",
    ),
    "nothing between input and output": (diagram(block(image(), out())), "return x"),
    "an input with a name of its own": (
        diagram(
            block(
                node("picture", "Input", shape=("N", 4, 8, 8)),
                conv("a"),
                conv("b"),
                out(),
                extra=(wire("picture", "output", "skip", "s"),),
            )
        ),
        """\
        x = self.a(picture)
        x = self.b(x)
        return x + picture""",
    ),
    "a short branch that is added to what it begins at": (
        diagram(
            block(
                image(),
                conv("a"),
                conv("b"),
                node("middle", "Junction"),
                conv("c"),
                out(),
                edges=[
                    wire("x", "a"),
                    wire("a", "b"),
                    wire("x", "middle", "skip", "s"),
                    wire("b", "middle"),
                    wire("middle", "c"),
                    wire("middle", "output", "skip", "t"),
                    wire("c", "output"),
                ],
            )
        ),
        """\
        x = x + self.b(self.a(x))
        return x + self.c(x)""",
    ),
    "a longer branch keeps one call a line": (
        diagram(
            block(
                image(),
                *map(conv, "abcd"),
                out(),
                edges=[
                    wire("x", "a"),
                    wire("a", "b"),
                    wire("b", "c"),
                    wire("c", "d"),
                    wire("x", "output", "skip", "s"),
                    wire("d", "output"),
                ],
            )
        ),
        """\
        identity = x
        x = self.a(x)
        x = self.b(x)
        x = self.c(x)
        x = self.d(x)
        return identity + x""",
    ),
    "a sum of what several modules make": (
        diagram(
            block(
                image(),
                *map(conv, "abc"),
                node("add", "Add"),
                out(),
                edges=[
                    wire("x", "a"),
                    wire("a", "b"),
                    wire("a", "c"),
                    wire("b", "add"),
                    replace(wire("c", "add"), id="r"),
                    wire("add", "output"),
                ],
            )
        ),
        """\
        x = self.a(x)
        return self.b(x) + self.c(x)""",
    ),
    "a switched-off layer is passed by": (
        diagram(block(image(), conv("a"), conv("b", active=False), out())),
        "return self.a(x)",
    ),
}


@pytest.mark.parametrize("name", FORWARD)
def test_forward(name: str) -> None:
    made, text = FORWARD[name]
    assert forward(made) == dedent(text)


def grows() -> Block:
    """A layer of DenseNet: its input concatenated to what it makes of it."""
    return block(
        node("x", "Input"),
        conv("conv", Expr("growth")),
        out(),
        edges=[wire("x", "output", "dense"), wire("x", "conv"), wire("conv", "output")],
        params=(IntParam(name="growth", doc="Channels added."),),
    )


REPEATS: dict[str, tuple[Diagram, str]] = {
    "equal copies": (
        diagram(block(image(), conv("a", repeat=5), out())),
        "self.a = nn.Sequential(*(nn.Conv2d(4, 4, 3, padding=1) for _ in range(5)))",
    ),
    "few copies are written out": (
        diagram(block(image(), conv("a", repeat=2), out())),
        """\
        self.a = nn.Sequential(
            nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        )""",
    ),
    "a first copy that differs": (
        diagram(block(image(), conv("a", 6, repeat=9), out())),
        """\
        self.a = nn.Sequential(
            nn.Conv2d(4, 6, 3, padding=1),
            *(nn.Conv2d(6, 6, 3, padding=1) for _ in range(8)),
        )""",
    ),
    "a progression": (
        diagram(block(image(), node("g", "Grow", growth=12, repeat=6), out()), Grow=grows()),
        "self.g = nn.Sequential(*(Grow(12 * i + 4, 12) for i in range(6)))",
    ),
    "a progression in the names of the class": (
        diagram(
            block(
                image(),
                node("g", "Grow", growth=Expr("k"), repeat=Expr("n_layers")),
                out(),
                params=(
                    IntParam(name="k", doc="Growth.", default=12),
                    IntParam(name="n_layers", doc="Layers.", default=6),
                ),
            ),
            Grow=grows(),
        ),
        "self.g = nn.Sequential(*(Grow(i * k + 4, k) for i in range(n_layers)))",
    ),
}


@pytest.mark.parametrize("name", REPEATS)
def test_repeats(name: str) -> None:
    made, text = REPEATS[name]
    assert init(made) == dedent(text)
    to_module(made)


def test_the_residual_block_comes_out_as_textbooks_print_it() -> None:
    made = build("resnet20-digits")
    assert init(made, "Residual") == dedent(
        """\
        self.conv1 = nn.Conv2d(
            in_channels, width, 3, stride=stride, padding=1, bias=False
        )
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = nn.Identity()
        if stride != 1 or in_channels != width:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, width, 1, stride=stride, bias=False),
                nn.BatchNorm2d(width),
            )
        self.relu2 = nn.ReLU()"""
    )


def test_what_no_expression_says_becomes_an_argument() -> None:
    """Two places flatten images of different sizes: the class takes the number of features."""
    head = block(
        node("x", "Input"),
        node("flat", "Flatten"),
        node("fc", "Linear", out_features=8),
        node("back", "Unflatten", dim=1, unflattened_size=(8, 1, 1)),
        out(),
    )
    made = diagram(
        block(
            image(),
            node("one", "Head"),
            node("up", "Upsample", scale_factor=2),
            node("two", "Head"),
            out(),
        ),
        Head=head,
    )
    text = to_source(made).text
    assert "def __init__(self, fc_in: int) -> None:" in text
    assert "self.one = Head(fc_in=256)" in text
    assert "self.two = Head(fc_in=32)" in text


def test_a_sequential_block_has_no_class() -> None:
    inner = replace(
        block(node("x", "Input"), conv("a"), node("act", "ReLU"), out()), form="sequential"
    )
    made = diagram(block(image(), node("features", "Stem"), out()), Stem=inner)
    assert init(made) == dedent(
        """\
        self.features = nn.Sequential(
            nn.Conv2d(4, 4, 3, padding=1),
            nn.ReLU(),
        )"""
    ) or "nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU())" in init(made)
    assert list(to_module(made).state_dict()) == ["features.0.weight", "features.0.bias"]


def test_free_text_can_only_be_a_docstring() -> None:
    evil = 'Nice """\n\nimport os\nos.system("true")\n\\'
    made = diagram(replace(block(image(), conv("a"), out()), doc=evil))
    text = to_source(made).text
    assert text.count('"""') == 4
    assert "\nimport os" not in text
    compile(text, "exported", "exec")  # The export is Python whatever people write.


def test_a_float_of_the_class_is_passed_on() -> None:
    inner = block(
        node("x", "Input"),
        node("drop", "Dropout", p=Expr("rate")),
        out(),
        params=(FloatParam(name="rate", doc="Dropped share.", default=0.1),),
    )
    made = diagram(
        block(image(), node("a", "Inner", rate=0.2), node("b", "Inner"), out()), Inner=inner
    )
    assert "self.drop = nn.Dropout(rate)" in init(made, "Inner") or "p=rate" in init(made, "Inner")
    assert "self.a = Inner(rate=0.2)" in init(made)
    assert "self.b = Inner()" in init(made)


def test_lines_and_blocks_point_at_each_other() -> None:
    made = build("resnet20-digits")
    source = to_source(made)
    lines = source.text.splitlines()
    for item, words in {"conv1": "conv1", "downsample": "downsample", "bn2": "bn2"}.items():
        numbers = source.lines_of(Definition("Residual", item))
        assert numbers
        for number in numbers:
            assert Definition("Residual", item) in source.lines[number]
        assert any(words in lines[number - 1] for number in numbers)
    assert lines[source.lines_of(Definition("Residual", ""))[0] - 1].startswith("class Residual")
    assert source.lines_of(Definition("Residual", "nowhere")) == ()


def test_blocks_that_are_not_used_are_not_emitted() -> None:
    made = diagram(block(image(), conv("a"), out()), Spare=residual())
    assert "Spare" not in to_source(made).text
