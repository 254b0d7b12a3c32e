"""One change after another: undo steps, the place they happened, the code that follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.document import Document
from graphcore import edits, gallery, store
from graphcore.diagram import Definition, Diagram, Point, Step, empty_diagram
from graphcore.store import StoreError

STAGE2 = (Step("stage2", 0),)


def adding(kind: str, x: int = 0) -> Callable[[Diagram], Diagram]:
    return lambda d: edits.add_node(d, d.main, kind, Point(x, 0))[0]


def setting(name: str, value: int) -> Callable[[Diagram], Diagram]:
    return lambda d: edits.set_block_param(d, d.main, name, value)


class TestAnEdit:
    def test_is_one_step_with_a_name(self, document: Document) -> None:
        before = document.diagram
        assert document.apply("Add ReLU", adding("ReLU"))
        assert document.undo_stack.undoText() == "Add ReLU"
        after = document.diagram
        document.undo_stack.undo()
        assert document.diagram is before
        document.undo_stack.redo()
        assert document.diagram is after

    def test_is_told_with_its_analysis(self, document: Document) -> None:
        before, told = document.diagram, list[object]()
        document.changed.connect(lambda *diagrams: told.append(diagrams))
        document.analysed.connect(told.append)
        document.apply("Add ReLU", adding("ReLU"))
        assert told == [(before, document.diagram), document.analysis]
        assert document.analysis.diagram is document.diagram

    def test_that_is_refused_changes_nothing_and_says_why(
        self, document: Document, qtbot: QtBot
    ) -> None:
        before = document.diagram
        with qtbot.waitSignal(document.refused) as told:
            assert not document.apply("Rename", lambda d: edits.rename(d, d.main, "stem", "class"))
        assert "word of the Python language" in told.args[0]
        assert document.diagram is before
        assert document.undo_stack.count() == 0

    def test_that_changes_nothing_is_no_step(self, document: Document) -> None:
        assert not document.apply("Nothing", setting("width", 16))
        assert document.undo_stack.count() == 0

    def test_is_refused_in_a_document_for_reading(self, qtbot: QtBot) -> None:
        document = Document(gallery.build("mlp-digits"), read_only=True)
        with qtbot.waitSignal(document.refused):
            assert not document.apply("Add ReLU", adding("ReLU"))


class TestAGesture:
    def test_with_one_key_is_one_step(self, document: Document) -> None:
        for width in (17, 18, 19):
            document.apply("Set width", setting("width", width), merge_key="width")
        assert document.undo_stack.count() == 1
        document.undo_stack.undo()
        assert document.diagram.main_block.params[1].default == 16

    def test_ends_when_it_is_sealed(self, document: Document) -> None:
        document.apply("Set width", setting("width", 17), merge_key="width")
        document.seal()
        document.apply("Set width", setting("width", 18), merge_key="width")
        assert document.undo_stack.count() == 2

    def test_does_not_take_in_another(self, document: Document) -> None:
        document.apply("Set width", setting("width", 17), merge_key="width")
        document.apply("Set depth", setting("depth", 26), merge_key="depth")
        document.apply("Add ReLU", adding("ReLU"))
        document.apply("Add ReLU", adding("ReLU", 50))
        assert document.undo_stack.count() == 4


class TestThePlace:
    def test_is_the_model_at_first(self, document: Document) -> None:
        assert document.place == ("ResNet20", ())

    def test_of_an_instance_is_its_block(self, document: Document) -> None:
        document.enter(STAGE2)
        assert document.block == "Residual"
        assert document.result is document.analysis.at(STAGE2)

    def test_leaving_selects_what_was_left(self, document: Document) -> None:
        document.enter(STAGE2)
        document.leave()
        assert document.instance == ()
        assert document.selection == {"stage2"}

    def test_of_an_edit_is_where_undo_goes(self, document: Document, qtbot: QtBot) -> None:
        document.enter(STAGE2)
        document.select(["conv1"])
        document.apply("Delete", lambda d: edits.delete(d, "Residual", ["conv1"]))
        document.enter(())
        with qtbot.waitSignal(document.place_changed):
            document.undo_stack.undo()
        assert document.place == ("Residual", STAGE2)
        assert document.selection == {"conv1"}

    def test_that_is_gone_becomes_the_nearest_around(self, document: Document) -> None:
        document.enter(STAGE2)
        document.apply("Delete", lambda d: edits.delete(d, d.main, ["stage2"]))
        assert document.place == ("ResNet20", ())

    def test_in_a_copy_that_is_gone_becomes_the_first_copy(self, document: Document) -> None:
        document.enter((Step("stage2", 2),))
        document.apply("Set depth", setting("depth", 14))
        assert document.instance == (Step("stage2", 0),)

    def test_of_a_block_that_nothing_uses_has_no_instance(self, document: Document) -> None:
        document.apply("Define", lambda d: edits.add_block(d, "Extra"))
        document.show_block("Extra")
        assert document.place == ("Extra", ())
        assert document.result is None

    def test_of_a_definition_is_shown_and_selected(self, document: Document) -> None:
        document.reveal(Definition("Residual", "conv2"))
        assert document.block == "Residual"
        assert document.selection == {"conv2"}


def test_a_selection_holds_only_what_exists(document: Document) -> None:
    document.select(["stem", "nothing"])
    assert document.selection == {"stem"}
    document.apply("Delete", lambda d: edits.delete(d, d.main, ["stem"]))
    assert document.selection == frozenset()


class TestTheCode:
    def test_follows_a_moment_later(self, document: Document, qtbot: QtBot) -> None:
        with qtbot.waitSignal(document.source_changed, timeout=2000):
            document.apply("Set width", setting("width", 24))
        assert document.source is not None
        assert "width: int = 24" in document.source.text

    def test_of_a_broken_diagram_is_the_last_good_one(
        self, document: Document, qtbot: QtBot
    ) -> None:
        good = document.current_source()
        with qtbot.waitSignal(document.source_changed, timeout=2000) as told:
            document.apply("Delete", lambda d: edits.delete(d, d.main, ["stem"]))
        assert told.args == [None]
        assert document.source is None
        assert document.good_source is good

    def test_of_another_document_does_not_linger(self, document: Document, qtbot: QtBot) -> None:
        document.current_source()
        document.new(empty_diagram())
        assert document.good_source is None


class TestTheFile:
    def test_is_saved_and_opened(self, document: Document, tmp_path: Path) -> None:
        path = tmp_path / "net.skw"
        document.apply("Add ReLU", adding("ReLU"))
        assert not document.is_clean
        document.save(path)
        assert document.is_clean
        other = Document()
        other.open(path)
        assert other.diagram == document.diagram
        assert other.path == path
        assert other.undo_stack.count() == 0

    def test_that_is_broken_leaves_the_document_alone(
        self, document: Document, tmp_path: Path
    ) -> None:
        path = tmp_path / "net.skw"
        path.write_text('{"format": "skipwright"')
        before = document.diagram
        with pytest.raises(StoreError):
            document.open(path)
        assert document.diagram is before
        assert document.path is None

    def test_of_a_newer_version_is_for_reading(self, document: Document, tmp_path: Path) -> None:
        path = tmp_path / "net.skw"
        text = store.dumps(document.diagram).replace('"version": 1', '"version": 99', 1)
        path.write_text(text)
        assert "newer version" in document.open(path)
        assert document.read_only

    def test_restored_after_a_crash_is_not_clean(self, document: Document, tmp_path: Path) -> None:
        document.restore(gallery.build("mlp-digits"), tmp_path / "net.skw")
        assert not document.is_clean
        assert document.path == tmp_path / "net.skw"
