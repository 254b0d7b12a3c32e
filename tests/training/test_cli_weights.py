"""``train --weights``, ``evaluate`` and ``export -o w.safetensors``, with words for mistakes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from graphcore import edits, store
from graphcore.cli import main
from graphcore.module import to_module
from graphcore.training.events import Evaluated, WeightsTaken
from graphcore.training.run_folder import RunFolder
from graphcore.training.weights.record import read_record
from tests.training.nets import digits_net

Output = pytest.CaptureFixture[str]
STEPS = ["--steps", "2", "--device", "cpu"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    store.write(digits_net(), "net.skw")
    torch.manual_seed(3)
    torch.save(to_module(digits_net()).state_dict(), "w.pt")
    return tmp_path


class TestTrain:
    def test_a_run_begins_with_weights_and_another_with_its_best(self, capsys: Output) -> None:
        assert main(["train", "net.skw", "--weights", "w.pt", *STEPS]) == 0
        assert "begins with w.pt: 9 of 9 tensors, by key\n" in capsys.readouterr().err
        assert main(["train", "net.skw", "--weights", "runs/net-1", *STEPS, "--json"]) == 0
        first = json.loads(capsys.readouterr().out.splitlines()[0])
        assert first["event"] == "weights"
        assert first["message"].startswith("begins with best weights of net-1: 9 of 9")
        record = read_record(Path("runs/net-2"))
        assert record is not None
        assert record.file.endswith("runs/net-1/checkpoints/best.safetensors")

    def test_resuming_has_weights_already(self, capsys: Output) -> None:
        assert main(["train", "net.skw", "--weights", "w.pt", *STEPS]) == 0
        Path("w.pt").unlink()
        assert main(["train", "net.skw", "--resume", "--weights", "w.pt"]) == 2
        assert "leave --weights out" in capsys.readouterr().err
        assert main(["train", "net.skw", "--resume"]) == 0
        events = RunFolder.open(Path("runs/net-1")).events()
        assert sum(isinstance(event, WeightsTaken) for event in events) == 1

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "the weights x.pt do not exist"),
            ({"other": torch.ones(2)}, "x.pt has nothing for this network: its names are other"),
            (torch.nn.Linear(2, 2), "x.pt holds code besides weights"),
        ],
    )
    def test_what_cannot_be_used_makes_no_run(
        self, capsys: Output, content: object, message: str
    ) -> None:
        if content is not None:
            torch.save(content, "x.pt")
        assert main(["train", "net.skw", "--weights", "x.pt", *STEPS]) == 2
        assert message in capsys.readouterr().err
        assert not Path("runs").exists()


class TestEvaluate:
    def test_it_says_what_the_run_said(self, capsys: Output) -> None:
        assert main(["train", "net.skw", *STEPS]) == 0
        said = [e for e in RunFolder(Path("runs/net-1")).events() if isinstance(e, Evaluated)][-1]
        capsys.readouterr()
        assert main(["evaluate", "runs/net-1", "--weights", "last", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["loss"], told["accuracy"]) == (said.loss, said.accuracy)
        assert told["samples"] == 359
        assert told["weights"]["title"] == "last weights of net-1"
        assert main(["evaluate", "net.skw", "--weights", "runs/net-1", "--device", "cpu"]) == 0
        out = capsys.readouterr().out
        assert f"loss {said.loss:.4f}; " in out
        assert out.endswith(
            "359 held-out samples of Digits; best weights of net-1 (9 of 9 tensors, by key)\n"
        )

    @pytest.mark.parametrize(
        ("command", "status", "message"),
        [
            (["net.skw"], 2, "is a diagram and holds no weights: say which by --weights"),
            (["net.skw", "--weights", "."], 2, "best.safetensors do not exist"),
            (["nothing.skw"], 2, "there is no such file"),
            (["."], 2, "holds no run"),
            (["net.skw", "--weights", "w.pt", "--data", "wine"], 1, "samples of 13 values"),
            (["net.skw", "--weights", "w.pt", "--data", "nothing"], 2, "no data set called"),
            (["net.skw", "--weights", "w.pt", "--device", "tpu"], 2, "device"),
            (["net.skw", "--weights", "part.pt"], 2, "does not have all weights of this network"),
        ],
    )
    def test_mistakes_are_told(
        self, capsys: Output, command: list[str], status: int, message: str
    ) -> None:
        torch.save({"head.bias": torch.ones(10)}, "part.pt")
        assert main(["evaluate", *command]) == status
        assert message in capsys.readouterr().err

    def test_a_program_is_run_for_its_data_only_where_it_is_trusted(self, capsys: Output) -> None:
        Path("mine.py").write_text(PROGRAM)
        command = ["evaluate", "net.skw", "--weights", "w.pt", "--data", "mine.py"]
        assert main(command) == 2
        assert "it is run only if you trust it" in capsys.readouterr().err
        assert main([*command, "--trust-data"]) == 0
        assert "10 held-out samples of mine.py" in capsys.readouterr().out

    def test_a_terminal_shows_how_far_it_is(
        self, capsys: Output, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        command = ["evaluate", "net.skw", "--weights", "w.pt"]
        assert main(command) == 0
        assert capsys.readouterr().err == ""
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        assert main(command) == 0
        told = capsys.readouterr().err
        assert "128 of 359 samples" in told
        assert told.endswith("\r\x1b[K")  # nothing is left of it


PROGRAM = """
import numpy as np
def load_data():
    return np.ones((50, 1, 8, 8), dtype=np.float32), np.arange(50) % 10
