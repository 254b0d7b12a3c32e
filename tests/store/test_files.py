"""Files on the disk: saved whole or not at all, never lost, and opened with care."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from graphcore import edits, store
from graphcore.analysis import analyse
from graphcore.diagram import Diagram, Node
from graphcore.edits.editing import with_node
from graphcore.gallery import build
from graphcore.layout import arrange_diagram
from graphcore.store import StoreError

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions, links and pipes of POSIX")


@pytest.fixture
def diagram() -> Diagram:
    return build("mlp-digits")


def test_what_is_written_is_read(tmp_path: Path, diagram: Diagram) -> None:
    path = tmp_path / "net ü.skw"
    store.write(diagram, path)
    assert store.read(path) == store.read(str(path)) == diagram
    assert store.open_file(path) == store.Opened(diagram)
    assert [path] == list(tmp_path.iterdir())


@posix
def test_permissions_are_kept(tmp_path: Path, diagram: Diagram) -> None:
    path = tmp_path / "net.skw"
    before = os.umask(0o027)
    try:
        store.write(diagram, path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    store.write(diagram, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


@posix
def test_a_link_is_followed(tmp_path: Path, diagram: Diagram) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.skw"
    link.symlink_to(tmp_path / "real" / "net.skw")
    store.write(diagram, link)
    assert link.is_symlink()
    assert store.read(tmp_path / "real" / "net.skw") == diagram


def no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace", "pathlib.Path.chmod"])
def test_a_disk_that_refuses_leaves_the_old_file(
    tmp_path: Path, diagram: Diagram, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.skw"
    store.write(diagram, path)
    monkeypatch.setattr(call, no_space)
    with pytest.raises(OSError, match="No space left"):
        store.write(edits.set_notes(diagram, "new"), path)
    monkeypatch.undo()
    assert store.read(path) == diagram
    assert [path] == list(tmp_path.iterdir())


REMEDIES = [
    (errno.ENOSPC, "No space left on device: make room on the disk, or choose another place"),
    (errno.EACCES, "Permission denied: you may not write there; choose another folder"),
    (errno.EROFS, "Read-only file system: you may not write there; choose another folder"),
    (errno.EIO, "Input/output error: choose another place"),
]


@posix
@pytest.mark.parametrize(("number", "message"), REMEDIES)
def test_the_refusal_says_what_to_do(
    tmp_path: Path,
    diagram: Diagram,
    number: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(store.WriteError) as refused:
        store.write(diagram, tmp_path / "net.skw")
    assert str(refused.value) == f"{message}. Nothing that is on the disk has changed."
    assert refused.value.filename == str(tmp_path / "net.skw")


@posix
@pytest.mark.parametrize(
    ("name", "message"),
    [("no/net.skw", "there is no such folder"), ("n" * 300, "choose a shorter name")],
)
def test_a_name_that_cannot_be(tmp_path: Path, diagram: Diagram, name: str, message: str) -> None:
    with pytest.raises(store.WriteError, match=message):
        store.write(diagram, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_name_as_long_as_the_disk_takes(tmp_path: Path, diagram: Diagram) -> None:
    path = tmp_path / ("n" * 251 + ".skw")
    store.write(diagram, path)
    assert store.read(path) == diagram


@posix
def test_a_disk_that_syncs_no_folders_is_written_to_all_the_same(
    tmp_path: Path, diagram: Diagram, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_files_only(path: object, *more: int, **given: int) -> int:
        if path == tmp_path:
            raise OSError(errno.EINVAL, "Invalid argument")
        return opened(path, *more, **given)  # type: ignore[arg-type]

    opened = os.open
    monkeypatch.setattr("os.open", open_files_only)
    store.write(diagram, tmp_path / "net.skw")
    assert store.read(tmp_path / "net.skw") == diagram


UNFIT: list[Callable[[Diagram], Diagram]] = [
    lambda d: replace(d, notes="\ud800"),
    lambda d: replace(d, main="Nowhere"),
    lambda d: with_node(d, "MLP", Node("fc1", "Linear", "class")),
    lambda d: replace(d, version=2),
]


@pytest.mark.parametrize("spoil", UNFIT)
def test_what_could_not_be_opened_again_does_not_take_the_place_of_a_good_file(
    tmp_path: Path, diagram: Diagram, spoil: Callable[[Diagram], Diagram]
) -> None:
    path = tmp_path / "net.skw"
    store.write(diagram, path)
    with pytest.raises(StoreError):
        store.write(spoil(diagram), path)
    assert store.read(path) == diagram


class TestOpening:
    def test_what_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            store.read(tmp_path / "no.skw")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="is not a file"):
            store.read(tmp_path)

    @posix
    def test_a_pipe_does_not_keep_it_waiting(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.skw")
        with pytest.raises(StoreError, match="is not a file"):
            store.read(tmp_path / "pipe.skw")

    def test_something_that_is_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "net.skw"
        path.write_bytes(b'{\n"format": "\xff"}')
        with pytest.raises(StoreError, match="line 2: this is not a text in UTF-8"):
            store.read(path)

    def test_something_far_too_large(self, tmp_path: Path) -> None:
        path = tmp_path / "net.skw"
        with path.open("wb") as file:
            file.truncate(65 * 2**20)
        with pytest.raises(StoreError, match="larger than 64 MiB"):
            store.read(path)


class TestANewerVersion:
    @pytest.fixture
    def path(self, tmp_path: Path, diagram: Diagram) -> Path:
        """A file of version 2 with a kind, a parameter and fields that nobody knows yet."""
        text = store.dumps(diagram).replace('"version": 1', '"version": 2')
        text = text.replace(
            '"kind": "ReLU"', '"kind": "Novel", "colour": "red", "params": {"a": 1}'
        )
        path = tmp_path / "net.skw"
        path.write_text(text.replace('"main"', '"theme": 3, "main"'), encoding="utf-8")
        return path

    def test_is_not_read_as_if_nothing_were_lost(self, path: Path) -> None:
        with pytest.raises(store.NewerVersion):
            store.read(path)

    def test_opens_for_reading_only(self, path: Path) -> None:
        opened = store.open_file(path)
        assert opened.read_only
        assert "made by a newer version" in opened.notice
        assert opened.diagram.main_block.graph.nodes["relu1"].kind == "Novel"

    def test_is_shown_with_what_is_not_known_as_problems(self, path: Path) -> None:
        shown = store.open_file(path).diagram
        assert set(arrange_diagram(shown).main_block.positions) == set(shown.main_block.graph.nodes)
        assert any("Novel" in problem.message for problem in analyse(shown).diagnostics)

    def test_cannot_be_saved(self, path: Path) -> None:
        before = path.read_bytes()
        with pytest.raises(StoreError, match="cannot be saved by this program"):
            store.write(store.open_file(path).diagram, path)
        assert path.read_bytes() == before
