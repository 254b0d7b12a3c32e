"""What one picture of the plots costs: small runs as in the first minute, and large ones.

A second has thirty of each; the three together should stay well below 33 ms.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QWidget

from app import stylesheet
from app.runs.cursor import Cursor
from app.runs.history import History
from app.runs.plots.curve_plot import CurvePlot
from app.runs.plots.curves import Curve
from app.runs.plots.heatmap import HeatMap
from app.runs.plots.look import RunLook
from app.runs.plots.profile import Profile
from graphcore.training.measuring.step_file import COLUMNS, StepFile, StepWriter
from tests.bench.interleaved import milliseconds, seconds
from tests.runs.synthetic import rows_of

SIZES = {CurvePlot: QSize(1200, 600), HeatMap: QSize(600, 600), Profile: QSize(400, 600)}
ROUNDS = 30
MANY = 20


def large_history(folder: Path, steps: int, layers: int) -> History:
    """A run with figures drawn at random, over the whole of the scale."""
    rows = rows_of(tuple(f"stage{layer // 20}.{layer % 20}.conv" for layer in range(layers)))
    random = np.random.default_rng(0)
    figures = random.uniform(-9, 1, (steps, len(COLUMNS) + layers))
    with StepWriter(folder / f"{steps}-{layers}.f32", rows) as writer:
        writer.append((10**figures).astype(np.float32))
    made = History(StepFile(folder / f"{steps}-{layers}.f32"))
    made.pull()
    return made


def paint(widget: QWidget) -> Callable[[], object]:
    """Paints the widget once."""
    return lambda: widget.grab()


def measure(folder: Path, steps: int, layers: int, print_line: Callable[[str], None]) -> None:
    """Prints the time of a picture of each plot, for two such runs."""
    made = large_history(folder, steps, layers)
    time = Cursor()
    time.extend(steps, steps)
    curves = [Curve("with", RunLook(0), made), Curve("without", RunLook(1), made)]
    plot, heat_map, profile = CurvePlot(time), HeatMap(time), Profile(time)
    plot.set_curves(curves)
    profile.set_curves(curves)
    heat_map.set_history(made)
    for widget in (plot, heat_map, profile):
        widget.resize(SIZES[type(widget)])
        work = paint(widget)
        work()
        times = [seconds(work) for _ in range(ROUNDS)]
        name = type(widget).__name__
        print_line(f"  {name}, {steps:,} steps of {layers} layers: {milliseconds(times)}")


def measure_many(folder: Path, steps: int, print_line: Callable[[str], None]) -> None:
    """Prints the time of a picture of twenty runs: the first, and one after the cursor moved."""
    histories = [large_history(folder, steps + index, 20) for index in range(MANY)]
    curves = [Curve(f"run {index}", RunLook(index), one) for index, one in enumerate(histories)]
    time = Cursor()
    time.extend(steps, steps + MANY)
    plot = CurvePlot(time)
    plot.resize(SIZES[CurvePlot])
    work = paint(plot)
    first: list[float] = []
    later: list[float] = []
    plot.set_curves(curves, names_only=True)
    for index in range(ROUNDS // 3):
        plot.resize(SIZES[CurvePlot] - QSize(index + 1, 0))
        first.append(seconds(work))
        time.go(index + 1)
        later.append(seconds(work))
    print_line(f"  {MANY} runs of {steps:,} steps, drawn anew: {milliseconds(first)}")
    print_line(f"  {MANY} runs of {steps:,} steps, the cursor moved: {milliseconds(later)}")


def main(print_line: Callable[[str], None] = print) -> None:
    """Prints everything that is measured."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    stylesheet.dress(application)
    print_line("one picture of the plots")
    with tempfile.TemporaryDirectory() as folder:
        for steps, layers in ((200, 60), (20_000, 120), (100_000, 60)):
            measure(Path(folder), steps, layers, print_line)
        for steps in (200, 20_000):
            measure_many(Path(folder), steps, print_line)


if __name__ == "__main__":
    main()
