"""A disk without room, and a kill in the middle of a checkpoint: what was saved is still there.

The limit of a file's size stands for the disk: the system takes what fits, and then refuses.
"""

from __future__ import annotations

import os
import signal

import pytest
import torch
from pytestqt.qtbot import QtBot

from graphcore import store
from graphcore.training.events import Finished, Started
from graphcore.training.fit import fit
from graphcore.training.run_folder import RunFolder
from tests.faults.conftest import LONG, Make, Start, small_net


def files(run: RunFolder) -> dict[str, bytes]:
    """What a run is judged by, bit for bit."""
    names = ("steps.f32", "edges.f32", "checkpoints/last.safetensors")
    return {name: (run.path / name).read_bytes() for name in names}


def step_of(run: RunFolder) -> int:
    """The step of the last state, which must load."""
    step = torch.load(run.state_path, weights_only=True)["step"]
    assert isinstance(step, int)
    return step


def train(run: RunFolder, *, resume: bool = False) -> RunFolder:
    """Train the run in this process, to its end; a child is only needed where one is to fail."""
    diagram = store.loads(run.diagram_text())
    *_, last = fit(diagram, run.recipe(), run, threads=1, resume=resume)
    assert isinstance(last, Finished), last
    return run


@pytest.mark.parametrize("fault", ["half_a_state", "a_state_in_the_wrong_place"])
def test_a_kill_in_the_middle_of_a_checkpoint_costs_nothing_but_the_steps_since(
    fault: str, qtbot: QtBot, make: Make, start: Start
) -> None:
    run = make(small_net(16))
    trained = start(run, fault, 1000)
    part = run.state_path.with_name("last.pt.part")

    def is_in_the_middle() -> bool:
        return run.state_path.exists() and part.exists() and part.stat().st_size > 10_000

    qtbot.waitUntil(is_in_the_middle, timeout=LONG)
    os.kill(trained.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: trained.is_over, timeout=LONG)
    assert trained.failure.message.startswith("The training process was killed")
    assert trained.failure.message.endswith("Resume goes on from its last checkpoint.")
    assert step_of(run) == 4  # the end of the first epoch
    train(run, resume=True)
    (resumed,) = [e for e in run.events() if isinstance(e, Started) and e.step]
    assert resumed.step == 4
    assert files(run) == files(train(make(small_net(16), name="whole")))
    assert not part.exists()


def test_where_no_state_can_be_saved_the_run_ends_and_no_half_of_one_is_left(
    make: Make, finish: Start
) -> None:
    run = make(small_net(16))
    failed = finish(run, "file_size", 8000).failure
    assert f"{run.state_path} cannot be saved (File too large: make room" in failed.message or (
        "best.safetensors cannot be saved (File too large: make room" in failed.message
    )
    assert not list(run.checkpoints.iterdir())
    assert run.events()[-1] == failed


def test_where_no_steps_can_be_written_the_run_ends_and_goes_on_when_there_is_room(
    make: Make, finish: Start
) -> None:
    run = train(make(epochs=3))
    longer = run.recipe_path.read_text().replace('"epochs": 3', '"epochs": 300')
    run.recipe_path.write_text(longer)
    kept = run.state_path.read_bytes()
    room = max(run.state_path.stat().st_size, 3 * run.steps_path.stat().st_size)
    failed = finish(run, "file_size", room, resume=True).failure
    assert "cannot be written" in failed.message
    assert "(File too large: make room there, then resume)" in failed.message
    assert step_of(run) >= 12
    assert len(kept) == run.state_path.stat().st_size
    begun = step_of(run)
    last = begun // 4 + 3
    run.recipe_path.write_text(longer.replace('"epochs": 300', f'"epochs": {last}'))
    train(run, resume=True)
    (*_, resumed) = [e for e in run.events() if isinstance(e, Started)]
    assert resumed.step == begun
    assert step_of(run) == 4 * last
