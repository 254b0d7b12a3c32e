"""What a new measurement of the edges costs the window, which comes every 20 steps of a run.

Reading it, giving the wires their widths, and the picture after it, each on its own: ResNet-56 with
its stages open in place, and 56 layers side by side with a skip round every two. Every time all
figures differ from those before, so that every wire is painted anew.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from app import stylesheet
from app.canvas.view import CanvasView
from app.runs.edge_history import EdgeHistory
from app.runs.panes import CanvasPane
from graphcore import gallery
from graphcore.analysis import analyse
from graphcore.diagram import Diagram
from graphcore.layout import arrange_diagram
from graphcore.training.measuring.edge_file import FIGURES, EdgeFigures, EdgeFile, EdgeWriter
from graphcore.training.measuring.edge_paths import edge_rows
from tests import diagrams as write
from tests.bench.interleaved import milliseconds, ratio, seconds

ROUNDS = 40


def side_by_side(layers: int) -> Diagram:
    """A net of so many convolutions in one block, each followed by an activation, with a skip round
    every two."""
    made = [write.image(4)]
    skips = []
    for layer in range(layers):
        made.append(write.node(f"conv{layer}", "Conv2d", out_channels=4, kernel_size=3, padding=1))
        made.append(write.node(f"relu{layer}", "ReLU"))
        if layer >= 2 and layer % 2 == 0:
            ends = (f"relu{layer - 2}", f"relu{layer}")
            skips.append(write.wire(*ends, "skip", f"skip{layer}"))
    made.append(write.node("output", "Output"))
    return arrange_diagram(write.diagram(write.block(*made, extra=tuple(skips))))


def measure(diagram: Diagram, name: str, folder: Path, print_line: Callable[[str], None]) -> None:
    """Prints the times of one measurement after the other."""
    rows = edge_rows(analyse(diagram))
    pane = CanvasPane(diagram)
    pane.resize(1200, 400)
    pane.show()
    view = pane.view
    view.diagram_scene.open_all()
    view.fit()
    QApplication.processEvents()
    wires = sum(len(sheet.edges) for sheet in view.diagram_scene.sheets.values())
    edges = EdgeHistory(EdgeFile(folder / f"{name}.f32"))
    random = np.random.default_rng(0)
    times: dict[str, list[float]] = {"read": [], "widths": [], "picture": [], "before": []}
    with EdgeWriter(folder / f"{name}.f32", rows) as writer:
        for step in range(0, 20 * ROUNDS, 20):
            view.set_flows(None)
            view.viewport().update()
            times["before"].append(seconds(QApplication.processEvents))
            figures = 10 ** random.uniform(-11, 3, (len(rows), FIGURES))
            writer.write(EdgeFigures(step, figures))
            times["read"].append(seconds(edges.pull))
            times["widths"].append(seconds(partial(show, view, edges, step + 1)))
            view.viewport().update()
            times["picture"].append(seconds(QApplication.processEvents))
    print_line(f"{name}: {len(rows)} edges measured, {wires} wires shown, at {view.zoom:.0%}")
    for part in ("read", "widths", "picture"):
        print_line(f"  {part}: {milliseconds(times[part])}")
    more = ratio(times["picture"], times["before"])
    print_line(f"  picture, all wires in widths / as ever: {more}")


def show(view: CanvasView, edges: EdgeHistory, step: int) -> None:
    """Give the wires their widths."""
    view.set_flows(edges.at(step))


def main(print_line: Callable[[str], None] = print) -> None:
    """Prints everything that is measured."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    stylesheet.dress(application)
    with tempfile.TemporaryDirectory() as folder:
        measure(gallery.build("resnet56-digits"), "ResNet-56", Path(folder), print_line)
        measure(side_by_side(56), "56 layers side by side", Path(folder), print_line)


if __name__ == "__main__":
    main()
