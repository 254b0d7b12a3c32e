"""Window start: from a fresh process to the first painted window, against a bare QMainWindow.

Goal: at most 2.5 times, about a second. Both processes start Python and Qt and paint once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from tests.bench.interleaved import interleaved, milliseconds, ratio

ROUNDS = 12

_BARE = """
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication([])
window = QMainWindow()
window.resize(1440, 900)
window.show()
"""

_OURS = """
from app.__main__ import open_window
application, window = open_window(None, warm=False)
"""

# Qt paints the whole window within the very turn of the event loop in which it is exposed, so after
# that turn it is painted. Ended at once: what the window does next (it looks for lost work) and
# taking it down again are not what is measured.
_UNTIL_PAINTED = """
while not window.windowHandle().isExposed():
    application.processEvents()
import os
os._exit(0)
"""


def _environment(home: str) -> dict[str, str]:
    """A user without settings, recent files or lost work, whose Python keeps compiled files."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    homes = {f"XDG_{name}_HOME": home for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    return {"QT_QPA_PLATFORM": "offscreen", **kept, **homes}


def _start(code: str) -> None:
    # A home of its own: the next start would take the journal of this one for lost work.
    with tempfile.TemporaryDirectory() as home:
        subprocess.run(
            [sys.executable, "-c", code + _UNTIL_PAINTED],
            check=True,
            env=_environment(home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def main() -> None:
    """Prints the ratio and both times."""
    ours, bare = interleaved(lambda: _start(_OURS), lambda: _start(_BARE), ROUNDS)
    print(f"window to first paint: {milliseconds(ours)}; bare QMainWindow: {milliseconds(bare)}")
    print(f"window / bare QMainWindow: {ratio(ours, bare)}")


if __name__ == "__main__":
    main()
