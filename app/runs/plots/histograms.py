"""The histograms that a run was asked for, by layer."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphcore.diagram import Instance
from graphcore.training.events import HistogramTaken


@dataclass
class Histograms:
    """What a run has answered last, and what it has not answered yet."""

    taken: dict[Instance, HistogramTaken] = field(default_factory=dict)
    waiting: set[Instance] = field(default_factory=set)

    def add(self, answer: HistogramTaken) -> None:
        """Keep an answer."""
        if answer.instance is not None:
            self.taken[answer.instance] = answer
            self.waiting.discard(answer.instance)
