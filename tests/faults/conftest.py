"""Real children, seen from the window's side: what they tell, how they end, what they leave."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.runs.children import client
from app.runs.children.client import RunClient, RunState
from graphcore import store
from graphcore.diagram import Diagram
from graphcore.training.events import Failed, StepDone, TrainingEvent
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.diagrams import block, diagram, image, node

CHILD = Path(__file__).with_name("real_child.py")
OVER = (RunState.FINISHED, RunState.FAILED)
LONG = 60_000
"""Milliseconds that a loaded machine may take over a child."""


def small_net(width: int = 4, size: int = 8) -> Diagram:
    """With dropout and a norm: what a checkpoint holds matters."""
    return diagram(
        block(
            image(1, size),
            node("stem", "Conv2d", out_channels=width, kernel_size=3, padding=1),
            node("norm", "BatchNorm2d"),
            node("relu", "ReLU"),
            node("body", "Conv2d", out_channels=width, kernel_size=3, padding=1),
            node("drop", "Dropout", p=0.1),
            node("pool", "AdaptiveAvgPool2d"),
            node("flatten", "Flatten"),
            node("head", "Linear", out_features=10),
            node("output", "Output"),
        )
    )


class Trained:
    """A run in a real child."""

    def __init__(self, run: RunFolder, fault: str, size: int, *, resume: bool = False) -> None:
        self.run = run
        self.client = RunClient(command=(str(CHILD), fault, str(size)))
        self.events: list[TrainingEvent] = []
        self.client.event_arrived.connect(self.events.append)
        self.client.train(run.path, threads=1, resume=resume)
        self.pid = self.client.process_id

    @property
    def failure(self) -> Failed:
        """The one failure that was told, and recorded as it was told."""
        (failed,) = [event for event in self.events if isinstance(event, Failed)]
        return failed

    @property
    def steps(self) -> int:
        """How many steps were told of."""
        return max((e.step for e in self.events if isinstance(e, StepDone)), default=0)

    @property
    def is_over(self) -> bool:
        """Whether the run and its process are gone."""
        return self.client.state in OVER and not is_there(self.pid)


def is_there(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.is_dir():
        return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def images(path: Path, size: int = 8) -> Path:
    """Write images of ten classes."""
    x = np.random.default_rng(0).normal(size=(200, 1, size, size))
    np.savez(path, x=x.astype("f4"), y=np.arange(200) % 10)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Images of 8×8 in ten classes."""
    return images(tmp_path / "data.npz")


Make = Callable[..., RunFolder]
Start = Callable[..., Trained]


@pytest.fixture
def make(tmp_path: Path, data: Path) -> Make:
    """Makes a run's folder."""

    def make(network: Diagram | None = None, name: str = "run", **recipe: object) -> RunFolder:
        values = replace(
            Recipe(data=str(data), batch_size=40, epochs=5, edges_every=2),
            **recipe,  # type: ignore[arg-type]
        )
        text = store.dumps(network or small_net())
        return RunFolder.create(tmp_path / name, text, values)

    return make


@pytest.fixture
def start(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Trains a run in a child with a fault; every process is gone after the test."""
    monkeypatch.setattr(client, "NICENESS", 0)  # there is no window that needs a core
    made: list[Trained] = []

    def start(run: RunFolder, fault: str = "none", size: int = 0, **more: bool) -> Trained:
        made.append(Trained(run, fault, size, **more))
        return made[-1]

    yield start
    for trained in made:
        trained.client.close()
        assert not is_there(trained.pid)


@pytest.fixture
def finish(qtbot: QtBot, start: Start) -> Start:
    """The same, waited for to its end."""

    def finish(run: RunFolder, fault: str = "none", size: int = 0, **more: bool) -> Trained:
        trained = start(run, fault, size, **more)
        qtbot.waitUntil(lambda: trained.is_over, timeout=LONG)
        return trained

    return finish
