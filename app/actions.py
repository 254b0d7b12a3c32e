"""Every command of the window, as a table: menu, text, keys, and what it does in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar


class Command(NamedTuple):
    """A row of a menu. ``keys`` are alternatives, the first one shown; ``check`` is a toggle.

    ``canvas`` commands have keys that act on the canvas, which has to have the keyboard: letters
    that are typed elsewhere must stay letters.
    """

    name: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    check: bool = False
    canvas: bool = False
    group: str = ""


SEPARATOR = Command("", "", "")
SUBMENUS: Mapping[str, str] = {
    "tool": "Drawin&g tool",
    "panel": "Panel in f&ront",
    "scheme": "Colo&urs",
}
"""Groups that have a menu of their own, so that all menus are lower than a small screen."""

MENUS: Mapping[str, tuple[Command, ...]] = {
    "&File": (
        Command("new", "&New", "Begin with an empty diagram", ("Ctrl+N",)),
        Command(
            "gallery", "New from the &gallery", "Choose a model to begin with", ("Ctrl+Shift+N",)
        ),
        Command("open", "&Open…", "Open a diagram", ("Ctrl+O",)),
        Command("recent", "Open &recent", "Diagrams opened or saved lately"),
        SEPARATOR,
        Command("save", "&Save", "Save the diagram", ("Ctrl+S",)),
        Command("save_as", "Save &as…", "Save under another name", ("Ctrl+Shift+S",)),
        Command("export", "&Export the code…", "Save the PyTorch code as a file", ("Ctrl+E",)),
        Command(
            "export_experiment",
            "Export the e&xperiment…",
            "Save the network with a program that trains it by this recipe, and a notebook",
        ),
        SEPARATOR,
        Command("quit", "&Quit", "Close the window", ("Ctrl+Q",)),
    ),
    "&Edit": (
        Command("undo", "&Undo", "Take the last step back", ("Ctrl+Z",)),
        Command("redo", "&Redo", "Make the step again", ("Ctrl+Y", "Ctrl+Shift+Z")),
        SEPARATOR,
        Command("cut", "Cu&t", "Copy what is selected and remove it", ("Ctrl+X",), canvas=True),
        Command("copy", "&Copy", "Put what is selected on the clipboard", ("Ctrl+C",), canvas=True),
        Command("paste", "&Paste", "Put in what is on the clipboard", ("Ctrl+V",), canvas=True),
        Command("duplicate", "&Duplicate", "Copy and paste at once", ("Ctrl+D",), canvas=True),
        Command("delete", "De&lete", "Remove what is selected", ("Del", "Backspace"), canvas=True),
        Command(
            "dissolve",
            "Delete and &join the wires",
            "Remove blocks and let the wires run on",
            ("Ctrl+Del",),
            canvas=True,
        ),
        Command("select_all", "Select &all", "Select everything here", ("Ctrl+A",), canvas=True),
        SEPARATOR,
        Command(
            "add",
            "Add a &block…",
            "Search for a layer or block and add it",
            ("Shift+A",),
            canvas=True,
        ),
        Command("find", "&Find in the palette", "Go to the palette's search", ("Ctrl+F",)),
        Command("rename", "Re&name", "Rename the selected block", ("F2",), canvas=True),
        Command("bypass", "B&ypass", "Switch what is selected off or on", ("Ctrl+B",), canvas=True),
        Command(
            "stochastic_depth",
            "&Stochastic depth with linear decay…",
            "Drop the selected residual branches while training, later ones more often",
        ),
        Command("arrange", "A&rrange", "Place the blocks automatically", ("Ctrl+L",), canvas=True),
        SEPARATOR,
        Command(
            "make_block",
            "Make a block of the selection…",
            "Selected blocks become one; parts that look alike share it",
            ("Ctrl+G",),
            canvas=True,
        ),
        Command(
            "explode",
            "E&xplode the block",
            "Put what is inside the selected block in its place",
            ("Ctrl+Shift+G",),
            canvas=True,
        ),
        Command(
            "make_unique",
            "Make &unique",
            "Give the selected block a definition of its own; the others stay",
            canvas=True,
        ),
        Command("new_block", "New bloc&k…", "Define a block to use in this diagram"),
        Command(
            "remove_unused",
            "Delete unused blocks",
            "Remove the definitions that nothing in the model is made of",
        ),
    ),
    "&View": (
        Command("design", "&Design", "The workspace for drawing", ("Ctrl+1",), True, group="space"),
        Command(
            "train_space", "&Train", "The workspace for training", ("Ctrl+2",), True, group="space"
        ),
        SEPARATOR,
        Command(
            "tool_select",
            "&Select tool",
            "Select, move, and draw wires from ports",
            ("V",),
            True,
            True,
            "tool",
        ),
        Command(
            "tool_wire", "&Wire tool", "Draw a wire from block to block", ("W",), True, True, "tool"
        ),
        Command(
            "tool_skip",
            "S&kip tool",
            "Draw a skip connection; round the selection at once",
            ("S",),
            True,
            True,
            "tool",
        ),
        Command(
            "tool_dense",
            "&Dense tool",
            "Draw a dense connection; a dense block of the selection at once",
            ("D",),
            True,
            True,
            "tool",
        ),
        Command(
            "tool_encoder_decoder",
            "&Encoder–decoder tool",
            "Draw an encoder–decoder connection; round the selection at once",
            ("E",),
            True,
            True,
            "tool",
        ),
        SEPARATOR,
        Command("fit", "&Fit", "Show the whole diagram", ("F", "Home"), canvas=True),
        Command("zoom_in", "Zoom &in", "One step larger", ("Ctrl++", "Ctrl+="), canvas=True),
        Command("zoom_out", "Zoom &out", "One step smaller", ("Ctrl+-",), canvas=True),
        Command(
            "highway",
            "&Highway view",
            "Turn the picture inside out: shortcuts run straight, branches hang off them",
            ("H",),
            True,
            True,
        ),
        Command(
            "open_in_place",
            "&Open in place or close",
            "Show the inside of the selected block where it stands, or close it",
            ("O",),
            canvas=True,
        ),
        Command(
            "open_all",
            "Open all &blocks",
            "Each inside in place",
            ("Shift+O",),
            canvas=True,
        ),
        Command("close_all", "&Close all blocks", "Boxes again", ("Shift+Alt+O",), canvas=True),
        Command("next_copy", "Next cop&y", "Of the block that is open", ("]",), canvas=True),
        Command("previous_copy", "Previous copy", "Of the block that is open", ("[",), canvas=True),
        Command("leave", "&Leave the block", "Show what is around it", ("Alt+Up",)),
        SEPARATOR,
        Command("side", "&Palette", "Show or hide the palette", ("Ctrl+Shift+E",), True),
        Command("inspector", "I&nspector", "Show or hide the inspector", ("Ctrl+Shift+I",), True),
        Command("bottom", "Code and &panels", "Show or hide the lower panels", ("Ctrl+J",), True),
        Command("show_code", "&Code panel", "Bring the code to the front", group="panel"),
        Command(
            "show_problems",
            "Pr&oblems panel",
            "Bring the problems up",
            ("Ctrl+Shift+M",),
            group="panel",
        ),
        Command(
            "show_summary",
            "Su&mmary panel",
            "Bring the sizes of the layers to the front",
            group="panel",
        ),
        Command(
            "show_runs", "&Runs panel", "Bring the runs made before to the front", group="panel"
        ),
        Command("next_part", "N&ext part", "Put the keyboard into the next part", ("F6",)),
        SEPARATOR,
        Command("light", "L&ight", "Light colours", check=True, group="scheme"),
        Command("dark", "D&ark", "Dark colours", check=True, group="scheme"),
        Command(
            "system", "As the s&ystem", "The colours of the system", check=True, group="scheme"
        ),
        SEPARATOR,
        Command("commands", "&Command palette…", "Find any command by typing", ("Ctrl+Shift+P",)),
    ),
    "&Run": (
        Command("train", "&Train", "Train the diagram", ("Ctrl+Return", "Ctrl+Enter")),
        Command(
            "compare",
            "&With and without skips",
            "Train it and its plain twin at once, same seed and data",
            ("Ctrl+Shift+Return", "Ctrl+Shift+Enter"),
        ),
        Command(
            "begin_with",
            "&Begin with weights…",
            "Choose trained weights for the first step of the next run",
        ),
        Command("pause", "&Pause", "Hold the run, or let it go on", ("Ctrl+Alt+P",)),
        Command(
            "stop",
            "&Stop",
            "End the run after the step that it is at",
            ("Ctrl+Alt+Return", "Ctrl+Alt+Enter"),
        ),
    ),
    "&Help": (
        Command("help", "&What is this?", "Explain the selected block", ("F1",)),
        Command("first_steps", "&First steps", "Show the three cards to begin with"),
        Command("keys", "&Keys", "All keys on one page"),
        SEPARATOR,
        Command("about", "&About Skipwright", "Version and licences"),
    ),
}


class Actions(QObject):
    """A QAction for every command, by its name."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        for command in commands():
            self._actions[command.name] = self._make(command)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[tuple[Command, QAction]]:
        for command in commands():
            yield command, self._actions[command.name]

    def on(self, name: str, act: Callable[[], object]) -> None:
        """Let ``act`` be done when the user gives the command."""
        self._actions[name].triggered.connect(lambda _checked=False: act())

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Put every command into the menus of ``bar``; returns those that are filled later."""
        later: dict[str, QMenu] = {}
        for title, rows in MENUS.items():
            menu = bar.addMenu(title)
            menu.setToolTipsVisible(True)
            inner: dict[str, QMenu] = {}
            for command in rows:
                if not command.name:
                    menu.addSeparator()
                elif command.group in SUBMENUS:
                    if command.group not in inner:
                        inner[command.group] = menu.addMenu(SUBMENUS[command.group])
                    inner[command.group].addAction(self._actions[command.name])
                elif command.name == "recent":
                    later["recent"] = menu.addMenu(command.text)
                    self._actions["recent"].setVisible(False)
                else:
                    menu.addAction(self._actions[command.name])
        return later

    def _make(self, command: Command) -> QAction:
        action = QAction(command.text, self)
        action.setObjectName(command.name)
        action.setShortcuts([QKeySequence(keys) for keys in command.keys])
        action.setCheckable(command.check)
        action.setToolTip(with_keys(command.tip, command.keys))
        action.setStatusTip("")
        if command.canvas:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if command.group:
            self._group(command.group).addAction(action)
        return action

    def _group(self, name: str) -> QActionGroup:
        if name not in self._groups:
            self._groups[name] = QActionGroup(self)
        return self._groups[name]


def commands() -> Iterator[Command]:
    """Every command, in the order of the menus."""
    for rows in MENUS.values():
        yield from (command for command in rows if command.name)


def with_keys(tip: str, keys: tuple[str, ...]) -> str:
    """A tooltip that ends in the keys that do the same."""
    if not keys:
        return tip
    return f"{tip} ({QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)})"
