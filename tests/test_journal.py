"""The edit journal: a crash costs nothing that was recorded, and nobody is asked in vain."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from io import FileIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcore import edits, store
from graphcore.diagram import Diagram, Point, empty_diagram
from graphcore.gallery import build
from graphcore.journal import Journal, abandoned
from graphcore.journal_entry import NOTHING, applied, entry, splice
from graphcore.store.writing import file_text, written
from tests.any_diagrams import any_diagrams

START = build("mlp-digits")
posix = pytest.mark.skipif(sys.platform == "win32", reason="files that are open can be removed")


def edited(notes: str = "edited") -> Diagram:
    return edits.set_notes(START, notes)


def crash(journal: Journal) -> None:
    """What the end of a process does: the lock goes, the file stays."""
    for file in (journal._file, journal._before):
        if file is not None:
            file.close()


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


class TestAfterACrash:
    def test_the_last_edit_is_there(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path, START)
        steps = [
            edits.move(START, "MLP", {"fc1": Point(7, 7)}),
            edits.set_param(START, "MLP", "fc1", "bias", False),
            edits.set_recipe(START, "epochs", 2),
            edits.set_block_param(START, "MLP", "width", 3),
            edits.delete(START, "MLP", {"fc2"}),
            edits.add_block(START, "Body"),
            edits.rename_block(START, "MLP", "Net"),
            edits.set_symbol(START, "N", 9),
        ]
        for step in steps:
            journal.record(step)
            crash(journal)
            (found,) = abandoned(tmp_path)
            assert found.diagram == step, "parameters, recipe, symbols and layout are all replayed"
            assert found.path is None
            journal = found.adopt()

    def test_of_the_process_itself(self, tmp_path: Path) -> None:
        """A killed process gives its lock back; a running one keeps its journal to itself."""
        script = (
            "import sys, pathlib\n"
            "from graphcore import edits\n"
            "from graphcore.gallery import build\n"
            "from graphcore.journal import Journal\n"
            "start = build('mlp-digits')\n"
            "journal = Journal(pathlib.Path(sys.argv[1]), start)\n"
            "journal.record(edits.set_notes(start, 'edited'))\n"
            "print('recorded', flush=True)\n"
            "sys.stdin.read()\n"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == "recorded\n"
            assert abandoned(tmp_path) == ()
            child.kill()
        (found,) = abandoned(tmp_path)
        assert found.diagram == edited()
        found.leave()

    def test_a_second_crash_after_the_restore_loses_nothing(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path, START)
        journal.record(edited())
        crash(journal)
        for _ in range(3):
            (found,) = abandoned(tmp_path)
            assert found.diagram == edited()
            crash(found.adopt())
        (found,) = abandoned(tmp_path)
        journal = found.adopt()
        journal.record(edited("more"))
        crash(journal)
        (found,) = abandoned(tmp_path)
        assert found.diagram == edited("more")
        assert len(files(tmp_path)) == 1
        found.leave()

    @pytest.mark.parametrize("lost", [1, 40, 200])
    def test_a_torn_line_costs_the_edit_that_it_notes(self, tmp_path: Path, lost: int) -> None:
        journal = Journal(tmp_path, START)
        journal.record(edited())
        journal.record(edited("a long note " * 40))
        crash(journal)
        (path,) = files(tmp_path)
        path.write_bytes(path.read_bytes()[:-lost])
        (found,) = abandoned(tmp_path)
        assert found.diagram == edited()
        found.leave()

    def test_a_file_cut_at_any_byte_costs_no_more_than_that(self, tmp_path: Path) -> None:
        start = empty_diagram()
        states = [start, *(edits.set_notes(start, notes) for notes in ("one", "two", "three"))]
        journal = Journal(tmp_path, start)
        for state in states[1:]:
            journal.record(state)
        crash(journal)
        (path,) = files(tmp_path)
        content = path.read_bytes()
        ends = [at + 1 for at, byte in enumerate(content) if byte == ord("\n")]
        for size in range(len(content) + 1):
            path.write_bytes(content[:size])
            found = [recovery.diagram for recovery in abandoned(tmp_path)]
            complete = sum(end <= size for end in ends) - 2
            assert found == ([states[complete]] if complete > 0 else [])

    def test_several_documents_the_latest_first(self, tmp_path: Path) -> None:
        for age, notes in ((20, "old"), (10, "new"), (30, "oldest")):
            journal = Journal(tmp_path, START, tmp_path / f"{notes}.skw")
            journal.record(edited(notes))
            assert journal.file is not None
            path = journal.file
            crash(journal)
            _set_age(path, age)
        found = abandoned(tmp_path)
        assert [recovery.diagram.notes for recovery in found] == ["new", "old", "oldest"]
        assert found[0].path == tmp_path / "new.skw"
        for recovery in found:
            recovery.discard()
        assert files(tmp_path) == []


def _set_age(path: Path, seconds: int) -> None:
    os.utime(path, (1_700_000_000 - seconds,) * 2)


class TestNobodyIsAskedInVain:
    def test_looking_leaves_no_trace(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path / "state", START)
        journal.record(START)
        assert journal.file is None
        assert abandoned(tmp_path / "state") == ()

    def test_a_saved_document_has_nothing_to_give(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path, START)
        journal.record(edited())
        journal.saved(edited(), tmp_path / "net.skw")
        assert files(tmp_path) == []
        journal.record(edited("later"))
        crash(journal)
        (found,) = abandoned(tmp_path)
        assert found.path == tmp_path / "net.skw"
        found.leave()

    def test_nor_one_that_was_undone_to_what_was_saved(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path, START)
        journal.record(edited())
        journal.record(START)
        crash(journal)
        assert abandoned(tmp_path) == ()
        assert files(tmp_path) == []

    def test_nor_one_whose_file_holds_the_last_state(self, tmp_path: Path) -> None:
        """The crash came between saving and the removal of the journal."""
        path = tmp_path / "net.skw"
        journal = Journal(tmp_path / "state", START, path)
        journal.record(edited())
        store.write(edited(), path)
        crash(journal)
        assert abandoned(tmp_path / "state") == ()

    @pytest.mark.parametrize("content", ["", "{", '{"format": "other"}'])
    def test_a_file_that_is_damaged_or_gone_does_not_take_the_work_with_it(
        self, tmp_path: Path, content: str
    ) -> None:
        path = tmp_path / "net.skw"
        journal = Journal(tmp_path / "state", START, path)
        journal.record(edited())
        path.write_text(content)
        crash(journal)
        (found,) = abandoned(tmp_path / "state")
        assert found.diagram == edited()
        found.leave()

    @pytest.mark.parametrize(
        "content", [b"", b"\n", b"{}\n{}\n", b'{"path": null}\n[]\n', b"\xff\n\n"]
    )
    def test_what_is_no_journal_is_left_alone(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "other.journal").write_bytes(content)
        assert abandoned(tmp_path) == ()
        assert (tmp_path / "other.journal").read_bytes() == content

    def test_closing_without_saving_removes_it(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path, START)
        journal.record(edited())
        crash(journal)
        (found,) = abandoned(tmp_path)
        found.adopt().discard()
        assert files(tmp_path) == []


class TestSeveralProgramsAtOnce:
    """Another instance looks for abandoned work at any moment."""

    def test_a_journal_that_goes_before_it_is_opened(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        journal = Journal(tmp_path, START)
        journal.record(edited())

        def late(path: Path, mode: str) -> FileIO:
            journal.discard()
            return FileIO(path, mode)

        monkeypatch.setattr("graphcore.journal.FileIO", late)
        assert abandoned(tmp_path) == ()

    @posix
    def test_a_journal_that_goes_before_it_is_locked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        journal = Journal(tmp_path, START)
        journal.record(edited())

        def early(path: Path, mode: str) -> FileIO:
            file = FileIO(path, mode)
            journal.discard()
            return file

        monkeypatch.setattr("graphcore.journal.FileIO", early)
        assert abandoned(tmp_path) == ()

    @posix
    def test_a_journal_looked_at_while_it_is_begun_is_locked_all_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import fcntl

        leaving: list[threading.Timer] = []

        def looked_at(path: Path, mode: str) -> FileIO:
            file = FileIO(path, mode)
            looker = FileIO(path, "r")
            fcntl.flock(looker, fcntl.LOCK_EX)
            leaving.append(threading.Timer(0.05, looker.close))
            leaving[0].start()
            return file

        monkeypatch.setattr("graphcore.journal.FileIO", looked_at)
        journal = Journal(tmp_path, START)
        journal.record(edited())
        monkeypatch.undo()
        leaving[0].join()
        assert abandoned(tmp_path) == ()
        journal.discard()


class TestADiskThatRefuses:
    def test_the_next_edit_notes_both(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        journal = Journal(tmp_path, START)
        journal.record(edited())
        moved = edits.move(edited(), "MLP", {"fc1": Point(7, 7)})
        with monkeypatch.context() as patch:
            patch.setattr(journal, "_file", _Full(journal))
            with pytest.raises(OSError, match="No space left"):
                journal.record(moved)
        final = edits.set_param(moved, "MLP", "fc2", "bias", False)
        journal.record(final)
        crash(journal)
        (found,) = abandoned(tmp_path)
        assert found.diagram == final
        found.leave()

    def test_a_journal_that_cannot_be_begun(self, tmp_path: Path) -> None:
        (tmp_path / "state").write_text("a file where the folder should be")
        journal = Journal(tmp_path / "state", START)
        with pytest.raises(OSError, match="state"):
            journal.record(edited())
        (tmp_path / "state").unlink()
        journal.record(edited())
        crash(journal)
        (found,) = abandoned(tmp_path / "state")
        assert found.diagram == edited()
        found.leave()


class _Full:
    """A file on a full disk: it takes ten bytes and then no more."""

    def __init__(self, journal: Journal) -> None:
        assert journal._file is not None
        self._file = journal._file
        self.seek, self.truncate = self._file.seek, self._file.truncate

    def write(self, data: memoryview) -> int:
        self._file.write(data[:10])
        raise OSError(28, "No space left on device")


def test_a_long_journal_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphcore.journal.MAX_BYTES", 20_000)
    journal = Journal(tmp_path, START)
    for number in range(200):
        journal.record(edited(f"{number} " * 100))
    (path,) = files(tmp_path)
    assert path.stat().st_size < 25_000
    crash(journal)
    (found,) = abandoned(tmp_path)
    assert found.diagram == edited("199 " * 100)
    found.leave()


@settings(max_examples=20)
@given(any_diagrams(), any_diagrams(), any_diagrams())
def test_entries_lead_from_any_diagram_to_any_other(a: Diagram, b: Diagram, c: Diagram) -> None:
    parts, last = NOTHING, None
    for diagram in (a, b, c, replace(b, notes="last")):
        now = written(diagram, last)
        parts = applied(entry(now, (last.head, last.blocks) if last else NOTHING), parts)
        last = now
        assert store.loads(file_text(*parts)) == diagram


@given(st.lists(st.sampled_from("ab"), max_size=8), st.lists(st.sampled_from("ab"), max_size=8))
def test_a_splice_makes_the_new_lines_of_the_old(old: list[str], new: list[str]) -> None:
    change = splice(old, new)
    if change is None:
        assert old == new
        return
    start, dropped, put = change
    assert [*old[:start], *put, *old[start + dropped :]] == new
