"""Runs on two devices as a user starts them: a second process, gloo, the CPU."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from graphcore import store
from graphcore.diagram import Diagram
from graphcore.training import loop
from graphcore.training.control import Control
from graphcore.training.device import nth_device
from graphcore.training.events import (
    Evaluated,
    Failed,
    Finished,
    Paused,
    Resumed,
    Started,
    StepDone,
    TrainingEvent,
)
from graphcore.training.faults.explaining import TrainingError
from graphcore.training.fit import fit
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.diagrams import block, diagram, image, node
from tests.source_tree import ROOT
from tests.training.test_worker import Child, dismiss

EXACT = {"steps": 1e-5, "edges": 1e-4, "weights": 1e-5}
"""Sums of float32 in another order, over ten steps: relative to the largest of each record."""


def plain() -> Diagram:
    """A network without statistics of batches and without random draws."""
    return diagram(
        block(
            image(1),
            node("stem", "Conv2d", out_channels=4, kernel_size=3, padding=1),
            node("act", "Tanh"),
            node("flatten", "Flatten"),
            node("head", "Linear", out_features=10),
            node("output", "Output"),
        )
    )


def noisy() -> Diagram:
    """A network with batch norm, dropout and stochastic depth."""
    return diagram(
        block(
            image(1),
            node("stem", "Conv2d", out_channels=4, kernel_size=3, padding=1, stride=2),
            node("norm", "BatchNorm2d"),
            node("drop", "Dropout", p=0.2),
            node("depth", "StochasticDepth", p=0.2),
            node("flatten", "Flatten"),
            node("head", "Linear", out_features=10),
            node("output", "Output"),
        )
    )


def a_run(folder: Path, recipe: Recipe, made: Diagram) -> RunFolder:
    return RunFolder.create(folder, store.dumps(made), recipe)


def train(
    made: Diagram, recipe: Recipe, run: RunFolder, *, resume: bool = False
) -> list[TrainingEvent]:
    told = list(fit(made, recipe, run, threads=2, resume=resume))
    assert isinstance(told[-1], Finished), told[-1]
    return told


def weights_of(run: RunFolder) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoints / "last.safetensors")


def children(of: int | None = None) -> list[int]:
    """The further processes of a run's first process, by default of this one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
            line = stat.with_name("cmdline").read_text()
        except OSError:
            continue  # It has just ended.
        if int(fields[1]) == (of or os.getpid()) and "graphcore.training.parallel.peer" in line:
            found.append(int(stat.parent.name))
    return found


def test_a_run_on_two_devices_is_that_on_one(tmp_path: Path) -> None:
    """Figures of steps and edges, updates, held-out results and weights."""
    told, runs = {}, {}
    for devices in (1, 2):
        # The last epoch is not whole, shares differ, and images are varied.
        recipe = Recipe(
            batch_size=301, steps=10, edges_every=3, noise=0.1, shift=1, devices=devices
        )
        runs[devices] = a_run(tmp_path / str(devices), recipe, plain())
        told[devices] = train(plain(), recipe, runs[devices])
    one, two = runs[1], runs[2]
    started = next(event for event in told[2] if isinstance(event, Started))
    assert (started.devices, started.threads) == (2, 1)

    expected, found = one.step_file().read_new(), two.step_file().read_new()
    assert found.shape == expected.shape == (10, 5)
    np.testing.assert_allclose(found, expected, rtol=EXACT["steps"])
    pairs = list(zip(one.edge_file().measurements(), two.edge_file().measurements(), strict=True))
    assert [pair[0].step for pair in pairs] == [0, 3, 6, 9]
    for a, b in pairs:
        assert a.step == b.step
        np.testing.assert_allclose(b.figures, a.figures, rtol=EXACT["edges"], atol=1e-6)
    for a_, b_ in zip(
        *([e for e in told[n] if isinstance(e, Evaluated)] for n in (1, 2)), strict=True
    ):
        assert b_.loss == pytest.approx(a_.loss, rel=1e-5)
        assert b_.accuracy == pytest.approx(a_.accuracy, abs=0.003)
    for key, value in weights_of(one).items():
        torch.testing.assert_close(weights_of(two)[key], value, rtol=EXACT["weights"], atol=1e-6)


