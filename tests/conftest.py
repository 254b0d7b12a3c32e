"""What every test runs under: no screen, no settings of the user's, few threads, fixed examples."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before Qt and torch are imported, and inherited by every child process that a test starts.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The suite shares its cores, so an example's time says nothing; CI tries the same examples always.
settings.register_profile(
    "default", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

_home = tempfile.TemporaryDirectory(prefix="skipwright-tests-", ignore_cleanup_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    """Give QSettings, recent files, journals and runs an empty home for this session."""
    for variable in ("CONFIG", "DATA", "CACHE", "STATE"):
        folder = Path(_home.name, variable.lower())
        folder.mkdir()
        os.environ[f"XDG_{variable}_HOME"] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the home."""
    _home.cleanup()
