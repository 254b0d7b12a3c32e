"""With which weights the next run begins, and what of them fits, told before it does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QWidget,
)

from app.document import Document
from app.runs.children.weights_child import CHILD, WeightsChild
from app.runs.listing.comparison import name_of
from app.runs.listing.run_places import runs_of
from app.runs.setup.choice_row import ChoiceRow
from graphcore import store
from graphcore.training.weights.record import BEST, WEIGHTS, title_of

LOOK_MS: Final = 500
"""How long the diagram must rest before the weights are compared with it again."""

MOST_RUNS: Final = 6
"""Runs that the list offers; any other's are among files, or chosen in the list of runs."""

SUFFIXES: Final = ("*.safetensors", "*.pt", "*.pth", "*.bin", "*.ckpt")
_DRAWN, _CHOOSE = "", "choose"


class WeightsChooser(ChoiceRow):
    """Weights that are drawn anew, or those of a run or a file.

    The choice is the window's and goes into no diagram, since no path in one is followed. Below
    stands how many of the network's tensors the file has, which a child finds out.
    """

    def __init__(
        self,
        document: Document,
        parent: QWidget | None = None,
        *,
        command: tuple[str, ...] = CHILD,
    ) -> None:
        tip = "The weights of the first step: drawn at random, or trained before"
        super().__init__("Begin with", "weights to begin with", tip, parent)
        self._document = document
        self.chosen: Path | None = None
        self.box.activated.connect(self._on_activated)
        self.fact.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.fact.hide()
        self.child = WeightsChild(self, command=command)
        self.child.answered.connect(self._show_match)
        self.child.refused.connect(self._show_refusal)
        self._look = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._look.timeout.connect(self.look)
        document.changed.connect(lambda before, after: self._look_soon())
        self.fill()

    def choose(self, weights: Path | None) -> None:
        """Begin the next run with a file of weights, or (None) with drawn ones."""
        self.chosen = weights
        self.fill()
        self.look()

    def fill(self) -> None:
        """Offer the newest runs of the diagram."""
        with QSignalBlocker(self.box):
            self.box.clear()
            for path, title in self._offers():
                self.box.addItem(title, str(path) if path is not None else _DRAWN)
                tip = str(path) if path is not None else "As the recipe's initialisation draws them"
                self.box.setItemData(self.box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
            self.box.insertSeparator(self.box.count())
            self.box.addItem("Choose a file …", _CHOOSE)
            self.box.setCurrentIndex(self._index())

    def look(self) -> None:
        """Find out what of the chosen weights fits the diagram."""
        self._look.stop()
        self.child.give_up()
        self.fact.setVisible(self.chosen is not None)
        if self.chosen is None:
            return
        if not self._document.analysis.ok:
            self.tell_fact("Compared with the network once the diagram has no errors.", "hint")
            return
        self.tell_fact("Comparing with the network …", "hint")
        text = store.dumps(self._document.diagram)
        self.child.ask({"ask": "match", "diagram": text, "weights": str(self.chosen)})

    def choose_file(self) -> None:
        """Let the user choose a file of weights."""
        kinds = f"Weights ({' '.join(SUFFIXES)})"
        name, _ = QFileDialog.getOpenFileName(self, "Weights to begin with", "", kinds)
        if name:
            self.choose(Path(os.path.abspath(name)))  # noqa: PTH100  Path.resolve follows links.
        else:
            self.fill()

    def showEvent(self, event: QShowEvent) -> None:
        """Runs may have been made meanwhile, and the diagram changed."""
        super().showEvent(event)
        self.fill()
        self._look_soon()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave no child behind that nobody waits for."""
        super().hideEvent(event)
        self._look.stop()
        self.child.give_up()

    def _look_soon(self) -> None:
        if self.chosen is not None and self.isVisible():
            self._look.start()

    def _offers(self) -> Iterator[tuple[Path | None, str]]:
        yield None, "Random weights"
        runs = runs_of(self._document.path, self._document.diagram)[:MOST_RUNS]
        kept = {run.path / WEIGHTS[BEST]: f"Best weights of {name_of(run)}" for run in runs}
        offered = {path: title for path, title in kept.items() if path.is_file()}
        if self.chosen is not None and self.chosen not in offered:
            title = title_of(self.chosen)
            is_file_name = title == self.chosen.name
            yield self.chosen, title if is_file_name else title[:1].upper() + title[1:]
        yield from offered.items()

    def _index(self) -> int:
        return self.box.findData(str(self.chosen) if self.chosen is not None else _DRAWN)

    def _on_activated(self, index: int) -> None:
        data = str(self.box.itemData(index))
        if data == _CHOOSE:
            self.choose_file()
        else:
            self.choose(Path(data) if data != _DRAWN else None)

    def _show_match(self, answer: dict[str, Any]) -> None:
        self.tell_fact(_sentence(str(answer["sentence"])), "hint")

    def _show_refusal(self, reason: str) -> None:
        self.tell_fact(_sentence(reason), "wrong")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
