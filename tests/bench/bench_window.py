"""Window start: from a fresh process to the first painted window, against a bare QMainWindow.

Goal: at most 2.5 times, about a second. Both processes start Python and Qt and paint once.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.bench.interleaved import interleaved, milliseconds, ratio

ROUNDS = 8

_BARE = """
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication([])
window = QMainWindow()
window.resize(1440, 900)
window.show()
application.processEvents()
window.grab()
"""

_OURS = """
from PySide6.QtWidgets import QApplication
from app import settings, stylesheet, theme
from app.window import MainWindow
application = QApplication([])
theme.set_scheme(settings.scheme())
stylesheet.dress(application)
window = MainWindow(warm=False)
window.resize(1440, 900)
window.show()
application.processEvents()
window.grab()
"""


def _start(code: str) -> None:
    # Ended at once after the first paint: taking it down again is not what is measured.
    subprocess.run(
        [sys.executable, "-c", code + "\nimport os\nos._exit(0)\n"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    ours, bare = interleaved(lambda: _start(_OURS), lambda: _start(_BARE), ROUNDS)
    print(f"window to first paint: {milliseconds(ours)}; bare QMainWindow: {milliseconds(bare)}")
    print(f"window / bare QMainWindow: {ratio(ours, bare)}")
