"""What every test runs under: no screen, no settings of the user's, few threads, fixed examples."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
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


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is imported by now stays: collections need not look at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def rubbish_is_taken_out_between_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """Windows that nobody holds any more are deleted while no event is handled.

    Any allocation may start a collection, in a ``paintEvent`` as well, and Qt does not survive that
    the canvas of an earlier test is deleted in the midst of it. (In the program windows have
    parents, which delete them.)
    """
    if "qapp" not in request.fixturenames:
        yield
        return
    gc.disable()
    yield
    gc.enable()
    # What the test made has seen no collection, so that of the young finds it and is quick.
    gc.collect(1)
