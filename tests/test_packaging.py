"""The wheel carries all it needs and works away from the checkout."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.source_tree import ROOT, files

# The environment's own link to the checkout is taken off the path: only the wheel's files remain.
AWAY = """
import sys
from pathlib import Path
site, checkout = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
sys.path[:] = [str(site)] + [p for p in sys.path if Path(p).resolve() != checkout]
"""

GALLERY = "from graphcore.cli import main; sys.exit(main(['gallery', '--json']))"

ASSETS = """
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication
from app import theme
application = QApplication([])
theme.load_fonts()
print(theme.ASSETS.relative_to(site))
print(QFontInfo(theme.ui_font()).family())
print(QFontInfo(theme.mono_font()).family())
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel installs, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = (folder / "dist").glob("skipwright-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run_away(site: Path, script: str) -> str:
    """What a script prints when the program is found in ``site`` only."""
    done = subprocess.run(
        [sys.executable, "-c", AWAY + script, str(site), str(ROOT)],
        cwd=site.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_is_in_the_wheel(site: Path) -> None:
    wanted = {file.name for file in files("app") + files("graphcore")}
    found = {path.relative_to(site).as_posix() for path in site.rglob("*.py")}
    assert found == wanted


def test_every_font_comes_with_its_licence(site: Path) -> None:
    fonts = [p for p in (site / "assets/fonts").iterdir() if p.suffix in {".otf", ".ttf"}]
    licences = {p.name.split("-")[0] for p in (site / "assets/fonts").glob("*.txt")}
    assert (
        {p.stem.split("-")[0] for p in fonts}
        == licences
        == {"Inter", "JetBrainsMono", "DejaVuSans"}
    )


def test_both_entry_points_are_there(site: Path) -> None:
    (entries,) = site.glob("*.dist-info/entry_points.txt")
    assert entries.read_text().split("\n\n") == [
        "[console_scripts]\nskipwright = graphcore.cli:main",
        "[gui_scripts]\nskipwright-window = app.__main__:main\n",
    ]


def test_the_gallery_is_there_away_from_the_checkout(site: Path) -> None:
    assert "resnet20-digits" in json.dumps(json.loads(run_away(site, GALLERY)))


def test_fonts_are_found_away_from_the_checkout(site: Path) -> None:
    assert run_away(site, ASSETS).splitlines() == ["assets", "Inter", "JetBrains Mono"]