def test_paused_stopped_and_taken_up_it_is_the_run_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit on as many devices, with batch norm, dropout and stochastic depth; and on
    another number it goes on as well."""
    monkeypatch.setattr(loop, "MOST_STEPS_TOLD", 1e9)
    recipe = Recipe(batch_size=301, steps=12, noise=0.1, accumulation=2, devices=2)
    whole = a_run(tmp_path / "whole", recipe, noisy())
    train(noisy(), recipe, whole)

    parted, control, told = a_run(tmp_path / "parted", recipe, noisy()), Control(), []
    for event in fit(noisy(), recipe, parted, control, threads=2):
        told.append(event)
        if isinstance(event, StepDone) and event.step == 2:
            control.pause()
        if isinstance(event, Paused):
            threading.Timer(0.1, control.resume).start()
        if isinstance(event, Resumed):
            control.stop()
    last = told[-1]
    assert isinstance(last, Finished), last
    assert last.stopped
    assert [type(e) for e in told if isinstance(e, Paused | Resumed)] == [Paused, Resumed]
    assert 2 < last.steps < 12
    shutil.copytree(parted.path, tmp_path / "alone")

    train(noisy(), recipe, parted, resume=True)
    assert parted.steps_path.read_bytes() == whole.steps_path.read_bytes()
    assert parted.edges_path.read_bytes() == whole.edges_path.read_bytes()
    expected = weights_of(whole)
    assert all(torch.equal(value, expected[key]) for key, value in weights_of(parted).items())

    alone = RunFolder(tmp_path / "alone")
    train(noisy(), Recipe(**{**recipe.values(), "devices": 1}), alone, resume=True)  # type: ignore[arg-type]
    assert alone.step_file().read_new().shape[0] == 12


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks for processes in /proc")
def test_when_one_of_its_processes_is_killed_the_run_says_so_at_once(tmp_path: Path) -> None:
    recipe = Recipe(batch_size=64, steps=10**6, devices=2)
    run = a_run(tmp_path / "run", recipe, plain())
    killed_at = 0.0
    for event in fit(plain(), recipe, run, threads=2):
        last = event
        if isinstance(event, StepDone) and not killed_at:
            (pid,) = children()
            os.kill(pid, signal.SIGKILL)
            killed_at = time.monotonic()
    assert isinstance(last, Failed)
    assert last.message.startswith("the process of device 2 of 2 was killed by the system")
    assert run.outcome().state == "failed"
    assert children() == []


FIRST = """
import sys
from pathlib import Path
from graphcore.training.events import StepDone
from graphcore.training.fit import fit
from graphcore.training.recipe import Recipe
from tests.training.test_shared_runs import children, plain
for event in fit(plain(), Recipe(batch_size=64, steps=10**6, devices=2), threads=2):
    if isinstance(event, StepDone):
        print(*children(), flush=True)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks for processes in /proc")
@pytest.mark.parametrize("stopped", [False, True], ids=["at work", "stopped"])
def test_when_the_first_process_is_killed_the_others_leave(stopped: bool, tmp_path: Path) -> None:
    """And so does the folder in which they met."""
    first = subprocess.Popen(
        [sys.executable, "-c", FIRST],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert first.stdout is not None
    with first.stdout as told:
        pid = int(told.readline())
        assert is_alive(pid)
        assert list(tmp_path.glob("skipwright-*"))
        if stopped:
            os.kill(pid, signal.SIGSTOP)
        first.kill()
        first.wait()
    until = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_alive(pid)
    assert not list(tmp_path.glob("skipwright-*"))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks for processes in /proc")
def test_a_child_of_the_window_ends_all_of_them_when_the_window_is_gone(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", Recipe(batch_size=64, steps=10**6, devices=2), noisy())
    child = Child()
    try:
        child.send("train", run_dir=str(run.path), threads=2)
        child.until(StepDone)
        (pid,) = children(child.process.pid)
        child.send("pause")
        child.until(Paused)
        child.end_of_input()
        last = child.until(Finished)[-1]
        assert isinstance(last, Finished)
        assert last.stopped
        assert child.status() == 0
    finally:
        dismiss(child)
    assert not is_alive(pid)
    assert (run.checkpoints / "last.pt").exists()


def test_under_torchrun_the_command_line_is_one_of_several(tmp_path: Path) -> None:
    store.write(plain(), tmp_path / "net.skw")
    launch = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "graphcore"]
    options = ["--device", "cpu", "--steps", "5", "--run-dir", str(tmp_path / "run"), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", *launch, "train", str(tmp_path / "net.skw"), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in told].count("started") == 1
    assert told[0]["devices"] == 2
    assert told[-1]["event"] == "finished"
    run = RunFolder(tmp_path / "run")
    assert run.recipe().devices == 2
    assert run.step_file().read_new().shape[0] == 5


def test_devices_that_are_not_there_are_told_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    assert nth_device(torch.device("cuda", 1), 1, 2) == torch.device("cuda", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert nth_device(torch.device("cpu"), 5, 6) == torch.device("cpu")
    with pytest.raises(TrainingError, match="7 processes on the CPU's 6 cores"):
        nth_device(torch.device("cpu"), 0, 7)
    with pytest.raises(
        TrainingError, match="3 GPUs from cuda:1 on are not there, only 2"
    ) as caught:
        nth_device(torch.device("cuda", 1), 0, 3)
    assert caught.value.failed.param == "devices"
