"""The training child as its parent sees it: real processes, real pipes, real kills."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphcore import store
from graphcore.diagram import Diagram, Step
from graphcore.training import worker
from graphcore.training.control import Control
from graphcore.training.events import (
    Failed,
    Finished,
    Paused,
    Ready,
    Resumed,
    Started,
    StepDone,
    TrainingEvent,
    from_json,
)
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.source_tree import ROOT
from tests.training.nets import digits_net

LONG = Recipe(epochs=2000)

NOISY = """
import os, sys
from graphcore.training import worker
fit = worker.fit
def noisy_fit(*args, **more):
    for event in fit(*args, **more):
        print('{"event": "finished"} from Python')
        os.system('echo from a library')
        yield event
worker.fit = noisy_fit
sys.exit(worker.main())
"""


class Child:
    """A worker process; every message of it is read as an event."""

    def __init__(self, *command: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *(command or ("-m", "graphcore.training.worker"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )

    def send(self, command: str | bytes, **more: object) -> None:
        assert self.process.stdin is not None
        line = (
            command
            if isinstance(command, bytes)
            else json.dumps({"command": command, **more}).encode()
        )
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def events(self) -> Iterator[TrainingEvent]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield from_json(json.loads(line))

    def until(self, kind: type[TrainingEvent]) -> list[TrainingEvent]:
        told: list[TrainingEvent] = []
        for event in self.events():
            told.append(event)
            if isinstance(event, kind):
                return told
        raise AssertionError(f"no {kind.__name__} among {told}: {self.errors()}")

    def end_of_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def status(self) -> int:
        return self.process.wait(30)


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child()
    yield made
    dismiss(made)


def dismiss(child: Child) -> None:
    child.process.kill()
    child.process.wait()
    for pipe in (child.process.stdin, child.process.stdout, child.process.stderr):
        assert pipe is not None
        try:
            pipe.close()
        except BrokenPipeError:
            continue  # What was not sent has nobody to go to.


def a_run(folder: Path, recipe: Recipe, network: Diagram | None = None) -> RunFolder:
    return RunFolder.create(folder, store.dumps(network or digits_net()), recipe)


def test_a_child_that_waits_has_made_a_step_already() -> None:
    end = worker.warm_up()
    assert isinstance(end, Finished)
    assert end.steps == 1


def test_a_run_is_trained_and_told_whatever_else_is_printed(tmp_path: Path) -> None:
    child = Child("-c", NOISY)
    try:
        run = a_run(tmp_path / "run", Recipe(epochs=2))
        assert child.until(Ready) == [Ready()]
        child.send("train", run_dir=str(run.path), threads=1)
        told = list(child.events())
        assert [type(told[0]), type(told[-1])] == [Started, Finished]
        assert run.events() == tuple(told)
        assert run.step_file().read_new().shape[0] == 44
        assert child.status() == 0
        errors = child.errors()
        assert "from Python" in errors
        assert "from a library" in errors
    finally:
        dismiss(child)


def test_it_is_paused_resumed_stopped_and_taken_up_by_another(tmp_path: Path, child: Child) -> None:
    run = a_run(tmp_path / "run", LONG)
    child.send("train", run_dir=str(run.path), threads=1)
    child.until(StepDone)
    child.send("pause")
    paused = child.until(Paused)[-1]
    assert isinstance(paused, Paused)
    child.send("resume")
    assert isinstance(child.until(Resumed)[0], Resumed)
    child.send("stop")
    last = child.until(Finished)[-1]
    assert isinstance(last, Finished)
    assert last.stopped
    assert last.steps >= paused.step
    assert child.status() == 0
    with run.steps_path.open("ab") as file:
        file.write(bytes(99))  # steps after the last state, as a run that is killed leaves them
    second = Child()
    try:
        second.send("train", run_dir=str(run.path), resume=True)
        started = second.until(Started)[-1]
        second.until(StepDone)
        os.kill(second.process.pid, signal.SIGKILL)
        second.status()
    finally:
        dismiss(second)
    assert isinstance(started, Started)
    assert started.step == last.steps
    assert run.outcome().state == "unfinished"
    assert run.outcome().steps > last.steps


def test_when_its_parent_is_gone_it_saves_its_state_and_exits(tmp_path: Path, child: Child) -> None:
    run = a_run(tmp_path / "run", LONG)
    child.send("train", run_dir=str(run.path))
    child.until(StepDone)
    child.end_of_input()
    last = child.until(Finished)[-1]
    assert isinstance(last, Finished)
    assert last.stopped
    assert child.status() == 0
    assert (run.checkpoints / "last.pt").exists()


def test_when_nobody_reads_it_any_more_it_exits(tmp_path: Path, child: Child) -> None:
    run = a_run(tmp_path / "run", LONG)
    child.send("train", run_dir=str(run.path))
    child.until(StepDone)
    assert child.process.stdout is not None
    child.process.stdout.close()
    assert child.status() == 1


def test_a_fault_is_told_before_the_child_exits(tmp_path: Path, child: Child) -> None:
    run = a_run(tmp_path / "run", Recipe(device="cuda:77"))
    child.send("train", run_dir=str(run.path))
    failed = child.until(Failed)[-1]
    assert isinstance(failed, Failed)
    assert "there is no device 'cuda:77' here" in failed.message
    assert child.status() == 1


def test_what_is_no_command_is_told_before_the_child_exits(child: Child) -> None:
    child.send(b"nonsense")
    failed = child.until(Failed)[-1]
    assert isinstance(failed, Failed)
    assert failed.message.startswith("not a command")
    assert child.status() == 2


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"3",
        b"\xff\xfe",
        b'{"command": "fly"}',
        b'{"command": ["stop"]}',
        b'{"command": "histogram"}',
        b'{"command": "histogram", "instance": [["stem"]]}',
        b'{"command": "histogram", "instance": "stem"}',
        b'{"command": "train"}',
        b'{"command": "train", "run_dir": 3}',
        b'{"command": "train", "run_dir": "x", "threads": -1}',
        b'{"command": "train", "run_dir": "x", "threads": true}',
    ],
)
def test_what_is_no_command_is_refused(line: bytes) -> None:
    with pytest.raises(worker.CommandError, match="not a command"):
        worker.obey(line, Control(), queue.Queue())


def test_a_histogram_is_asked_for() -> None:
    control = Control()
    line = b'{"command": "histogram", "instance": [["stage1", 0], ["conv1", 2]]}'
    worker.obey(line, control, queue.Queue())
    assert control.asked() == (Step("stage1", 0), Step("conv1", 2))


@pytest.mark.parametrize(
    ("text", "recipe", "said"),
    [
        ("{", None, "line 1"),
        (None, '{"data": "nowhere.npz"}', "the data file nowhere.npz does not exist"),
        (None, '{"epochs": -1}', "is not a recipe: 'epochs' must be"),
    ],
)
def test_what_keeps_a_run_from_beginning_is_told(
    tmp_path: Path, text: str | None, recipe: str | None, said: str
) -> None:
    run = a_run(tmp_path / "run", Recipe())
    if text is not None:
        run.diagram_path.write_text(text)
    if recipe is not None:
        run.recipe_path.write_text(recipe)
    (failed,) = worker.train({"run_dir": str(run.path)}, Control())
    assert isinstance(failed, Failed)
    assert said in failed.message


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    (failed,) = worker.train({"run_dir": str(tmp_path)}, Control())
    assert isinstance(failed, Failed)
    assert "holds no run" in failed.message


def test_a_fault_of_the_program_is_told_with_its_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **more: object) -> Iterator[TrainingEvent]:
        raise KeyError("oops")
        yield

    monkeypatch.setattr(worker, "fit", broken)
    run = a_run(tmp_path / "run", Recipe())
    (failed,) = worker.train({"run_dir": str(run.path)}, Control())
    assert isinstance(failed, Failed)
    assert failed.message == "training stopped by a fault of the program: KeyError: 'oops'"
    assert "in broken" in failed.trace
