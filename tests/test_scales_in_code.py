"""The code of scaled residual blocks, read as a reviewer would: what is printed here is what comes
out, letter by letter."""

from __future__ import annotations

from typing import Any

from graphcore import edits
from graphcore.codegen import to_source
from graphcore.diagram import Diagram
from graphcore.edits.scales import ScalePlace
from graphcore.expression import Expr
from tests.diagrams import block, diagram, image, node, residual, wire

REZERO = '''
class Block(nn.Module):
    """A layer whose branch begins at nothing."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(in_channels, in_channels)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(in_channels, in_channels)
        self.alpha = Gain(0.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        x = self.fc1(x)
        x = self.relu(x)
        x = self.fc2(x)
        x = self.alpha(x)
        return x + identity


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(Block(16) for _ in range(8)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks(x)
'''

DEPTH_AND_SE = """
class Residual(nn.Module):
    def __init__(
        self, in_channels: int, width: int, stride: int = 1, drop: float = 0.0
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, width, 3, stride=stride, padding=1, bias=False
        )
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.se = SqueezeExcitation(width, width // 16)
        self.drop_path = StochasticDepth(drop)
        self.downsample = nn.Identity()
        if stride != 1 or in_channels != width:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, width, 1, stride=stride, bias=False),
                nn.BatchNorm2d(width),
            )
        self.scale = Gain(0.5, trainable=False)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu1(x)
        x = self.conv2(x)
        x = self.bn2(x)
        x = self.se(x)
        x = self.drop_path(x)
        x = x + self.scale(self.downsample(identity))
        return self.relu2(x)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stage1 = nn.Sequential(
            Residual(3, 32, drop=0.2 / 7), Residual(32, 32, drop=0.2 * 2 / 7)
        )
        self.stage2 = nn.Sequential(
            Residual(32, 64, stride=2, drop=0.2 * 3 / 7),
            *(Residual(64, 64, drop=0.2 * (3 + i) / 7) for i in range(1, 4)),
        )
        self.head = Residual(64, 64, drop=0.2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stage1(x)
        x = self.stage2(x)
        return self.head(x)
"""


def classes(made: Diagram, first: str) -> str:
    """The classes of the net itself: from ``first`` on, without what runs the file."""
    text = to_source(made).text
    return "\n" + text[text.index(f"class {first}(") : text.index("\n\nif __name__")]


def test_rezero() -> None:
    inner = block(
        node("x", "Input"),
        node("fc1", "Linear", out_features=Expr("in_channels")),
        node("relu", "ReLU"),
        node("fc2", "Linear", out_features=Expr("in_channels")),
        node("output", "Output"),
        extra=(wire("x", "output", "skip", "shortcut"),),
        doc="A layer whose branch begins at nothing.",
    )
    main = block(
        node("x", "Input", shape=("N", 16)),
        node("blocks", "Block", repeat=8),
        node("output", "Output"),
    )
    made = diagram(main, Block=inner)
    made, _ = edits.add_scale(made, "Block", ScalePlace("output", "x"), "Gain", stem="alpha")
    assert classes(made, "Block") == REZERO


def test_stochastic_depth_squeeze_and_excitation_and_a_halved_shortcut() -> None:
    main = block(
        image(3, 32),
        node("stage1", "Residual", width=32, repeat=2),
        node("stage2", "Residual", width=64, stride=Expr("2 if i == 0 else 1"), repeat=4),
        node("head", "Residual", width=64),
        node("output", "Output"),
    )
    made = diagram(main, Residual=residual())
    branch, shortcut = ScalePlace("relu2", "x"), ScalePlace("downsample")
    squeezed: dict[str, Any] = {"reduction": 16}
    half: dict[str, Any] = {"init": 0.5, "trainable": False}
    made, _ = edits.add_scale(made, "Residual", branch, "SqueezeExcitation", params=squeezed)
    made, _ = edits.add_scale(made, "Residual", shortcut, "Gain", params=half, stem="scale")
    made = edits.stochastic_depth(made, "Net", {"stage1", "stage2", "head"}, 0.2)
    assert classes(made, "Residual") == DEPTH_AND_SE
