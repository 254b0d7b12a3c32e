"""A process that ends, a GPU that gives up, values that are not finite, data that are gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.runs.children.client import RunState
from app.runs.session import open_run
from graphcore.diagram import Definition, Step
from graphcore.training.events import Failed
from tests.diagrams import block, diagram, image, node
from tests.faults.conftest import LONG, Make, Start, is_there
from tests.source_tree import ROOT


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "The training process was killed: by somebody, or by the system"),
        (signal.SIGTERM, "The training process was ended from outside."),
    ],
)
def test_killed_at_any_moment(
    number: signal.Signals, words: str, qtbot: QtBot, make: Make, start: Start
) -> None:
    """Also while it is paused; what was saved before is what a resume goes on from."""
    run = make(epochs=2000)
    trained = start(run)
    qtbot.waitUntil(lambda: trained.steps > 0 and run.state_path.exists(), timeout=LONG)
    trained.client.pause()
    os.kill(trained.pid, number)
    qtbot.waitUntil(lambda: trained.is_over, timeout=LONG)
    assert trained.failure.message == f"{words}{_rest(number)}"
    assert run.events()[-1] == trained.failure
    assert run.outcome().state == "failed"


def _rest(number: signal.Signals) -> str:
    why = " because the memory of this machine ran out." if number == signal.SIGKILL else ""
    return f"{why} Resume goes on from its last checkpoint."


def test_a_crash_before_the_first_checkpoint(make: Make, finish: Start) -> None:
    run = make()
    failed = finish(run, "crash").failure
    assert "segmentation fault" in failed.message
    assert failed.message.endswith(
        "It had not come to its first checkpoint: Resume begins it anew, to go as it went."
    )
    assert "Fatal Python error: Segmentation fault" in failed.trace
    assert open_run(run, "a run").can_be_resumed


def test_a_gpu_that_gives_up_is_final_for_its_process(make: Make, finish: Start) -> None:
    trained = finish(make(), "device_assert")
    assert trained.failure.message.startswith("the GPU stopped the computation")
    assert "a label or a token is out of range" in trained.failure.message
    assert "The device 'cpu' in the recipe tells which one it is" in trained.failure.message
    assert trained.failure.definition is None
    assert trained.client.state is RunState.FAILED


def test_a_value_that_is_not_finite(make: Make, finish: Start) -> None:
    network = diagram(
        block(
            image(1),
            node("stem", "Conv2d", out_channels=2, kernel_size=3),
            node("one", "Gain", init=1e20),
            node("two", "Gain", init=1e20),
            node("flatten", "Flatten"),
            node("head", "Linear", out_features=10),
            node("output", "Output"),
        )
    )
    run = make(network)
    failed = finish(run).failure
    assert failed.message.startswith(
        "the loss is not a number at step 1: the first block whose output is not finite is 'two'; "
        "its input has grown to "
    )
    assert (failed.instance, failed.definition) == ((Step("two", 0),), Definition("Net", "two"))
    assert not failed.resumable
    assert run.events()[-1] == failed


def test_data_that_are_gone(make: Make, finish: Start, data: Path) -> None:
    """Between choosing them and training."""
    run = make()
    data.unlink()
    failed = finish(run).failure
    assert failed.message == f"the data file {data} does not exist; check the path"
    assert run.events() == (failed,)


ORPHAN = """
import subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, sys.argv[1], "none"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
)
print(child.pid, flush=True)
child.stdin.write(sys.argv[2].encode() + b"\\n")
child.stdin.flush()
for line in child.stdout:
    if b'"checkpoint"' in line:
        print("saved", flush=True)
        time.sleep(600)
"""


def test_a_window_that_is_killed_leaves_no_process_and_a_state(make: Make) -> None:
    run = make(epochs=2000)
    command = f'{{"command": "train", "run_dir": "{run.path}", "threads": 1}}'
    child = Path(__file__).with_name("real_child.py")
    window = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, str(child), command],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert window.stdout is not None
    pid = int(window.stdout.readline())
    assert window.stdout.readline() == "saved\n"
    window.kill()
    window.wait()
    window.stdout.close()
    until = time.monotonic() + LONG / 1000
    while is_there(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not is_there(pid)
    assert run.state_path.exists()
    assert not any(isinstance(event, Failed) for event in run.events())


def test_a_window_that_is_closed_leaves_no_process(qtbot: QtBot, make: Make, start: Start) -> None:
    run = make(epochs=2000)
    trained = start(run)
    qtbot.waitUntil(lambda: trained.steps > 0, timeout=LONG)
    trained.client.close()
    assert not is_there(trained.pid)
