"""The child process from the window's side: whatever it does, the window knows and lives on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from app.runs.children import client as client_module
from app.runs.children import line_buffer
from app.runs.children.client import RunClient, RunState
from app.runs.children.exit_reason import explain_exit
from graphcore.training.events import Failed, Finished, StepDone, TrainingEvent

CHILD = Path(__file__).parent.with_name("scripted_child.py")
OVER = (RunState.FINISHED, RunState.FAILED)


class Watched:
    """A client with a scripted child, and all that it told."""

    def __init__(self, scenario: str) -> None:
        self.client = RunClient(command=(str(CHILD), scenario))
        self.events: list[TrainingEvent] = []
        self.states: list[RunState] = []
        self.client.event_arrived.connect(self.events.append)
        self.client.state_changed.connect(self.states.append)

    @property
    def steps(self) -> list[int]:
        return [event.step for event in self.events if isinstance(event, StepDone)]

    @property
    def failure(self) -> Failed:
        (failed,) = [event for event in self.events if isinstance(event, Failed)]
        return failed


Child = Callable[[str], Watched]


@pytest.fixture
def child(qtbot: QtBot) -> Iterator[Child]:
    made: list[Watched] = []

    def make(scenario: str) -> Watched:
        made.append(Watched(scenario))
        return made[-1]

    yield make
    for watched in made:
        watched.client.close()


def train_to_the_end(qtbot: QtBot, watched: Watched, folder: Path) -> None:
    watched.client.train(folder)
    qtbot.waitUntil(lambda: watched.client.state in OVER, timeout=20_000)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


class TestARunTakesItsCourse:
    def test_a_warmed_child_waits_and_then_trains(
        self, qtbot: QtBot, child: Child, tmp_path: Path
    ) -> None:
        watched = child("quick")
        watched.client.warm()
        qtbot.waitUntil(lambda: watched.client.state is RunState.READY, timeout=20_000)
        train_to_the_end(qtbot, watched, tmp_path)
        assert watched.states == [
            RunState.WARMING,
            RunState.READY,
            RunState.RUNNING,
            RunState.FINISHED,
        ]
        assert watched.steps == [1]

    def test_a_run_that_is_asked_for_early_starts_when_the_child_is_ready(
        self, qtbot: QtBot, child: Child, tmp_path: Path
    ) -> None:
        watched = child("quick")
        train_to_the_end(qtbot, watched, tmp_path)
        assert watched.client.state is RunState.FINISHED

    def test_it_pauses_resumes_and_stops(self, qtbot: QtBot, child: Child, tmp_path: Path) -> None:
        watched = child("obedient")
        client = watched.client
        client.train(tmp_path)
        qtbot.waitUntil(lambda: watched.steps == [1, 2, 3], timeout=20_000)
        client.pause()
        client.resume()
        client.stop()
        qtbot.waitUntil(lambda: client.state is RunState.FINISHED, timeout=20_000)
        assert watched.states[2:] == [
            RunState.RUNNING,
            RunState.PAUSED,
            RunState.RUNNING,
            RunState.FINISHED,
        ]
        names = [type(event).__name__ for event in watched.events]
        assert names[3:] == ["Paused", "Resumed", "Finished"]
        assert isinstance(watched.events[-1], Finished)
        assert watched.events[-1].stopped

    def test_a_finished_child_ends(self, qtbot: QtBot, child: Child, tmp_path: Path) -> None:
        watched = child("quick")
        train_to_the_end(qtbot, watched, tmp_path)
        qtbot.waitUntil(lambda: watched.client.process_id == 0, timeout=20_000)

    def test_a_child_has_one_run(self, qtbot: QtBot, child: Child, tmp_path: Path) -> None:
        watched = child("quick")
        train_to_the_end(qtbot, watched, tmp_path)
        with pytest.raises(RuntimeError, match="already belongs"):
            watched.client.train(tmp_path)


class TestWhateverArrivesIsReadRightly:
    def test_bits_of_lines_and_strangers_prints(
        self, qtbot: QtBot, child: Child, tmp_path: Path
    ) -> None:
        watched = child("dribbling")
        train_to_the_end(qtbot, watched, tmp_path)
        assert watched.steps == [1, 2]
        assert watched.client.state is RunState.FINISHED
        assert "a stray print" in watched.client.stderr

    def test_a_flood_arrives_whole_while_the_window_goes_on(
        self, qtbot: QtBot, child: Child, tmp_path: Path
    ) -> None:
        watched = child("flooding")
        turns: list[int] = []
        timer = QTimer(interval=0)
        timer.timeout.connect(lambda: turns.append(len(watched.events)))
        timer.start()
        train_to_the_end(qtbot, watched, tmp_path)
        timer.stop()
        assert watched.steps == list(range(1, 20_001))
        # The window had turns of its own between the first and the last message.
        assert len({count for count in turns if 0 < count < 20_000}) > 5

    def test_nonsense_is_no_event(self, qtbot: QtBot, child: Child, tmp_path: Path) -> None:
        watched = child("babbling")
        train_to_the_end(qtbot, watched, tmp_path)
        assert watched.states[-1] is RunState.FINISHED
        assert watched.steps == [1, 2]
        assert [type(event) for event in watched.events] == [StepDone, StepDone, Finished]

    def test_more_than_can_be_read_costs_no_memory_and_can_be_stopped(
        self, qtbot: QtBot, child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(line_buffer, "BACKLOG", 200_000)
        monkeypatch.setattr(client_module, "SLICE_SECONDS", 1e-4)  # a window with much else to do
        monkeypatch.setattr(client_module, "STOP_GRACE_MS", 100)
        watched = child("torrential")
        turns: list[int] = []
        timer = QTimer(interval=0)
        timer.timeout.connect(lambda: turns.append(len(watched.client.unread)))
        timer.start()
        watched.client.train(tmp_path)
        qtbot.waitUntil(lambda: watched.client.unread.dropped > 50_000, timeout=30_000)
        timer.stop()
        assert max(turns) < 200_000 + 2**20  # what one turn of the loop may bring
        watched.client.stop()
        qtbot.waitUntil(lambda: watched.client.state is RunState.FINISHED, timeout=20_000)

    def test_a_line_without_an_end_ends_the_child(
        self, qtbot: QtBot, child: Child, tmp_path: Path
    ) -> None:
        watched = child("breathless")
        train_to_the_end(qtbot, watched, tmp_path)
        assert "it wrote a message of more than 4,000,000 bytes" in watched.failure.message
        assert len(watched.client.unread) < 4_000_000


class TestAChildThatDiesSaysWhy:
    @pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
    def test_killed(self, qtbot: QtBot, child: Child, tmp_path: Path) -> None:
        watched = child("killed")
        train_to_the_end(qtbot, watched, tmp_path)
        assert watched.states[-1] is RunState.FAILED
        assert "by the system because the memory of this machine ran out" in (
            watched.failure.message
        )
        assert watched.steps == [1]

    def test_an_exception(self, qtbot: QtBot, child: Child, tmp_path: Path) -> None:
        watched = child("raising")
        train_to_the_end(qtbot, watched, tmp_path)
        assert watched.failure.message.endswith("RuntimeError: the data ran away")
        assert "Traceback" in watched.failure.trace

    def test_no_word(self, qtbot: QtBot, child: Child, tmp_path: Path) -> None:
        watched = child("silent_exit")
        train_to_the_end(qtbot, watched, tmp_path)
        assert "exit status 3" in watched.failure.message

    def test_a_package_is_missing(self, qtbot: QtBot, child: Child, tmp_path: Path) -> None:
        watched = child("dead_on_arrival")
        train_to_the_end(qtbot, watched, tmp_path)
        assert "cannot find the package 'torch'" in watched.failure.message
        assert "pip install torch" in watched.failure.message

    def test_no_interpreter(
        self, qtbot: QtBot, child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
        watched = child("quick")
        train_to_the_end(qtbot, watched, tmp_path)
        assert "could not be started" in watched.failure.message
        assert "no-python" in watched.failure.message

    def test_a_child_that_dies_before_any_run_is_no_failed_run(
        self, qtbot: QtBot, child: Child
    ) -> None:
        watched = child("dead_on_arrival")
        watched.client.warm()
        qtbot.waitUntil(lambda: watched.client.state is RunState.FAILED, timeout=20_000)
        assert watched.events == []

    @pytest.mark.parametrize(
        ("code", "crashed", "stderr", "words"),
        [
            (9, True, "", "the memory of this machine ran out"),
            (11, True, "Fatal Python error: Segmentation fault", "segmentation fault"),
            (15, True, "", "ended from outside"),
            (0xC0000005, True, "", "0xc0000005"),
            (1, False, "x\nRuntimeError: no kernel image\n", "RuntimeError: no kernel image"),
            (1, False, "DefaultCPUAllocator: can't allocate memory", "smaller batch"),
            (1, False, "ModuleNotFoundError: No module named 'sklearn.x'", "'sklearn'"),
        ],
    )
    def test_words_for_every_end(self, code: int, crashed: bool, stderr: str, words: str) -> None:
        assert words in explain_exit(code, crashed=crashed, stderr=stderr)


class TestNoChildIsLeftBehind:
    def test_closing_ends_a_waiting_child(self, qtbot: QtBot, child: Child) -> None:
        watched = child("obedient")
        watched.client.warm()
        qtbot.waitUntil(lambda: watched.client.state is RunState.READY, timeout=20_000)
        pid = watched.client.process_id
        watched.client.close()
        assert is_gone(pid)

    def test_closing_kills_a_child_that_does_not_listen(
        self, qtbot: QtBot, child: Child, tmp_path: Path
    ) -> None:
        watched = child("deaf")
        watched.client.train(tmp_path)
        qtbot.waitUntil(lambda: watched.steps == [1], timeout=20_000)
        pid = watched.client.process_id
        watched.client.close()
        assert is_gone(pid)

    def test_stop_kills_after_a_grace_and_is_no_failure(
        self, qtbot: QtBot, child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client_module, "STOP_GRACE_MS", 100)
        watched = child("deaf")
        watched.client.train(tmp_path)
        qtbot.waitUntil(lambda: watched.steps == [1], timeout=20_000)
        watched.client.stop()
        qtbot.waitUntil(lambda: watched.client.state is RunState.FINISHED, timeout=20_000)
        assert not any(isinstance(event, Failed) for event in watched.events)

    def test_stopping_while_it_warms_means_the_run_never_starts(
        self, qtbot: QtBot, child: Child, tmp_path: Path
    ) -> None:
        watched = child("quick")
        watched.client.train(tmp_path)
        watched.client.stop()
        qtbot.waitUntil(lambda: watched.client.state is RunState.FINISHED, timeout=20_000)
        assert watched.steps == []

    @pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
    def test_a_child_that_is_killed_while_idle_leaves_no_trouble(
        self, qtbot: QtBot, child: Child
    ) -> None:
        watched = child("obedient")
        watched.client.warm()
        qtbot.waitUntil(lambda: watched.client.state is RunState.READY, timeout=20_000)
        os.kill(watched.client.process_id, signal.SIGKILL)
        qtbot.waitUntil(lambda: watched.client.state is RunState.FAILED, timeout=20_000)
        assert watched.client.process_id == 0
