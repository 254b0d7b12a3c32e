"""``python -m app``: opens a window or says why not; never with torch."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.__main__ import has_display, main

ROOT = Path(__file__).parents[2]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_without_a_display_it_says_so_and_how_to_train() -> None:
    linux = "import sys; sys.platform = 'linux'; from app.__main__ import main; sys.exit(main([]))"
    done = run("-c", linux)
    assert done.returncode == 2
    assert "There is no display" in done.stderr
    assert "skipwright train" in done.stderr


@pytest.mark.parametrize(
    ("platform", "display", "expected"),
    [("offscreen", "", True), ("", ":0", True), ("", "", False), ("xcb", "", False)],
)
def test_what_counts_as_a_display(
    monkeypatch: pytest.MonkeyPatch, platform: str, display: str, expected: bool
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    monkeypatch.setenv("DISPLAY", display)
    assert has_display() == expected


@pytest.mark.parametrize("arguments", [["a.skw", "b.skw"], ["--what"]])
def test_a_wrong_call_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "usage" in capsys.readouterr().err


def test_a_missing_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "missing.skw")]) == 2
    assert "There is no file" in capsys.readouterr().err


def test_the_window_its_plots_and_its_children_bring_no_torch_into_its_process() -> None:
    script = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app import stylesheet
from app.window import MainWindow
application = QApplication([])
stylesheet.dress(application)
window = MainWindow()
window.show()

def look():
    window.show_workspace(training=True)
    window.close()
    print([name for name in sys.modules if name.split(".")[0] == "torch"][:3])
    application.quit()

QTimer.singleShot(1500, look)
application.exec()
"""
    done = run("-c", script, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


LATER = (
    # large packages, and what loads large libraries
    *("networkx", "numpy", "pygments", "hashlib", "uuid", "fractions"),
    # what mouse, keys and menus come to
    *(f"app.canvas.gestures.{name}" for name in ("add_popup", "adding", "join_offers", "keys")),
    *(f"app.canvas.gestures.{name}" for name in ("menus", "paper", "selecting", "verbs")),
    *("app.canvas.gestures.block_dialog", "app.stochastic_depth", "graphcore.edits.explode"),
    # pages and dialogs that are not shown
    *("app.gallery_page", "app.outline", "app.problems_panel", "app.summary_panel"),
    *("app.files", "app.recovery", "graphcore.journal", "graphcore.store", "json"),
    *("graphcore.edits.blocks", "graphcore.edits.grouping", "graphcore.edits.linear_decay"),
    *("app.engine_client", "app.canvas.tooltips", "graphcore.training.recipe"),
    *("app.inspector.edge", "app.inspector.pages", "app.command_palette", "app.help_page"),
    *("graphcore.gallery.imagenet", "graphcore.gallery.conformer", "app.runs.train_page"),
)


def test_the_first_paint_waits_for_nothing_that_it_does_not_show(tmp_path: Path) -> None:
    script = f"""
import sys
from app.__main__ import open_window
application, window = open_window(None, warm=False)
assert not window.grab().isNull()
print(sorted(set(sys.modules) & set({LATER})))
"""
    done = run("-c", script, QT_QPA_PLATFORM="offscreen", XDG_DATA_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", LATER)
def test_what_comes_after_the_first_paint_exists(name: str) -> None:
    assert find_spec(name) is not None


def test_code_is_written_after_the_first_paint_however_long_that_takes(tmp_path: Path) -> None:
    script = """
import time
from PySide6.QtCore import QEvent, QObject
from app.__main__ import open_window
application, window = open_window(None, warm=False)
seen = []
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            seen.append("paint")
        return False
watch = Watch()
window.installEventFilter(watch)
window.document.source_changed.connect(lambda source: seen.append("code"))
time.sleep(0.5)
while "code" not in seen:
    application.processEvents()
print(seen[0])
"""
    done = run("-c", script, QT_QPA_PLATFORM="offscreen", XDG_DATA_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "paint"
