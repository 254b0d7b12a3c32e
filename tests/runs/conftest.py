"""Children that a test starts end with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.runs.listing.runs_panel import RunsPanel
from app.runs.train_page import TrainPage
from graphcore import gallery

CHILD = Path(__file__).with_name("scripted_child.py")

MakePage = Callable[..., TrainPage]


@pytest.fixture
def document(qtbot: QtBot, tmp_path: Path) -> Document:
    """A small net that was saved, so that its runs are beside it."""
    made = Document(gallery.build("mlp-digits"))
    made.save(tmp_path / "net.skw")
    return made


@pytest.fixture
def bin_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is in a bin of this test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    files = tmp_path / "data" / "Trash" / "files"
    files.mkdir(parents=True)
    return files


@pytest.fixture
def make_page(qtbot: QtBot, document: Document) -> Iterator[MakePage]:
    """Makes the Train workspace of ``document`` with a scripted child, or with the real one."""
    pages: list[TrainPage] = []

    def make(scenario: str | None = None, of: Document | None = None) -> TrainPage:
        if scenario is None:
            page = TrainPage(of or document)
        else:
            page = TrainPage(of or document, command=(str(CHILD), scenario))
        qtbot.addWidget(page)
        page.resize(1200, 760)
        page.show()
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.shutdown()


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> RunsPanel:
    made = RunsPanel(document)
    qtbot.addWidget(made)
    made.resize(900, 260)
    made.show()
    return made
