"""The parameters above the canvas: they are the model's, and all of them can be reached."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.canvas_area import CanvasArea
from app.document import Document
from app.fields import SliderField
from app.param_bar import ParamBar
from graphcore import gallery
from graphcore.diagram import empty_diagram
from tests.app.test_panels import shown


class TestTheSliders:
    @pytest.fixture
    def bar(self, qtbot: QtBot, document: Document) -> ParamBar:
        bar = ParamBar(document)
        shown(qtbot, bar, 900, 44)
        return bar

    def test_change_the_model_as_they_move(self, bar: ParamBar, document: Document) -> None:
        field = bar.fields["width"]
        assert isinstance(field, SliderField)
        for _ in range(3):
            QTest.keyClick(field.slider, Qt.Key.Key_Right)
        assert document.diagram.main_block.params[1].default == 19
        assert document.undo_stack.count() == 1
        assert field.line.text() == "19"

    def test_follow_undo(self, bar: ParamBar, document: Document) -> None:
        field = bar.fields["width"]
        assert isinstance(field, SliderField)
        QTest.keyClick(field.slider, Qt.Key.Key_End)
        document.undo_stack.undo()
        assert field.slider.value() == field.track.position(16)

    def test_stand_in_two_lines_where_one_has_no_room_for_all(self, qtbot: QtBot) -> None:
        document = Document(gallery.build("gpt2"))
        area = CanvasArea(document)
        shown(qtbot, area, 920, 500)
        bar = area.params
        fields = bar.fields.values()
        ends = [field.mapTo(bar, field.rect().bottomRight()) for field in fields]
        assert len(ends) == 5
        assert all(bar.rect().contains(end) for end in ends)
        assert len({end.y() for end in ends}) == 2
        assert area.canvas.geometry().top() > bar.geometry().bottom()

    def test_tell_when_there_are_none(
        self, bar: ParamBar, document: Document, qtbot: QtBot
    ) -> None:
        with qtbot.waitSignal(bar.emptied) as told:
            document.new(empty_diagram())
        assert told.args == [True]