"""


class TestExport:
    def test_the_weights_that_training_begins_with(self) -> None:
        for seed in (0, 7):
            diagram = edits.set_recipe(digits_net(), "seed", seed)
            store.write(diagram, "seeded.skw")
            torch.manual_seed(seed)
            expected = to_module(diagram).state_dict()
            flags = ["net.skw", "--seed", "7"] if seed else ["seeded.skw"]
            assert main(["export", *flags, "-o", "out/w.safetensors"]) == 0
            found = load_file("out/w.safetensors")
            assert found.keys() == expected.keys()
            assert all(torch.equal(found[name], value) for name, value in expected.items())

    def test_those_of_a_run(self, capsys: Output) -> None:
        assert main(["train", "net.skw", *STEPS]) == 0
        for flags, name in (([], "best"), (["--weights", "last"], "last")):
            assert main(["export", "runs/net-1", "-o", "w.safetensors", *flags]) == 0
            kept = Path(f"runs/net-1/checkpoints/{name}.safetensors")
            assert Path("w.safetensors").read_bytes() == kept.read_bytes()
            assert f"{name} weights of net-1, 9 of 9" in capsys.readouterr().out

    def test_those_of_another_file_under_the_diagrams_names(self, capsys: Output) -> None:
        state = torch.load("w.pt", weights_only=True)
        torch.save({f"x{n}": value for n, value in enumerate(state.values())}, "x.pt")
        assert main(["export", "net.skw", "--weights", "x.pt", "-o", "y.safetensors"]) == 0
        found = load_file("y.safetensors")
        assert all(torch.equal(found[name], value) for name, value in state.items())
        assert "9 of 9 tensors, by order and shape" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            (["-o", "net.py", "--weights", "w.pt"], "--weights go into a .safetensors file"),
            (["-o", "w.safetensors", "--weights", "no.pt"], "the weights no.pt do not exist"),
            (["-o", "net.skw/w.safetensors"], "net.skw/w.safetensors: cannot be written"),
        ],
    )
    def test_mistakes_are_told(self, capsys: Output, flags: list[str], message: str) -> None:
        assert main(["export", "net.skw", *flags]) == 2
        assert message in capsys.readouterr().err
