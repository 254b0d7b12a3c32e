"""The layers from input to output at one step: gradients, updates, values, shortcuts, or the
histograms of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from app.runs.cursor import Cursor
from app.runs.listing.comparison import Plotted
from app.runs.panes import CanvasPane, ChartPane
from app.runs.plots.curves import Curve
from app.runs.plots.depth_figures import SPREAD, UPDATES, ZEROS
from app.runs.plots.depth_view import DepthView
from app.runs.plots.histogram_view import HistogramView
from app.runs.plots.profile import Profile
from app.runs.plots.shares import RunShares, ShareView
from graphcore.diagram import Instance

Shown = Literal["gradients", "updates", "zeros", "spread", "shortcuts", "histogram"]

TITLES: Final[dict[Shown, tuple[str, str]]] = {
    "gradients": ("Gradients", "The gradient of every layer's weights, from input to output"),
    "updates": (
        "Updates",
        "How far every layer's weights move in a step, of their own size; unlike gradients it is "
        "measured every few steps, as the recipe says (edges every)",
    ),
    "zeros": ("Zeros", "The share of zeros in every layer's output: dead ReLUs"),
    "spread": ("Values", "Mean and standard deviation of every layer's output"),
    "shortcuts": ("Shortcuts", "How much of the gradient comes back by the shortcut, at every (+)"),
    "histogram": ("Histogram", "Weights, gradients and output of one layer, taken on demand"),
}
_KINDS: Final = {"updates": UPDATES, "zeros": ZEROS, "spread": SPREAD}


class DepthPane(ChartPane):
    """One chart of all layers, chosen from several; its title tells the step."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        self.profile = Profile(cursor)
        self.layers = DepthView(cursor)
        self.shares = ShareView(cursor)
        self.histogram = HistogramView()
        self.stack = QStackedWidget()
        for view in (self.profile, self.layers, self.shares, self.histogram):
            self.stack.addWidget(view)
        super().__init__("Gradient, input to output", self.stack, parent)
        self._cursor = cursor
        self._runs: tuple[Plotted, ...] = ()
        self.chooser = QComboBox()
        self.chooser.setObjectName("small")
        self.chooser.setFixedHeight(24)
        self.chooser.setAccessibleName("What is shown of every layer")
        for index, (title, tip) in enumerate(TITLES.values()):
            self.chooser.addItem(title)
            self.chooser.setItemData(index, tip, 3)  # Qt.ItemDataRole.ToolTipRole
        self.chooser.currentIndexChanged.connect(self._switch)
        self.head.addWidget(self.chooser)
        self.profile.chosen.connect(self.choose)
        self.layers.chosen.connect(self.choose)
        self._switch()

    @property
    def shown(self) -> Shown:
        """What is shown."""
        return get_args(Shown)[self.chooser.currentIndex()]  # type: ignore[no-any-return]

    def show_view(self, shown: Shown) -> None:
        """Show this of the layers."""
        self.chooser.setCurrentIndex(get_args(Shown).index(shown))

    def choose(self, layer: Instance) -> None:
        """Let the histogram be of this layer."""
        self.histogram.choose(layer)
        self.name()

    def show_histogram(self, layer: Instance) -> None:
        """Show the histograms of a layer."""
        self.histogram.choose(layer)
        self.show_view("histogram")

    def listen_to(self, canvases: Sequence[CanvasPane]) -> None:
        """Let blocks that are selected in these be the layer of the histogram."""
        for canvas in canvases:
            canvas.chosen.connect(self.choose)
            canvas.histogram_wanted.connect(self.show_histogram)

    def set_runs(self, runs: Sequence[Plotted]) -> None:
        """Show these runs, one or two."""
        self._runs = tuple(runs)
        self.profile.set_curves([Curve(one.title, one.look, one.run.history) for one in runs])
        self.layers.set_runs(runs)
        self.shares.set_runs([RunShares(one.run) for one in runs])
        self.histogram.set_runs(runs)
        self.name()

    def refresh(self) -> None:
        """Draw what has come since."""
        for view in (self.profile, self.layers, self.shares):
            view.update()
        self.histogram.refresh()
        self.name()

    def name(self) -> None:
        """Tell the step, which is that of the last measurement, and which run is which."""
        pair, width = len(self._runs) > 1, self.width()
        words = TITLES[self.shown][0].lower()
        step = self._step()
        narrow = pair and width < 400
        title = words.capitalize()
        if step:
            where = "its last" if self._is_over() and not pair else "input to output"
            title = f"Step {step}" if narrow else f"Step {step}, {where}"
        if self.shown == "histogram":
            title = f"After step {step}" if step else "Histogram"
        self.set_title(title, self._remark(pair, width))

    def _step(self) -> int:
        match self.shown:
            case "gradients":
                ends = [one.run.history.step_at(self._cursor.step) for one in self._runs]
                return max(ends, default=0)
            case "shortcuts":
                return self.shares.step
            case "histogram":
                return self.histogram.step()
            case _:
                return self.layers.step

    def _remark(self, pair: bool, width: int) -> str:
        if self.shown in ("shortcuts", "histogram"):
            return ""
        markers = "● with ◆ without" if pair and width > 300 else ""
        over = [f"{title} ended at {end}" for title, end in self._ends()] if pair else []
        return ", ".join(over) or markers

    def _ends(self) -> list[tuple[str, int]]:
        """The runs that ended before the cursor's step, and where."""
        ends = [(one.title, one.run.history.step_at(self._cursor.step)) for one in self._runs]
        return [(title, end) for title, end in ends if 0 < end < self._cursor.step]

    def _is_over(self) -> bool:
        """Whether what is shown is the last step of a run that came less far than others."""
        return self.shown not in ("shortcuts", "histogram") and bool(self._ends())

    def _switch(self) -> None:
        shown = self.shown
        self.chooser.setToolTip(TITLES[shown][1])
        views = {"gradients": self.profile, "shortcuts": self.shares, "histogram": self.histogram}
        if shown in _KINDS:
            self.layers.set_kind(_KINDS[shown])
        self.stack.setCurrentWidget(views.get(shown, self.layers))
        self.name()
