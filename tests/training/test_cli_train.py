"""``skipwright train``: flags, events, progress, resuming, and words for every mistake."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphcore import edits, store
from graphcore.cli import main
from graphcore.cli.progress import Progress, duration
from graphcore.training.events import (
    Evaluated,
    Failed,
    Finished,
    Started,
    StepDone,
    Telemetry,
    TrainingEvent,
    from_json,
)
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.source_tree import ROOT
from tests.training.nets import digits_net

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    store.write(digits_net(), "net.skw")
    return tmp_path


def saved(name: str = "data.npz", **arrays: Any) -> str:
    y = np.arange(30) % 10
    np.savez(name, **({"x": np.random.default_rng(0).normal(size=(30, 1, 8, 8)), "y": y} | arrays))
    return name


def events_in(text: str) -> list[TrainingEvent]:
    return [from_json(json.loads(line)) for line in text.splitlines()]


class TestRuns:
    def test_a_run_gets_its_folder_and_its_recipe(self, capsys: Output) -> None:
        store.write(edits.set_recipe(digits_net(), "epochs", 3), "net.skw")
        for number in (1, 2):
            flags = ["--steps", "2", "--seed", "7", "--device", "cpu"]
            assert main(["train", "net.skw", *flags]) == 0
            run = RunFolder.open(Path(f"runs/net-{number}"))
            assert run.recipe() == Recipe(epochs=3, steps=2, seed=7, device="cpu")
            assert run.outcome().state == "finished"
            assert store.loads(run.diagram_text()) == store.read("net.skw")
        out, err = capsys.readouterr()
        assert "2 steps in 0:0" in out
        assert "% of the held-out samples right; the run is in runs/net-2" in out
        assert "Net: 98 parameters, 2 steps on cpu" in err
        assert "epoch 1/3  loss" in err

    def test_events_are_json_lines_and_nothing_else_is_on_stdout(self, capsys: Output) -> None:
        assert main(["train", "net.skw", "--epochs", "1", "--run-dir", "here", "--json"]) == 0
        told = events_in(capsys.readouterr().out)
        assert isinstance(told[0], Started)
        assert isinstance(told[-1], Finished)
        assert told[-1].steps == 22
        assert RunFolder.open(Path("here")).events() == tuple(told)

    def test_epochs_take_the_place_of_steps_in_the_recipe(self) -> None:
        store.write(edits.set_recipe(digits_net(), "steps", 5000), "net.skw")
        assert main(["train", "net.skw", "--epochs", "1"]) == 0
        assert RunFolder.open(Path("runs/net-1")).recipe().steps is None

    def test_a_data_file_is_remembered_by_its_whole_path(self, folder: Path) -> None:
        assert main(["train", "net.skw", "--data", saved(), "--steps", "1"]) == 0
        recipe = RunFolder.open(Path("runs/net-1")).recipe()
        assert recipe.data == str(folder / "data.npz")


class TestWhatTheProgramIsFor:
    """The figures that the gallery is there to show, by the commands of the README."""

    @staticmethod
    def accuracy(template: str, output: Output) -> float:
        assert main(["new", template, "-o", "r.skw"]) == 0
        assert main(["train", "r.skw", "--epochs", "8", "--json"]) == 0
        last = from_json(json.loads(output.readouterr().out.splitlines()[-1]))
        assert isinstance(last, Finished)
        return last.accuracy or 0.0

    def test_a_residual_network_reads_digits(self, capsys: Output) -> None:
        assert self.accuracy("resnet20-digits", capsys) >= 0.97

    def test_a_deep_network_trains_with_skips(self, capsys: Output) -> None:
        assert self.accuracy("resnet56-digits", capsys) > 0.9

    def test_and_not_without(self, capsys: Output) -> None:
        assert self.accuracy("plain56-digits", capsys) < 0.4


class TestResume:
    def test_a_finished_run_has_nothing_left_to_do(self, capsys: Output) -> None:
        assert main(["train", "net.skw", "--steps", "3"]) == 0
        assert main(["train", "net.skw", "--resume", "--json"]) == 0
        told = events_in(capsys.readouterr().out.split("\n", 1)[1])
        assert isinstance(told[0], Started)
        assert (told[0].step, told[0].steps) == (3, 3)
        assert isinstance(told[-1], Finished)

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ([], "there is no run of net in runs; say which with --run-dir"),
            (["--run-dir", "nowhere"], "nowhere holds no run"),
        ],
    )
    def test_there_must_be_a_run(self, arguments: list[str], words: str, capsys: Output) -> None:
        assert main(["train", "net.skw", "--resume", *arguments]) == 2
        assert words in capsys.readouterr().err

    def test_the_recipe_cannot_be_changed(self, capsys: Output) -> None:
        assert main(["train", "net.skw", "--steps", "3"]) == 0
        assert main(["train", "net.skw", "--resume", "--steps", "4"]) == 2
        assert "keeps its recipe, whose steps is 3" in capsys.readouterr().err
        assert main(["train", "net.skw", "--resume", "--steps", "3"]) == 0

    def test_a_run_without_a_state_begins_anew_and_says_so(self, capsys: Output) -> None:
        RunFolder.create(Path("run"), store.dumps(digits_net()), Recipe(steps=3))
        assert main(["train", "net.skw", "--resume", "--run-dir", "run"]) == 0
        assert "run had not come to its first checkpoint: it begins anew" in capsys.readouterr().err


class TestMistakes:
    @pytest.mark.parametrize(
        ("flags", "words"),
        [
            (["--device", "cuda:3"], "there is no device 'cuda:3' here; there are: cpu"),
            (["--device", "tpu"], "there is no device 'tpu' here"),
            (["--data", "mnist"], "there is no data set called 'mnist'; there are: digits"),
            (["--data", "no.npz"], "no.npz does not exist"),
            (["--epochs", "0"], "'epochs' must be between 1 and"),
            (["--epochs", "1", "--steps", "1"], "not allowed with argument"),
            (["--epochs", "many"], "invalid int value: 'many'"),
            (["--devices", "0"], "'devices' must be between 1 and"),
            (["--seed", "-1"], "'seed' must be between 0 and"),
            (["--run-dir", "net.skw/run"], "net.skw/run cannot be written (Not a directory)"),
        ],
    )
    def test_bad_usage(self, flags: list[str], words: str, capsys: Output) -> None:
        assert main(["train", "net.skw", *flags]) == 2
        assert words in capsys.readouterr().err
        assert not Path("runs").exists()

    def test_a_run_is_never_written_over(self, capsys: Output) -> None:
        command = ["train", "net.skw", "--steps", "1", "--run-dir", "run"]
        assert main(command) == 0
        before = Path("run/steps.f32").read_bytes()
        assert main(command) == 2
        assert "already holds a run" in capsys.readouterr().err
        assert Path("run/steps.f32").read_bytes() == before

    def test_a_damaged_data_file(self, capsys: Output) -> None:
        data = Path(saved())
        data.write_bytes(data.read_bytes()[:200])
        assert main(["train", "net.skw", "--data", "data.npz"]) == 2
        assert "cannot be read as an .npz file" in capsys.readouterr().err

    def test_a_data_file_with_values_that_are_no_numbers(self, capsys: Output) -> None:
        saved(x=np.full((30, 1, 8, 8), np.nan))
        assert main(["train", "net.skw", "--data", "data.npz"]) == 1
        assert "not a number or infinite, first at [0, 0, 0, 0]" in capsys.readouterr().err

    def test_a_path_in_a_diagram_is_not_followed(self, capsys: Output) -> None:
        store.write(edits.set_recipe(digits_net(), "data", saved()), "net.skw")
        assert main(["train", "net.skw"]) == 2
        assert "to use it, say so: --data data.npz" in capsys.readouterr().err

    def test_a_diagram_with_errors(self, capsys: Output) -> None:
        store.write(edits.delete(digits_net(), "Net", ["relu"]), "net.skw")
        assert main(["train", "net.skw"]) == 1
        assert "net.skw: error: Net/" in capsys.readouterr().err

    def test_a_diagram_that_does_not_fit_its_data(self, capsys: Output) -> None:
        store.write(digits_net(size=32), "net.skw")
        assert main(["train", "net.skw"]) == 1
        err = capsys.readouterr().err
        assert "net.skw: error: Net/x: the data Digits has 1×8×8 images" in err

    def test_a_run_that_fails_says_why(
        self, capsys: Output, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            torch.nn.Linear, "forward", lambda self, x: x @ self.weight.T * float("inf")
        )
        assert main(["train", "net.skw", "--json"]) == 1
        out, err = capsys.readouterr()
        failed = events_in(out)[-1]
        assert isinstance(failed, Failed)
        assert "skipwright: the run failed: the loss is not a number at step 1" in err
        assert RunFolder.open(Path("runs/net-1")).outcome().state == "failed"


def test_an_interrupt_ends_the_run_with_a_state_to_resume(folder: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "graphcore", "train", "net.skw", "--epochs", "5000", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with child:
        assert child.stdout is not None
        assert child.stderr is not None
        told: list[TrainingEvent] = []
        for line in child.stdout:
            told.append(from_json(json.loads(line)))
            if sum(isinstance(event, StepDone) for event in told) == 1 and len(told) < 3:
                child.send_signal(signal.SIGINT)
        errors = child.stderr.read()
    assert child.returncode == 0, errors
    last = told[-1]
    assert isinstance(last, Finished)
    assert last.stopped
    assert "go on with --resume" in errors
    assert (folder / "runs/net-1/checkpoints/last.pt").exists()


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class TestProgress:
    STARTED = Started("runs/a-1", "cpu", 2, 4, 100, 12_345, "Net")
    STEP = StepDone(25, 0, 1.5, 0.5, 0.1, 1000.0, 75.4)

    def test_on_a_terminal_a_bar_is_drawn_over_itself(self) -> None:
        out = Terminal()
        progress = Progress(out, now=lambda: 0.0)
        for event in (self.STARTED, self.STEP, Evaluated(25, 0, 1.25, 0.625)):
            progress.show(event)
        first, *repainted = out.getvalue().split("\r\x1b[K")
        assert first == ""
        assert repainted[0] == "Net: 12,345 parameters, 100 steps on cpu (2 threads)\n"
        bar = repainted[1]
        assert " 25%  step 25/100  loss 1.5000  accuracy  50.0 %  1:15 left" in bar
        filled, empty = bar.count("█"), bar.count("░")
        assert filled / (filled + empty) == pytest.approx(0.25, abs=0.05)
        assert repainted[2] == "epoch 1/4  loss 1.2500  accuracy  62.5 % held out\n"
        assert "step 25/100" in repainted[3]

    def test_the_pace_stands_in_the_bar_and_its_parts_in_a_last_line(self) -> None:
        out = Terminal()
        progress = Progress(out, now=lambda: 0.0)
        pace = Telemetry(25, 640.0, {"forward": 0.03, "backward": 0.07}, {"process_peak": 4e8})
        for event in (self.STARTED, pace, self.STEP, Finished(100, 9.0, None, None)):
            progress.show(event)
        *_, bar, last = out.getvalue().split("\r\x1b[K")[:-1]
        assert "640 samples/s  1:15 left" in bar
        assert last == ""
        assert out.getvalue().endswith(
            "a step took 100 ms: data 0 %, forward 30 %, backward 70 %, optimizer 0 %, "
            "measuring 0 %, writing 0 %; 640 samples/s; memory at most 400 MB\n"
        )

    def test_it_is_drawn_ten_times_a_second_at_most(self) -> None:
        out = Terminal()
        clock = iter(n / 100 for n in range(10_000))
        progress = Progress(out, now=lambda: next(clock))
        progress.show(self.STARTED)
        for step in range(1, 101):
            progress.show(replace(self.STEP, step=step))
        assert out.getvalue().count("step ") <= 12

    def test_a_terminal_without_blocks_gets_plain_signs(self) -> None:
        out = Terminal()
        out.encoding = "ascii"
        progress = Progress(out)
        progress.show(self.STARTED)
        progress.show(self.STEP)
        assert out.getvalue().isascii()
        assert "##" in out.getvalue()

    def test_a_bar_never_is_wider_than_the_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "40")
        out = Terminal()
        progress = Progress(out)
        progress.show(self.STARTED)
        progress.show(self.STEP)
        assert len(out.getvalue().rsplit("\x1b[K", 1)[-1]) < 40

    def test_elsewhere_there_are_plain_lines(self) -> None:
        out = io.StringIO()
        progress = Progress(out)
        for event in (self.STARTED, self.STEP, Evaluated(25, 0, 1.25, None)):
            progress.show(event)
        assert out.getvalue().splitlines() == [
            "Net: 12,345 parameters, 100 steps on cpu (2 threads)",
            "epoch 1/4  loss 1.2500 held out  1:15 left",
        ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.6, "1:00"), (75, "1:15"), (3900, "1:05:00"), (-1, "0:00")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
