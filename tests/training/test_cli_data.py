"""``skipwright train`` on data of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from graphcore import store
from graphcore.cli import main
from graphcore.training.data.datasets import DATASETS
from graphcore.training.events import Failed, Finished
from graphcore.training.fit import fit
from graphcore.training.recipe import Recipe
from tests.diagrams import block, diagram, node
from tests.training.data.test_adapt import table_net, talker
from tests.training.nets import digits_net

Output = pytest.CaptureFixture[str]

PROGRAM = """
import numpy as np
from pathlib import Path

def load_data():
    Path("ran").touch()
    x = np.random.default_rng(0).normal(size=(50, 1, 8, 8))
    return x, np.arange(50) % 10
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    store.write(digits_net(), "net.skw")
    return tmp_path


class TestPrograms:
    @pytest.fixture(autouse=True)
    def program(self, folder: Path) -> Path:
        (folder / "mine.py").write_text(PROGRAM)
        return folder / "mine.py"

    def test_one_is_not_run_without_trust(self, folder: Path, capsys: Output) -> None:
        assert main(["train", "net.skw", "--data", "mine.py", "--steps", "1"]) == 2
        assert "it is run only if you trust it" in capsys.readouterr().err
        assert not (folder / "ran").exists()
        assert not (folder / "runs").exists()

    def test_with_trust_it_gives_the_data(self, folder: Path) -> None:
        flags = ["--data", "mine.py", "--steps", "1", "--trust-data"]
        assert main(["train", "net.skw", *flags]) == 0
        assert (folder / "ran").exists()

    def test_a_document_can_neither_name_nor_trust_one(self, folder: Path, capsys: Output) -> None:
        network = digits_net()
        store.write(
            type(network)(
                network.blocks, network.main, recipe={"data": str(folder / "mine.py"), "steps": 1}
            ),
            "theirs.skw",
        )
        assert main(["train", "theirs.skw", "--trust-data"]) == 2
        assert "to use it, say so: --data" in capsys.readouterr().err
        assert not (folder / "ran").exists()

    def test_a_run_that_goes_on_needs_trust_anew(self, folder: Path) -> None:
        flags = ["--data", "mine.py", "--steps", "2", "--run-dir", "here"]
        assert main(["train", "net.skw", *flags, "--trust-data"]) == 0
        (folder / "ran").unlink()
        assert main(["train", "net.skw", "--run-dir", "here", "--resume"]) == 2
        assert not (folder / "ran").exists()


def test_a_folder_of_images_is_named_like_a_data_set(folder: Path) -> None:
    for name in ("dark", "light"):
        (folder / "pictures" / name).mkdir(parents=True)
        for index in range(4):
            color = 200 if name == "light" else 20
            Image.new("L", (9, 9), color).save(folder / "pictures" / name / f"{index}.png")
    assert main(["train", "net.skw", "--data", "pictures", "--steps", "2"]) == 0


def test_the_end_tells_the_figures_of_the_kind_of_data(capsys: Output) -> None:
    store.write(table_net(10, 1), "table.skw")
    assert main(["train", "table.skw", "--data", "diabetes", "--steps", "20"]) == 0
    told = capsys.readouterr().out
    assert "mean absolute error" in told
    assert "R²" in told


NETWORKS = {
    "digits": digits_net(),
    "topics": talker(96),
    "shapes": diagram(
        block(
            node("x", "Input", shape=("N", 1, 16, 16)),
            node("conv", "Conv2d", out_channels=4, kernel_size=3, padding=1),
            node("output", "Output"),
        )
    ),
    "iris": table_net(),
    "wine": table_net(13),
    "breast_cancer": table_net(30, 2),
    "diabetes": table_net(10, 1),
}


@pytest.mark.parametrize("data", DATASETS)
def test_every_registered_set_is_learnt_from(data: str) -> None:
    recipe = Recipe(
        data=data, steps=30, batch_size=32, optimizer="adamw", learning_rate=0.01, device="cpu"
    )
    *_, last = fit(NETWORKS[data], recipe)
    assert not isinstance(last, Failed), last.message
    assert isinstance(last, Finished)
    names = {
        "topics": {"bits_per_token", "perplexity"},
        "shapes": {"mean_iou"},
        "diabetes": {"mean_absolute_error", "r2"},
    }
    assert set(last.metrics) == names.get(data, set())
