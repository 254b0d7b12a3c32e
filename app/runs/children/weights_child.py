"""A question on weights, answered by a child that reads their files."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject

from app.runs.children.answering_child import AnsweringChild

CHILD: Final = ("-m", "graphcore.training.weights.questions")


class WeightsChild(AnsweringChild):
    """Finds out what :mod:`graphcore.training.weights.questions` knows."""

    def __init__(self, parent: QObject | None = None, *, command: tuple[str, ...] = CHILD) -> None:
        super().__init__(command, "the weights could not be looked at", parent)
