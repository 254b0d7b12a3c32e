"""The other processes of a run as the first one sees them; programs of a line stand in for them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from graphcore.training.faults.explaining import TrainingError
from graphcore.training.parallel import peers
from graphcore.training.parallel.peers import Job, Peers
from graphcore.training.recipe import Recipe
from tests.training.nets import digits_net

READY = 'import sys; sys.stdin.readline(); print(\'{"event": "ready"}\', flush=True); '
TELLS = 'print(\'{"event": "failed", "message": "there is no data", "param": "data"}\')'


def started(monkeypatch: pytest.MonkeyPatch, program: str, size: int = 2) -> Peers:
    monkeypatch.setattr(peers, "COMMAND", (sys.executable, "-c", program))
    monkeypatch.setattr(peers, "SECONDS_TO_NOTICE", 60.0)
    job = Job.of(digits_net(), Recipe(), None, None, resume=False, trusted="")
    return Peers(job, size)


def test_all_are_waited_for_and_none_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    made = started(monkeypatch, READY + "sys.exit(0)", size=3)
    folder = Path(made.meeting).parent
    made.wait_until_ready()
    assert folder.is_dir()
    made.close(orderly=True)
    assert made.fault(0.0) is None
    assert not folder.exists()


def test_what_goes_on_after_a_failure_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = started(monkeypatch, READY + "import time; time.sleep(1000)")
    made.wait_until_ready()
    made.close(orderly=False)
    fault = made.fault(0.0)
    assert fault is not None
    assert "SIGKILL" in fault.message or "killed" in fault.message


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; sys.exit(3)", "device 2 of 2 ended with the status 3 and did not say why"),
        ("import os; os.kill(os.getpid(), 9)", "was killed by the system, probably because memory"),
        ("import os; os.kill(os.getpid(), 11)", "device 2 of 2 crashed (SIGSEGV)"),
        (TELLS, "there is no data (in the process of device 2 of 2)"),
    ],
)
def test_why_one_failed_before_it_was_ready(
    program: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = started(monkeypatch, program)
    with pytest.raises(TrainingError) as caught:
        made.wait_until_ready()
    made.close(orderly=False)
    assert said in caught.value.failed.message


def test_what_one_says_of_itself_goes_before_what_is_seen_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tells = TELLS.replace('"param": "data"', '"trace": "in line 3"')
    program = (
        "import json, os, sys\n"
        "if json.loads(sys.stdin.readline())['seat']['rank'] == 1: os.kill(os.getpid(), 9)\n"
        f"{tells}"
    )
    made = started(monkeypatch, program, size=3)
    for peer in made._peers:
        peer._ended.wait()
    fault = made.fault(0.0)
    made.close(orderly=False)
    assert fault is not None
    assert fault.message == "there is no data (in the process of device 3 of 3)"


def test_one_that_cannot_be_started_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(peers, "COMMAND", (str(tmp_path / "missing"),))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    job = Job.of(digits_net(), Recipe(), None, None, resume=False, trusted="")
    with pytest.raises(TrainingError) as caught:
        Peers(job, 2)
    message = "the process of device 2 of 2 could not be started (No such file or directory): close"
    assert caught.value.failed.message.startswith(message)
    assert caught.value.failed.param == "devices"
    assert list(tmp_path.iterdir()) == []


def test_words_that_a_killed_process_had_not_said_to_their_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = 'import os; os.write(1, b\'{"event": "fai\'); os.kill(os.getpid(), 9)'
    made = started(monkeypatch, program)
    with pytest.raises(TrainingError, match="device 2 of 2 was killed by the system"):
        made.wait_until_ready()
    made.close(orderly=False)


def test_one_whose_first_process_ends_before_it_has_told_the_job(tmp_path: Path) -> None:
    meeting = tmp_path / "skipwright-meeting"
    meeting.mkdir()
    job = b'{"diagram": "cut off'
    ended = subprocess.run([*peers.COMMAND, str(meeting)], input=job, capture_output=True)
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert not meeting.exists()
