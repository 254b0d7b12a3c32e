"""Every value of every option of a recipe, written down, makes the run's weights bit for bit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from _pytest.mark import ParameterSet
from PIL import Image
from safetensors.torch import load_file

from graphcore.diagram import Diagram
from graphcore.exchange.data_text import DATASETS_TEXT
from graphcore.exchange.device_text import PRECISIONS
from graphcore.exchange.experiment import ExportError, experiment_of
from graphcore.exchange.formats import FORMATS
from graphcore.exchange.loss_text import LOSSES_TEXT
from graphcore.exchange.model_text import INITIALISATIONS
from graphcore.exchange.optimizer_text import OPTIMIZERS_TEXT
from graphcore.exchange.program_text import program_of
from graphcore.exchange.schedule_text import SCHEDULES_TEXT
from graphcore.spec import ChoiceParam
from graphcore.store import dumps
from graphcore.training.data.datasets import DATASETS, data_info
from graphcore.training.data.sources import shapes
from graphcore.training.events import Finished
from graphcore.training.fit import fit
from graphcore.training.recipe import RECIPE, resolve_recipe
from graphcore.training.run_folder import RunFolder
from tests.diagrams import block, diagram, image, node, residual

WRITE = {one.name: one.write for one in FORMATS}


def images(channels: int = 1) -> Diagram:
    """A residual network of width 4 for the digits."""
    main = block(
        image(channels),
        node("stem", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        node("stage", "Residual", repeat=2, width=4),
        node("drop", "Dropout", p=0.1),
        node("pool", "AdaptiveAvgPool2d"),
        node("flatten", "Flatten"),
        node("head", "Linear", out_features=10),
        node("output", "Output"),
    )
    return diagram(main, Residual=residual())


def table(columns: int, outputs: int) -> Diagram:
    """A linear layer for a table."""
    main = block(
        node("x", "Input", shape=("N", columns)),
        node("inner", "Linear", out_features=6),
        node("act", "GELU"),
        node("norm", "LayerNorm"),
        node("head", "Linear", out_features=outputs),
        node("output", "Output"),
    )
    return diagram(main)


def text(length: int, kinds: int) -> Diagram:
    """An embedding and a linear layer."""
    main = block(
        node("x", "Input", shape=("N", length), dtype="int64"),
        node("embed", "Embedding", num_embeddings=kinds, embedding_dim=6),
        node("inner", "Linear", out_features=8),
        node("act", "GELU"),
        node("head", "Linear", out_features=kinds),
        node("output", "Output"),
    )
    return diagram(main)


def pixels(channels: int, size: int) -> Diagram:
    """A class for every pixel."""
    main = block(
        image(channels, size),
        node("conv", "Conv2d", out_channels=6, kernel_size=3, padding=1),
        node("norm", "BatchNorm2d"),
        node("head", "Conv2d", out_channels=4, kernel_size=1),
        node("output", "Output"),
    )
    return diagram(main)


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """torch as it was, after a program in this process set its modes."""
    threads, tf32 = torch.get_num_threads(), torch.backends.cudnn.allow_tf32
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    torch.use_deterministic_algorithms(False)
    torch.set_num_threads(threads)
    torch.backends.cudnn.allow_tf32 = tf32
    sys.modules.pop("model", None)


def check(network: Diagram, changes: dict[str, Any], folder: Path) -> str:
    """Compare the weights after the program with those after the run; the program's text."""
    import runpy

    recipe = resolve_recipe({"device": "cpu", "batch_size": 16, "steps": 6, **changes})
    files = WRITE["training"](network, recipe).files
    for name, written in files.items():
        (folder / name).write_text(written, encoding="utf-8")
    for arguments in (["format", "--diff"], ["check"]):
        ruff = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", "."]
        done = subprocess.run(ruff, capture_output=True, text=True, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
    run = RunFolder.create(folder / "run", dumps(network), recipe)
    *_, last = fit(network, recipe, run)
    assert isinstance(last, Finished), last
    sys.path.insert(0, str(folder))
    runpy.run_path(str(folder / "train.py"), run_name="__main__")
    weights = torch.load("model.pt", weights_only=True)
    expected = load_file(run.checkpoints / "last.safetensors")
    assert {key for key in expected if not torch.equal(weights[key], expected[key])} == set()
    return files["train.py"]


def case(network: Diagram, changes: dict[str, Any]) -> ParameterSet:
    """A recipe under its own name."""
    return pytest.param(network, changes, id=" ".join(f"{k}={v}" for k, v in changes.items()))


IMAGES: list[dict[str, Any]] = [
    *({"optimizer": name, "learning_rate": 0.003} for name in OPTIMIZERS_TEXT if name != "muon"),
    *({"schedule": name, "warm_up": 2 * (name != "one_cycle")} for name in SCHEDULES_TEXT),
    *({"schedule": name} for name in SCHEDULES_TEXT),
    *({"initialisation": name} for name in INITIALISATIONS),
    *({"loss": name} for name in LOSSES_TEXT),
    {"optimizer": "adamw", "decay_biases": False, "learning_rate": 0.003, "schedule": "cosine"},
    {"nesterov": True, "momentum": 0.97, "weight_decay": 0.0},
    {"momentum": 0.0, "schedule": "one_cycle"},
    {"momentum": 0.02, "schedule": "one_cycle"},
    {"loss": "bce", "label_smoothing": 0.1},
    {"label_smoothing": 0.1, "clip_norm": 0.5, "accumulation": 3},
    {"precision": "bf16", "channels_last": True, "accumulation": 2},
    {"zero_branches": True, "deterministic": False, "seed": 7},
    {"flip": True, "shift": 2, "noise": 0.1, "cutout": 3, "steps": 100},
    {"flip": True},
    {"shift": 1},
    {"noise": 0.1, "flip": True, "batch_size": 5, "accumulation": 3, "channels_last": True},
    {"cutout": 2},
    {"steps": None, "epochs": 1, "batch_size": 2000, "schedule": "constant", "normalise": "none"},
]

MUON = {"optimizer": "muon", "learning_rate": 0.003, "data": "topics", "initialisation": "he"}

OTHERS: list[tuple[Diagram, dict[str, Any]]] = [
    (text(12, 96), MUON),
    (text(12, 96), {**MUON, "decay_biases": False, "nesterov": True, "schedule": "constant"}),
    (text(9, 256), {"data": "topics", "tokens": "bytes"}),
    (table(4, 3), {"data": "iris"}),
    (table(13, 3), {"data": "wine", "noise": 0.1}),
    (table(30, 2), {"data": "breast_cancer", "loss": "bce"}),
    (table(30, 1), {"data": "breast_cancer", "loss": "bce", "label_smoothing": 0.1}),
    (table(10, 1), {"data": "diabetes"}),
    (table(10, 1), {"data": "diabetes", "loss": "huber", "normalise": "none"}),
    (pixels(1, 16), {"data": "shapes", "flip": True, "shift": 2, "batch_size": 4}),
    (pixels(3, 16), {"data": "shapes", "loss": "mse", "batch_size": 4}),
]

CASES = [*(case(images(), changes) for changes in IMAGES), *(case(*one) for one in OTHERS)]


@pytest.mark.parametrize(("network", "changes"), CASES)
def test_every_option_makes_the_runs_weights(
    network: Diagram,
    changes: dict[str, Any],
    untouched: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shapes, "TRAIN", 40)
    monkeypatch.setattr(shapes, "HELD_OUT", 8)
    check(network, changes, tmp_path)


def test_every_choice_of_a_recipe_has_its_lines() -> None:
    choices = {param.name: set(param.choices) for param in RECIPE if isinstance(param, ChoiceParam)}
    assert choices["optimizer"] == OPTIMIZERS_TEXT.keys()
    assert choices["schedule"] == SCHEDULES_TEXT.keys()
    assert choices["loss"] - {"auto"} == LOSSES_TEXT.keys()
    assert choices["precision"] == PRECISIONS.keys()
    assert choices["initialisation"] - {"torch"} == INITIALISATIONS.keys()
    assert DATASETS.keys() == DATASETS_TEXT.keys()


class TestFiles:
    """Samples in a file, which stays where it is."""

    @pytest.fixture(autouse=True)
    def here(self, untouched: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    @pytest.mark.parametrize("held_out", [False, True])
    @pytest.mark.parametrize("dtype", ["uint8", "float64", "int32"])
    def test_an_archive(self, dtype: str, held_out: bool, tmp_path: Path) -> None:
        draw = np.random.default_rng(0)
        arrays: dict[str, Any] = {"x": draw.integers(0, 255, (60, 3, 8, 8)).astype(dtype)}
        arrays["y"] = draw.integers(0, 10, 60)
        if held_out:
            arrays |= {"x_test": arrays["x"][:9], "y_test": arrays["y"][:9]}
        np.savez(tmp_path / "data.npz", **arrays)
        check(images(3), {"data": str(tmp_path / "data.npz")}, tmp_path)

    @pytest.mark.parametrize("loss", ["auto", "l1", "huber"])
    @pytest.mark.parametrize("values", [(), (1,), (3,)])
    def test_values_to_be_met(self, values: tuple[int, ...], loss: str, tmp_path: Path) -> None:
        draw = np.random.default_rng(0)
        arrays: dict[str, Any] = {
            "x": draw.normal(2, 3, (60, 5)),
            "y": draw.normal(1, 2, (60, *values)),
        }
        arrays["x"][:, 2] = 7.0
        np.savez(tmp_path / "data.npz", **arrays)
        network = table(5, values[0] if values else 1)
        check(network, {"data": str(tmp_path / "data.npz"), "loss": loss}, tmp_path)

    @pytest.mark.parametrize("kinds", [2, 3])
    @pytest.mark.parametrize("loss", ["auto", "bce", "mse"])
    def test_tokens_and_a_class(self, kinds: int, loss: str, tmp_path: Path) -> None:
        draw = np.random.default_rng(0)
        x, y = draw.integers(0, 9, (60, 6)), draw.integers(0, kinds, 60)
        np.savez(tmp_path / "data.npz", x=x, y=y)
        main = block(
            node("x", "Input", shape=("N", 6), dtype="int64"),
            node("embed", "Embedding", num_embeddings=9, embedding_dim=4),
            node("flatten", "Flatten"),
            node("head", "Linear", out_features=1 if (loss, kinds) == ("bce", 2) else kinds),
            node("output", "Output"),
        )
        check(diagram(main), {"data": str(tmp_path / "data.npz"), "loss": loss}, tmp_path)

    @pytest.mark.parametrize(
        ("head", "row", "columns", "outputs"),
        [
            ("a,b,target", "{a:.3f},{b},{c}", 2, 3),
            ("a;word;b", "{a:.3f};{w};{b}.5", 4, 1),
            ("label\ta\tb", "{w}\t{a:.3f}\t{b}", 2, 3),
            ("", "{b},{a:.3f}, {c}", 2, 3),
        ],
    )
    def test_a_table(self, head: str, row: str, columns: int, outputs: int, tmp_path: Path) -> None:
        draw = np.random.default_rng(0)
        values = [
            row.format(a=draw.normal(), b=int(draw.integers(50)), c=i % 3, w="xyz"[i % 3])
            for i in range(50)
        ]
        path = tmp_path / "table.csv"
        path.write_text("\n".join(([head] if head else []) + values) + "\n", encoding="utf-8")
        check(table(columns, outputs), {"data": str(path)}, tmp_path)

    @pytest.mark.parametrize("tokens", ["characters", "bytes"])
    def test_a_text(self, tokens: str, tmp_path: Path) -> None:
        path = tmp_path / "text.txt"
        path.write_bytes("Größe\r\nund Maß, ".encode() * 60)
        kinds = 256 if tokens == "bytes" else 14
        check(text(8, kinds), {"data": str(path), "tokens": tokens}, tmp_path)

    @pytest.mark.parametrize("said", [False, True])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_a_folder_of_images(self, channels: int, said: bool, tmp_path: Path) -> None:
        draw = np.random.default_rng(0)
        for part in ("train", "Val") if said else ("",):
            for name in ("cat", "dog", "eel")[: 2 if part == "Val" else 3]:
                folder = tmp_path / "images" / part / name
                folder.mkdir(parents=True)
                for number in range(12):
                    pixels = draw.integers(0, 256, (10, 9, 3)).astype(np.uint8)
                    Image.fromarray(pixels).save(folder / f"{number}.png")
        check(images(channels), {"data": str(tmp_path / "images")}, tmp_path)


class TestRefusals:
    """What cannot be written is named."""

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            (
                {"steps": 3, "schedule": "one_cycle"},
                "schedule cannot be written: one cycle needs 4",
            ),
            (
                {
                    "warm_up": 5,
                    "schedule": "cosine",
                    "steps": None,
                    "epochs": 1,
                    "batch_size": 1438,
                },
                "warm up cannot be written: 5 steps leave nothing",
            ),
            ({"zero_branches": True}, "zero branches cannot be written"),
            ({"optimizer": "muon"}, "optimizer cannot be written: Muon"),
            ({"data": "iris"}, "the data Iris has"),
        ],
    )
    def test_options(self, changes: dict[str, Any], words: str) -> None:
        main = block(
            image(1),
            node("flatten", "Flatten"),
            node("head", "Linear", out_features=10),
            node("output", "Output"),
        )
        with pytest.raises(ExportError, match=words):
            WRITE["training"](diagram(main), resolve_recipe(changes))

    def test_a_users_program_is_not_written(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.py"
        path.write_text("def load_data():\n    return [[0.0]], [0]\n")
        info = replace(data_info("digits"), name=str(path))
        recipe = resolve_recipe({"data": str(path)})
        experiment = experiment_of(images(), recipe, info)
        with pytest.raises(ExportError, match=r"\(Programs\) is read by Skipwright itself"):
            program_of(experiment)
