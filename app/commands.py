"""What the menus' commands do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app import settings, theme
from app.actions import SEPARATOR, Actions, Command
from app.canvas import gestures
from app.canvas.gestures.tools import TOOLS
from app.canvas.view import CanvasView
from app.canvas_area import CanvasArea
from app.document import Document
from app.lower_panels import TabbedPanels
from app.palette import Palette
from app.theme import SchemeName
from graphcore import edits, gallery

if TYPE_CHECKING:
    from app.command_palette import CommandPalette
    from app.files import Files
    from app.inspector import Inspector

DRAW = "draw-your-own"
SCHEMES: tuple[SchemeName, ...] = ("light", "dark", "system")


class Trainer(Protocol):
    """The Train workspace, as far as commands reach."""

    def pause(self) -> None: ...
    def stop(self) -> None: ...


class Shell(Protocol):
    """The window, as far as commands reach."""

    document: Document
    actions_table: Actions
    area: CanvasArea
    canvas: CanvasView
    side: TabbedPanels
    panels: TabbedPanels
    inspector: Inspector
    palette_panel: Palette

    @property
    def files(self) -> Files: ...
    @property
    def train_page(self) -> Trainer: ...
    @property
    def is_training_shown(self) -> bool: ...
    def show_workspace(self, *, training: bool) -> None: ...
    def train(self, *, compare: bool) -> None: ...
    def choose_weights(self) -> None: ...


class Commands(QObject):
    """Connects every action of ``window`` with what it does and keeps their states right."""

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window
        self._actions = shell.actions_table
        self._document = shell.document
        self.palette: CommandPalette | None = None
        self._connect_files()
        self._connect_canvas()
        self._connect_view()
        self._connect_runs()
        self._follow_undo()

    def explain_kind(self, kind: str) -> None:
        """Open the help on a layer or a block."""
        from app.help_page import HelpDialog, about_kind

        HelpDialog(self._window, kind, about_kind(self._document.diagram, kind)).show()

    def draw_your_own(self) -> None:
        """Open the net that lacks one skip, and say what to do."""
        if self._shell.files.show_diagram(gallery.build(DRAW)):
            self._shell.area.toast.tell(
                "This net lacks one skip. Press S and drag from one block to a later one."
            )

    def tell_run(self, *, running: bool) -> None:
        """A run began or ended."""
        for name in ("train", "compare"):
            self._actions[name].setEnabled(not running)
        for name in ("pause", "stop"):
            self._actions[name].setEnabled(running)

    def tell_workspace(self, *, training: bool) -> None:
        """Another workspace is in front."""
        self._actions["train_space" if training else "design"].setChecked(True)

    def _connect_files(self) -> None:
        shell, on = self._shell, self._actions.on
        on("new", lambda: shell.files.new())
        on("gallery", lambda: self._show_side("Gallery"))
        on("open", lambda: shell.files.choose_and_open())
        on("save", lambda: shell.files.save())
        on("save_as", lambda: shell.files.save_as())
        on("export", lambda: shell.files.export())
        on("export_experiment", lambda: shell.files.export_experiment())
        on("quit", self._window.close)

    def _connect_canvas(self) -> None:
        canvas, document, on = self._shell.canvas, self._document, self._actions.on
        acts: dict[str, Callable[[], object]] = {
            "cut": lambda: gestures.verbs.cut(document),
            "copy": lambda: gestures.verbs.copy(document),
            "paste": canvas.paste,
            "duplicate": lambda: gestures.verbs.duplicate(document),
            "delete": lambda: gestures.verbs.delete(document),
            "dissolve": lambda: gestures.verbs.dissolve(document),
            "select_all": lambda: gestures.verbs.select_all(document),
            "add": canvas.search_to_add,
            "rename": canvas.rename_selected,
            "bypass": lambda: gestures.verbs.bypass(document),
            "arrange": canvas.arrange,
            "make_block": canvas.make_block,
            "explode": lambda: gestures.block_verbs.explode(document),
            "make_unique": lambda: gestures.block_verbs.make_unique(document),
            "remove_unused": lambda: gestures.block_verbs.remove_unused(document),
            "stochastic_depth": lambda: gestures.scale_menu.ask_stochastic_depth(canvas),
            "open_in_place": canvas.toggle_selected,
            "open_all": canvas.open_all,
            "close_all": canvas.close_all,
            "next_copy": lambda: canvas.step_copy(1),
            "previous_copy": lambda: canvas.step_copy(-1),
            "fit": canvas.fit,
            "highway": self._turn,
            "zoom_in": canvas.zoom_in,
            "zoom_out": canvas.zoom_out,
            **{f"tool_{name}": partial(self._choose_tool, name) for name in TOOLS},
        }
        for name, act in acts.items():
            on(name, act)
        for command, action in self._actions:
            if command.canvas:
                canvas.addAction(action)
        on("undo", lambda: self._step(document.undo_stack.undo))
        on("redo", lambda: self._step(document.undo_stack.redo))
        on("leave", document.leave)
        on("new_block", self._define_block)
        on("find", self._find)
        canvas.tool_changed.connect(self._tell_tool)
        canvas.highway.toggled.connect(self._actions["highway"].setChecked)
        self._tell_tool(canvas.tool)

    def _connect_view(self) -> None:
        shell, on = self._shell, self._actions.on
        on("design", lambda: shell.show_workspace(training=False))
        on("train_space", lambda: shell.show_workspace(training=True))
        self._actions["design"].setChecked(True)
        panels: dict[str, QWidget] = {
            "side": shell.side,
            "inspector": shell.inspector,
            "bottom": shell.panels,
        }
        for name, panel in panels.items():
            self._actions[name].setChecked(True)
            self._actions[name].toggled.connect(panel.setVisible)
        for name in ("Code", "Problems", "Summary", "Runs"):
            on(f"show_{name.lower()}", partial(self._show_panel, name))
        on("next_part", self._go_to_next_part)
        for scheme in SCHEMES:
            on(scheme, partial(self._show_scheme, scheme))
        self._actions[theme.scheme()].setChecked(True)
        on("commands", self._ask_command)
        on("help", self._explain)
        on("first_steps", self._show_first_steps)
        on("keys", self._explain_keys)
        on("about", self._tell_about)

    def _connect_runs(self) -> None:
        shell, on = self._shell, self._actions.on
        on("train", lambda: shell.train(compare=False))
        on("compare", lambda: shell.train(compare=True))
        on("begin_with", shell.choose_weights)
        on("pause", lambda: shell.train_page.pause())
        on("stop", lambda: shell.train_page.stop())
        self.tell_run(running=False)

    def _follow_undo(self) -> None:
        """The menu names the step that would be taken back or made again."""
        stack = self._document.undo_stack
        undo, redo = self._actions["undo"], self._actions["redo"]
        stack.canUndoChanged.connect(undo.setEnabled)
        stack.canRedoChanged.connect(redo.setEnabled)
        stack.undoTextChanged.connect(lambda step: undo.setText(f"&Undo {step}".strip()))
        stack.redoTextChanged.connect(lambda step: redo.setText(f"&Redo {step}".strip()))
        undo.setEnabled(stack.canUndo())
        redo.setEnabled(stack.canRedo())

    def _step(self, step: Callable[[], None]) -> None:
        """Take a step back or make it again, in sight: one on the canvas brings the canvas."""
        before = self._document.diagram.blocks
        step()
        if self._shell.is_training_shown and self._document.diagram.blocks is not before:
            self._shell.show_workspace(training=False)

    def _choose_tool(self, name: str) -> None:
        canvas = self._shell.canvas
        canvas.choose_tool(name)
        canvas.setFocus()
        self._tell_tool(canvas.tool)

    def _turn(self) -> None:
        self._shell.canvas.toggle_highway()
        self._actions["highway"].setChecked(self._shell.canvas.highway.is_on)

    def _tell_tool(self, name: str) -> None:
        self._actions[f"tool_{name}"].setChecked(True)

    def _show_scheme(self, scheme: SchemeName) -> None:
        theme.set_scheme(scheme)
        settings.remember_scheme(scheme)

    def _show_side(self, name: str) -> None:
        self._shell.show_workspace(training=False)
        self._actions["side"].setChecked(True)
        self._shell.side.show_panel(name)

    def _show_panel(self, name: str) -> None:
        self._shell.show_workspace(training=False)
        self._actions["bottom"].setChecked(True)
        self._shell.train_page  # noqa: B018  The runs are a panel of what trains.
        self._shell.panels.show_panel(name)

    def _go_to_next_part(self) -> None:
        """Palette, canvas, inspector, panels: Tab belongs to the canvas, so this key leads out."""
        shell = self._shell
        parts = [
            p for p in (shell.side, shell.canvas, shell.inspector, shell.panels) if p.isVisible()
        ]
        if not parts:
            return
        focused = QApplication.focusWidget()
        here = next((i for i, p in enumerate(parts) if focused and p.isAncestorOf(focused)), None)
        if here is None:
            here = parts.index(shell.canvas) if focused is shell.canvas else -1
        target = parts[(here + 1) % len(parts)]
        first = target if target is shell.canvas else _first_field(target)
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def _find(self) -> None:
        self._show_side("Layers")
        self._shell.palette_panel.focus_search()

    def _define_block(self) -> None:
        from PySide6.QtWidgets import QInputDialog

        name, agreed = QInputDialog.getText(
            self._window, "New block", "A name for the block, such as Residual:"
        )
        if not agreed:
            return
        name = name.strip()
        if self._document.apply(f"Define {name}", lambda d: edits.add_block(d, name)):
            self._document.show_block(name)

    def _ask_command(self) -> None:
        from app.command_palette import CommandPalette, Entry

        if self.palette is None:
            self.palette = CommandPalette(self._window)
        entries = [
            Entry(action.text().replace("&", ""), command.tip, action)
            for command, action in self._actions
            if command is not SEPARATOR and _is_wanted(command)
        ]
        self.palette.ask(entries)

    def _explain(self) -> None:
        """Help on what is selected; on the keys where nothing is."""
        graph = self._document.diagram.blocks[self._document.block].graph
        for item in sorted(self._document.selection):
            if item in graph.nodes:
                self.explain_kind(graph.nodes[item].kind)
                return
            from app.help_page import HelpDialog, about_edge

            kind = graph.edges[item].kind
            HelpDialog(self._window, kind, about_edge(kind)).show()
            return
        self._actions["keys"].trigger()

    def _explain_keys(self) -> None:
        from app.help_page import HelpDialog, about_keys

        HelpDialog(self._window, "Keys", about_keys(self._actions)).show()

    def _show_first_steps(self) -> None:
        settings.remember_first_minute(True)
        self._shell.show_workspace(training=False)
        self._shell.area.show_cards(True)

    def _tell_about(self) -> None:
        from importlib.metadata import PackageNotFoundError, version

        from PySide6.QtWidgets import QMessageBox

        try:
            number = version("skipwright")
        except PackageNotFoundError:
            number = "(not installed)"
        QMessageBox.about(
            self._window,
            "About Skipwright",
            f"<b>Skipwright {number}</b><p>Draw neural networks as block diagrams, train them, see "
            "every layer's gradient, take the PyTorch away.</p><p>MIT licence. Inter and JetBrains "
            "Mono under the SIL Open Font License.</p>",
        )


def _first_field(part: QWidget) -> QWidget:
    """The first widget of a part that takes the keyboard."""
    takes = (
        child
        for child in part.findChildren(QWidget)
        if child.isVisible() and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
    )
    return next(takes, part)


def _is_wanted(command: Command) -> bool:
    return command.name not in ("commands", "recent")
