"""The whole window, with real keys and clicks."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app import settings, theme
from app.palette import LAYER_MIME
from app.window import MainWindow
from graphcore import edits, gallery, store
from graphcore.diagram import Step, empty_diagram
from tests.app.acting import CTRL, SHIFT, answer, change, drop, leave, press


class TestAtFirst:
    def test_an_example_is_there_with_three_cards(self, window: MainWindow) -> None:
        assert window.document.diagram == gallery.build("resnet20-digits")
        assert window.area.cards.isVisible()
        assert window.status.sizes.text() == "" or "272,186" in window.status.sizes.text()

    @pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 800), (1680, 1050)])
    def test_the_cards_cover_nothing_of_the_example(
        self, window: MainWindow, qtbot: QtBot, width: int, height: int
    ) -> None:
        window.resize(width, height)
        QTest.qWait(50)
        canvas = window.canvas
        content = canvas.mapFromScene(canvas.diagram_scene.content_rect()).boundingRect()
        assert content.bottom() <= window.area.cards.y()
        zoom = canvas.zoom
        QTest.mouseClick(window.area.cards.cross, Qt.MouseButton.LeftButton)
        assert canvas.zoom >= zoom

    def test_sizes_problems_and_saving_are_told(self, window: MainWindow, qtbot: QtBot) -> None:
        qtbot.waitUntil(lambda: "272,186 parameters" in window.status.sizes.text(), timeout=3000)
        assert window.status.sizes.text().endswith("output N × 10")
        assert window.status.state.text() == "No problems · not saved yet"

    def test_errors_and_warnings_are_counted(self, window: MainWindow) -> None:
        change(window)
        assert window.status.state.text() == "1 error, 1 warning · not saved yet"

    def test_the_tab_of_the_problems_counts_them_before_it_was_in_front(
        self, window: MainWindow
    ) -> None:
        change(window)
        assert window.panels.bar.tabText(1) == "Problems 2"
        window.panels.show_panel("Problems")
        assert window.problems.isVisible()
        assert window.problems.tree.topLevelItemCount() == 2

    def test_another_diagram_begins_with_its_blocks_closed(self, window: MainWindow) -> None:
        window.canvas.setFocus()
        window.document.select(["stage1"])
        QTest.keyClick(window.canvas, Qt.Key.Key_O)
        assert ("stage1",) in window.canvas.diagram_scene.sheets
        window.document.new(gallery.build("resnet56-digits"))
        assert set(window.canvas.diagram_scene.sheets) == {()}

    def test_cards_stay_while_a_block_is_worked_in_where_it_stands(
        self, window: MainWindow
    ) -> None:
        window.canvas.toggle("stage1", window.canvas.diagram_scene.root)
        window.document.enter((Step("stage1", 0),))
        assert window.area.cards.isVisible()
        window.document.enter((Step("stage2", 0),))
        assert not window.area.cards.isVisible()

    def test_dismissed_cards_stay_away(self, window: MainWindow, qtbot: QtBot) -> None:
        QTest.mouseClick(window.area.cards.cross, Qt.MouseButton.LeftButton)
        assert not window.area.cards.isVisible()
        other = MainWindow(warm=False)
        qtbot.addWidget(other)
        other.show()
        assert not other.area.cards.isVisible()
        window.actions_table["first_steps"].trigger()
        assert window.area.cards.isVisible()

    def test_a_file_is_opened(self, qtbot: QtBot, tmp_path: Path) -> None:
        path = tmp_path / "net.skw"
        store.write(gallery.build("mlp-digits"), path)
        window = MainWindow(path, warm=False)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitUntil(lambda: window.document.path == path, timeout=3000)
        assert not window.area.cards.isVisible()
        assert settings.recent_files() == (path,)

    def test_a_broken_file_is_told_and_the_example_is_there(
        self, qtbot: QtBot, tmp_path: Path
    ) -> None:
        path = tmp_path / "net.skw"
        path.write_text("{")
        window = MainWindow(path, warm=False)
        qtbot.addWidget(window)
        told: list[str] = []
        answer(window, "OK", told)
        window.show()
        qtbot.waitUntil(lambda: bool(told), timeout=3000)
        assert "net.skw cannot be opened" in told[0]
        assert window.document.diagram.main == "ResNet20"

    def test_the_third_card_opens_a_net_that_lacks_a_skip(self, window: MainWindow) -> None:
        QTest.mouseClick(window.area.cards.cards["draw"], Qt.MouseButton.LeftButton)
        blocks = window.document.diagram.blocks.values()
        assert not any(edge.kind == "skip" for b in blocks for edge in b.graph.edges.values())
        assert window.area.toast.isVisible()


class TestDrawing:
    def test_enter_in_the_palette_adds_to_the_canvas(self, window: MainWindow) -> None:
        press(window, Qt.Key.Key_F)
        search = window.palette_panel.search
        QTest.keyClicks(search, "dropout")
        QTest.keyClick(search, Qt.Key.Key_Return)
        kinds = {node.kind for node in window.document.diagram.main_block.graph.nodes.values()}
        assert "Dropout" in kinds
        assert window.document.undo_stack.undoText().endswith("Dropout")

    def test_a_layer_is_dragged_onto_the_canvas(self, window: MainWindow) -> None:
        data = QMimeData()
        data.setData(LAYER_MIME, b"Dropout")
        drop(window.canvas.viewport(), data)
        kinds = [node.kind for node in window.document.diagram.main_block.graph.nodes.values()]
        assert kinds.count("Dropout") == 1

    def test_letters_choose_tools_on_the_canvas(self, window: MainWindow) -> None:
        none = Qt.KeyboardModifier.NoModifier
        for key, tool in (
            (Qt.Key.Key_W, "wire"),
            (Qt.Key.Key_S, "skip"),
            (Qt.Key.Key_D, "dense"),
            (Qt.Key.Key_E, "encoder_decoder"),
            (Qt.Key.Key_V, "select"),
        ):
            press(window, key, none)
            assert window.canvas.tool == tool
            assert window.header.tools[tool].isChecked()
            assert window.actions_table[f"tool_{tool}"].isChecked()

    def test_letters_are_letters_where_they_are_typed(self, window: MainWindow) -> None:
        search = window.palette_panel.search
        search.setFocus()
        QTest.keyClicks(search, "sw")
        assert search.text() == "sw"
        assert window.canvas.tool == "select"

    @pytest.mark.parametrize("tool", ["wire", "skip", "dense", "encoder_decoder"])
    def test_tools_are_chosen_by_the_mouse(self, window: MainWindow, tool: str) -> None:
        QTest.mouseClick(window.header.tools[tool], Qt.MouseButton.LeftButton)
        assert window.canvas.tool == tool
        assert not window.header.tools["select"].isChecked()

    def test_what_is_refused_is_told_over_the_canvas(self, window: MainWindow) -> None:
        window.document.apply("Rename", lambda d: edits.rename(d, d.main, "stem", "class"))
        assert "word of the Python language" in window.area.toast.text()
        assert window.area.toast.isVisible()

    def test_undo_and_redo_name_their_step(self, window: MainWindow) -> None:
        change(window)
        undo, redo = window.actions_table["undo"], window.actions_table["redo"]
        assert undo.text() == "&Undo Add"
        press(window, Qt.Key.Key_Z)
        assert redo.text() == "&Redo Add"
        assert not undo.isEnabled()
        press(window, Qt.Key.Key_Y)
        assert undo.isEnabled()

    def test_what_is_taken_back_is_seen(self, window: MainWindow) -> None:
        change(window)
        window.show_workspace(training=True)
        QTest.keyClick(window.train_page, Qt.Key.Key_Z, CTRL)
        assert not window.is_training_shown
        window.show_workspace(training=True)
        window.document.apply("Change epochs", lambda d: edits.set_recipe(d, "epochs", 3))
        QTest.keyClick(window.train_page, Qt.Key.Key_Z, CTRL)
        assert window.is_training_shown

    def test_what_was_said_of_a_run_goes_with_the_next_edit(self, window: MainWindow) -> None:
        window.status.tell_progress("trained 176 steps in 3 s", -1)
        assert window.status.progress.isVisible()
        change(window)
        assert not window.status.progress.isVisible()
        window.status.tell_progress("epoch 2 of 8", 0.2)
        change(window)
        assert window.status.progress.isVisible()

    def test_what_was_told_of_a_document_goes_with_it(self, window: MainWindow) -> None:
        window.area.toast.tell("This file was made by a newer version.")
        window.document.new(gallery.build("mlp-digits"))
        assert not window.area.toast.isVisible()

    @pytest.mark.parametrize("tab", ["Gallery", "Layers"])
    def test_what_is_typed_after_a_click_on_a_tab_is_searched_for(
        self, window: MainWindow, tab: str
    ) -> None:
        window.canvas.setFocus()
        bar = window.side.bar
        index = next(i for i in range(bar.count()) if bar.tabText(i) == tab)
        QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClicks(focused, "resnet")
        panel = window.gallery if tab == "Gallery" else window.palette_panel
        assert panel.search.text() == "resnet"
        assert window.canvas.tool == "select"

    def test_copy_and_paste(self, window: MainWindow) -> None:
        count = len(window.document.diagram.main_block.graph.nodes)
        window.document.select(["stem"])
        press(window, Qt.Key.Key_C)
        press(window, Qt.Key.Key_V)
        assert len(window.document.diagram.main_block.graph.nodes) == count + 1
        press(window, Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier)
        assert len(window.document.diagram.main_block.graph.nodes) == count

    def test_f1_explains_what_is_selected(self, window: MainWindow) -> None:
        window.document.select(["stem"])
        press(window, Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier)
        dialog = next(w for w in window.findChildren(QWidget) if w.windowTitle() == "Conv2d")
        assert dialog.isVisible()


class TestCommands:
    def test_every_key_has_one_meaning(self, window: MainWindow) -> None:
        keys = [key.toString() for _, action in window.actions_table for key in action.shortcuts()]
        assert sorted(keys) == sorted(set(keys))

    def test_every_command_says_what_it_does(self, window: MainWindow) -> None:
        for command, action in window.actions_table:
            assert command.tip
            assert action.toolTip().startswith(command.tip)

    def test_any_command_is_found_by_typing(self, window: MainWindow, qtbot: QtBot) -> None:
        press(window, Qt.Key.Key_P, CTRL | SHIFT)
        palette = window.commands.palette
        assert palette is not None
        assert palette.isVisible()
        QTest.keyClicks(palette.line, "dark col")
        QTest.keyClick(palette.line, Qt.Key.Key_Return)
        assert theme.current().is_dark
        assert settings.scheme() == "dark"
        window.actions_table["light"].trigger()
        assert not theme.current().is_dark

    def test_panels_are_hidden_and_shown(self, window: MainWindow) -> None:
        for name, panel in (
            ("side", window.side),
            ("inspector", window.inspector),
            ("bottom", window.panels),
        ):
            window.actions_table[name].trigger()
            assert not panel.isVisible()
            window.actions_table[name].trigger()
            assert panel.isVisible()

    def test_a_key_leads_from_part_to_part(self, window: MainWindow) -> None:
        press(window, Qt.Key.Key_F6, Qt.KeyboardModifier.NoModifier)
        visited = []
        for _ in range(4):
            focused = QApplication.focusWidget()
            parts = (window.side, window.canvas, window.inspector, window.panels)
            assert focused is not None
            visited += [p for p in parts if p is focused or p.isAncestorOf(focused)]
            QTest.keyClick(focused, Qt.Key.Key_F6)
        assert visited == [window.inspector, window.panels, window.side, window.canvas]

    def test_a_panel_is_brought_to_the_front(self, window: MainWindow) -> None:
        window.actions_table["bottom"].trigger()
        for name in ("Code", "Problems", "Summary", "Runs"):
            window.actions_table[f"show_{name.lower()}"].trigger()
            assert window.panels.isVisible()
            assert window.panels.current() == name

    def test_a_block_is_left_by_a_key(self, window: MainWindow) -> None:
        window.document.show_block("Residual")
        press(window, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        assert window.document.block == "ResNet20"

    def test_buttons_and_fields_have_names_for_screen_readers(self, window: MainWindow) -> None:
        nameless = [
            widget
            for widget in window.header.findChildren(QAbstractButton)
            if not widget.text() and not widget.accessibleName()
        ]
        assert nameless == []


class TestTheTrainWorkspace:
    def test_is_a_key_away_and_back(self, window: MainWindow) -> None:
        press(window, Qt.Key.Key_2)
        assert window.is_training_shown
        assert window.header.train.isChecked()
        assert not window.header.tools["select"].isEnabled()
        window.actions_table["design"].trigger()
        assert not window.is_training_shown

    def test_one_click_trains_and_another_stops(self, window: MainWindow, qtbot: QtBot) -> None:
        set_many = lambda d: edits.set_recipe(d, "epochs", 500)  # noqa: E731
        window.document.apply("Set epochs", set_many)
        QTest.mouseClick(window.area.cards.cards["watch"], Qt.MouseButton.LeftButton)
        assert window.is_training_shown
        page = window.train_page
        qtbot.waitUntil(
            lambda: page.session is not None and page.session.last_step >= 3, timeout=60_000
        )
        assert window.header.stop.isVisible()
        assert not window.header.start.isVisible()
        assert not window.actions_table["train"].isEnabled()
        assert window.status.bar.isVisible()
        answer(window, "Let it run")
        window.close()
        assert window.isVisible()
        assert page.is_running
        QTest.mouseClick(window.header.stop, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not page.is_running, timeout=30_000)
        assert window.header.start.isVisible()
        assert window.actions_table["train"].isEnabled()
        assert not window.status.bar.isVisible()


def test_labels_are_not_cut_off(window: MainWindow, qtbot: QtBot) -> None:
    """At the size of the drawing every button of the header has room for its words."""
    window.resize(1440, 900)
    for button in window.header.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()
    for label in window.header.findChildren(QLabel):
        assert label.height() >= label.fontMetrics().height()


class Windows(QObject):
    """Takes down what appears as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


def test_nothing_flashes_up_outside_the_window(qtbot: QtBot, qapp: QApplication) -> None:
    """A part that is shown before it has its place is a window for a moment, and takes the
    keyboard away from the one that the user works in."""
    windows = Windows()
    qapp.installEventFilter(windows)
    window = MainWindow(warm=False)
    qtbot.addWidget(window, before_close_func=leave)
    window.show()
    qtbot.wait(20)
    for name in ("Gallery", "Outline", "Layers"):
        window.side.show_panel(name)
    window.document.show_block("Residual")
    graph = window.document.diagram.blocks["Residual"].graph
    for item in (*graph.nodes, *graph.edges):
        window.document.select([item])
    window.document.select(graph.nodes)
    window.document.enter(())
    window.document.select(["stage2"])
    window.show_workspace(training=True)
    window.document.new(empty_diagram())
    window.show_workspace(training=False)
    qapp.removeEventFilter(windows)
    assert windows.seen == ["MainWindow window"]


def test_every_menu_is_lower_than_a_small_screen(window: MainWindow) -> None:
    for action in window.menuBar().actions():
        menu = action.menu()
        assert isinstance(menu, QMenu)
        assert menu.sizeHint().height() <= 660, action.text()
