"""The package of the gestures: a module is imported when it is first asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.canvas import gestures

LOADED = (
    "print([name for name in ('paper', 'keys') if f'app.canvas.gestures.{name}' in sys.modules])"
)


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("", []),
        ("gestures.keys.act_for", ["keys"]),
        ("gestures.warm()", ["paper", "keys"]),
    ],
)
def test_what_is_imported(act: str, expected: list[str]) -> None:
    script = f"import sys\nfrom app.canvas import gestures\n{act}\n{LOADED}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == str(expected), done.stderr


def test_what_is_no_gesture_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'waving'"):
        gestures.waving  # type: ignore[attr-defined]  # noqa: B018
