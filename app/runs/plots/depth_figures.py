"""What can be seen of every layer from input to output at one step, besides its gradient."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from app.canvas.flow_words import percent
from app.runs.listing.comparison import Plotted
from app.runs.plots import chart
from app.runs.plots.chart import Axis, Tick
from app.runs.plots.depth_order import LayerOutput, outputs_of
from app.runs.session import Run
from graphcore.diagram import Instance


class DepthFigure(NamedTuple):
    """A layer's figure: NaN where it was not measured. ``beside`` is drawn hollow on the same
    axis; ``words`` tell both."""

    name: str
    instance: Instance
    value: float
    beside: float
    words: str


Figures = tuple[DepthFigure, ...]


class RunDepth:
    """What a run knows of its layers."""

    def __init__(self, plotted: Plotted) -> None:
        self.run: Run = plotted.run
        self.title, self.look = plotted.title, plotted.look

    @cached_property
    def _known(self) -> tuple[LayerOutput, ...]:
        return outputs_of(self.run.diagram, self.run.edges.rows())

    @property
    def outputs(self) -> tuple[LayerOutput, ...]:
        """The outputs of its layers, from input to output; none before anything was measured."""
        return self._known if self.run.edges.steps else ()

    def updates(self, step: int) -> tuple[int, Figures]:
        """The last step up to ``step`` that was measured, and how far each layer's weights moved
        in it, of their own size."""
        step, ratios = self.run.updates.at(step)
        if ratios is None:
            return 0, ()
        return step, tuple(
            DepthFigure(row.module, row.instance, ratio, math.nan, _plain(ratio))
            for row, ratio in zip(self.run.updates.rows, ratios.tolist(), strict=True)
        )

    def zeros(self, step: int) -> tuple[int, Figures]:
        """As :meth:`updates`: the share of zeros in what each layer gives."""
        return self._of_outputs(step, lambda m, d, z: (z, math.nan, f"{percent(z)} zeros"))

    def spread(self, step: int) -> tuple[int, Figures]:
        """As :meth:`updates`: standard deviation and, beside it, the size of the mean."""
        return self._of_outputs(
            step, lambda m, d, z: (d, abs(m), f"deviation {_plain(d)}, mean {_plain(m)}")
        )

    def _of_outputs(
        self, step: int, of: Callable[[float, float, float], tuple[float, float, str]]
    ) -> tuple[int, Figures]:
        flows = self.run.edges.at(step)
        if flows is None:
            return 0, ()
        found = []
        for one in self.outputs:
            measure = flows.of(one.instance, one.edge)
            if measure is None or math.isnan(measure.deviation):
                continue
            value, beside, words = of(measure.mean, measure.deviation, measure.zeros)
            found.append(DepthFigure(one.name, one.layer, value, beside, words))
        return flows.step, tuple(found)


@dataclass(frozen=True)
class DepthKind:
    """A thing to be seen over depth: how it is read from a run, its axis and its words."""

    figures: Callable[[RunDepth, int], tuple[int, Figures]]
    axis: Axis
    ticks: tuple[Tick, ...]
    title: str
    about: str
    usual: float = math.nan
    """Where a healthy net usually is; drawn as a line."""


UPDATES: Final = DepthKind(
    RunDepth.updates,
    Axis(1e-6, 1e0, logarithmic=True),
    chart.decade_ticks(1e-6, 1e0, 3),
    "‖Δw‖ / ‖w‖ of a step",
    "how far the optimizer moves the weights of a layer in a step, of their own size. About 1e-3, "
    "the darker line, is usual; much more is wild, much less stands still.",
    1e-3,
)
ZEROS: Final = DepthKind(
    RunDepth.zeros,
    Axis(0.0, 1.0),
    (Tick(0.0, "0"), Tick(0.5, "50"), Tick(1.0, "100 %")),
    "zeros in the layer's output",
    "the share of zeros in what a layer gives, over a minibatch. Behind a ReLU half is usual at "
    "the beginning; near 100 % its units are dead and pass no gradient.",
)
SPREAD: Final = DepthKind(
    RunDepth.spread,
    Axis(1e-4, 1e4, logarithmic=True),
    chart.decade_ticks(1e-4, 1e4, 4),
    "output: deviation ●, |mean| ○",
    "the standard deviation of what a layer gives, and hollow beside it the size of its mean. "
    "Where they grow or shrink from layer to layer, so do gradients.",
    1.0,
)


def _plain(value: float) -> str:
    return f"{value:.2g}".replace("-", "−", 1) if math.isfinite(value) else "not a finite number"
