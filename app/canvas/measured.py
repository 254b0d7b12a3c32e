"""What a run measured, laid over a scene: colours of blocks, widths of wires."""

from __future__ import annotations

from collections.abc import Mapping

from app.canvas.diagram_scene import DiagramScene
from app.canvas.edge_flow import EdgeFlows
from app.canvas.gradients import GradientCells
from app.canvas.openings import Path
from app.canvas.scene import Sheet
from graphcore.diagram import Instance


class Measured:
    """Keeps what was measured on the sheets of ``scene``, whatever is opened there."""

    def __init__(self, scene: DiagramScene) -> None:
        self._scene = scene
        self._gradients: Mapping[Instance, float] = {}
        self._cells: dict[Path, GradientCells] = {}
        self._flows: EdgeFlows | None = None

    def set_gradients(self, measured: Mapping[Instance, float] | None) -> None:
        """Colour blocks by the RMS of their gradients, by instance of the layer; None takes the
        colours off."""
        self._gradients = measured or {}
        self._color()

    def set_flows(self, flows: EdgeFlows | None) -> None:
        """Draw wires as thick as the gradient that flows along them; None as ever."""
        if flows is not self._flows:
            self._flows = flows
            self._scene.set_flows(flows)

    def lay_anew(self) -> None:
        """Other sheets are shown, or the analysis is another."""
        self._cells = {}
        if self._gradients:
            self._color()
        if self._flows is not None:
            self._scene.set_flows(self._flows)

    def _color(self) -> None:
        if not self._gradients:
            self._scene.set_values({})
            return
        sheets = self._scene.sheets
        if self._cells.keys() != sheets.keys():
            self._cells = {path: self._cells_of(sheet) for path, sheet in sheets.items()}
        self._scene.set_values({p: c.values(self._gradients) for p, c in self._cells.items()})

    def _cells_of(self, sheet: Sheet) -> GradientCells:
        pictures = {id: item.state.face.miniature for id, item in sheet.nodes.items()}
        return GradientCells(self._scene.document.analysis, sheet.place.instance, pictures)
