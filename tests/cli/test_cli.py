"""The command line as a contract: verbs, flags, JSON, exit statuses, words for every mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graphcore import edits, store
from graphcore.cli import NOT_YET, VERBS, main
from graphcore.codegen import to_source
from graphcore.diagram import Diagram
from graphcore.gallery import TEMPLATES, build
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder
from graphcore.training.weights.record import WeightsRecord, write_record
from tests.diagrams import block, diagram, image, node
from tests.source_tree import ROOT
from tests.training.nets import digits_net

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every command runs in an empty folder with one good diagram and one with errors."""
    monkeypatch.chdir(tmp_path)
    save(digits_net(), "net.skw")
    save(edits.delete(digits_net(), "Net", ["relu"]), "broken.skw")
    return tmp_path


def save(network: Diagram, name: str) -> None:
    store.write(network, name)


def said(output: Output) -> tuple[str, str]:
    captured = output.readouterr()
    return captured.out, captured.err


def json_of(output: Output) -> Any:
    return json.loads(said(output)[0])


class TestGalleryAndNew:
    def test_the_templates_are_listed(self, capsys: Output) -> None:
        assert main(["gallery"]) == 0
        out, _ = said(capsys)
        shown = {t.name for t in TEMPLATES.values() if not t.hidden}
        assert all(name in out for name in shown)
        assert main(["gallery", "--json"]) == 0
        listed = {template["name"]: template for template in json_of(capsys)}
        assert set(listed) == shown
        resnet = listed["resnet20-digits"]
        assert resnet["title"] == "ResNet-20"
        assert resnet["parameters"] == 272_186
        assert [option["name"] for option in resnet["options"]] == ["depth", "width", "classes"]

    def test_a_diagram_is_made_with_its_options(self) -> None:
        command = ["new", "resnet20-digits", "--set", "depth=8", "--set", "width=4", "-o", "r.skw"]
        assert main(command) == 0
        assert store.read("r.skw") == build("resnet20-digits", depth=8, width=4)

    def test_the_same_again_is_no_fault_but_another_file_is_kept(self, capsys: Output) -> None:
        command = ["new", "mlp-digits", "-o", "r.skw"]
        assert main(command) == main(command) == 0
        assert main(["new", "plain20-digits", "-o", "r.skw"]) == 2
        assert "is there already and something else" in said(capsys)[1]
        assert store.read("r.skw") == build("mlp-digits")
        assert main(["new", "plain20-digits", "-o", "r.skw", "--force"]) == 0
        assert store.read("r.skw") == build("plain20-digits")

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (
                ["resnet9000"],
                "there is no template called 'resnet9000'; there are: resnet20-digits",
            ),
            (["mlp-digits", "--set", "depth=3"], "'mlp-digits' has no option 'depth'"),
            (["mlp-digits", "--set", "width=wide"], "'width' must be an integer, not 'wide'"),
            (["mlp-digits", "--set", "width=[1]"], "'width' must be an integer, not '[1]'"),
            (["mlp-digits", "--set", "width=0"], "'width' must be"),
            (["mlp-digits", "--set", "width"], "--set takes OPTION=VALUE, not 'width'"),
        ],
    )
    def test_mistakes(self, arguments: list[str], words: str, capsys: Output) -> None:
        assert main(["new", *arguments, "-o", "r.skw"]) == 2
        assert words in said(capsys)[1]
        assert not Path("r.skw").exists()

    def test_a_place_that_cannot_be_written(self, capsys: Output) -> None:
        assert main(["new", "mlp-digits", "-o", "nowhere/r.skw"]) == 2
        assert "nowhere/r.skw: cannot be written: No such file or directory" in said(capsys)[1]


class TestCheck:
    def test_a_sound_diagram(self, capsys: Output) -> None:
        assert main(["check", "net.skw", "--json"]) == 0
        assert json_of(capsys) == {"ok": True, "problems": [], "outputs": {"output": ["N", 10]}}
        assert main(["check", "net.skw"]) == 0
        assert said(capsys) == ("output: N×10\nok\n", "")

    def test_a_diagram_with_errors(self, capsys: Output) -> None:
        assert main(["check", "broken.skw", "--json"]) == 1
        told = json_of(capsys)
        assert told["ok"] is False
        problem = next(p for p in told["problems"] if p["severity"] == "error")
        assert problem.keys() == {"severity", "block", "item", "port", "message", "fixes"}
        assert problem["block"] == "Net"
        assert main(["check", "broken.skw"]) == 1
        out, err = said(capsys)
        assert "the diagram has errors" in out
        assert f"broken.skw: error: Net/{problem['item']}" in err
        assert problem["message"] in err

    def test_warnings_alone_are_no_error(self, capsys: Output) -> None:
        doubtful = diagram(
            block(image(3), node("fc", "Linear", out_features=2), node("output", "Output"))
        )
        save(doubtful, "doubtful.skw")
        assert main(["check", "doubtful.skw", "--json"]) == 0
        told = json_of(capsys)
        assert told["ok"] is True
        assert [problem["severity"] for problem in told["problems"]] == ["warning"]


class TestExport:
    def test_code(self, capsys: Output) -> None:
        assert main(["export", "net.skw", "-o", "net.py", "--json"]) == 0
        assert json_of(capsys) == {"file": "net.py", "class": "Net", "format": "py"}
        assert Path("net.py").read_text() == to_source(digits_net()).text
        done = subprocess.run([sys.executable, "net.py"], capture_output=True, text=True)
        assert done.stdout.startswith("Net: "), done.stderr

    def test_a_diagram_with_errors_has_no_code(self, capsys: Output) -> None:
        assert main(["export", "broken.skw", "-o", "net.py"]) == 1
        assert "broken.skw: error: Net/" in said(capsys)[1]
        assert not Path("net.py").exists()

    @pytest.mark.parametrize("suffix", [".onnx", ".pt2", ".svg", ".png", ".pdf"])
    def test_what_is_not_there_yet_says_so(self, suffix: str, capsys: Output) -> None:
        assert main(["export", "net.skw", "-o", f"net{suffix}"]) == 2
        assert f"export to {suffix} is not there yet" in said(capsys)[1]

    @pytest.mark.parametrize(
        ("more", "where"),
        [(["-o", "away/"], "away"), (["-o", "there"], "there"), (["-o", "x", "--training"], "x")],
    )
    def test_a_folder_takes_the_experiment(
        self, more: list[str], where: str, capsys: Output
    ) -> None:
        Path("there").mkdir()
        assert main(["export", "net.skw", "--steps", "9", "--json", *more]) == 0
        told = json_of(capsys)
        names = ["model.py", "train.py", "experiment.ipynb"]
        assert told["files"] == [f"{where}/{name}" for name in names]
        assert (told["class"], told["format"]) == ("Net", "training")
        assert Path(where, "model.py").read_text() == to_source(digits_net()).text
        assert "\nsteps = 9\n" in Path(where, "train.py").read_text()
        assert "graphcore" not in Path(where, "train.py").read_text()

    def test_an_experiment_of_a_run_that_began_with_weights_says_that_it_does_not(
        self, capsys: Output
    ) -> None:
        run = RunFolder.create(Path("run"), Path("net.skw").read_text(), resolve_recipe({}))
        assert main(["export", "run/diagram.skw", "-o", "away/"]) == 0
        assert said(capsys)[1] == ""
        write_record(run.path, WeightsRecord("runs/net-3/checkpoints/best.safetensors"))
        assert main(["export", "run/diagram.skw", "-o", "away/"]) == 0
        assert "began with best weights of net-3; train.py begins with random" in said(capsys)[1]
        assert Path("away/train.py").read_text().startswith('"""Train Net on ')
        assert "from random weights." in Path("away/train.py").read_text()
        Path("weights.json").write_text("no record of a run")
        assert main(["export", "net.skw", "-o", "away/"]) == 0

    def test_an_experiment_that_cannot_be_written_says_why(self, capsys: Output) -> None:
        assert main(["export", "net.skw", "-o", "away/", "--data", "iris"]) == 2
        assert "the data Iris has" in said(capsys)[1]
        assert main(["export", "net.skw", "-o", "away/", "--data", "none.npz"]) == 2
        assert "none.npz does not exist" in said(capsys)[1]
        assert main(["export", "broken.skw", "-o", "away/"]) == 1
        assert not Path("away").exists()

    @pytest.mark.parametrize("name", ["net", "net.txt"])
    def test_a_suffix_says_what_to_write(self, name: str, capsys: Output) -> None:
        assert main(["export", "net.skw", "-o", name]) == 2
        assert "its suffix says what to write" in said(capsys)[1]


class TestSummary:
    def test_figures(self, capsys: Output) -> None:
        assert main(["summary", "net.skw", "--json"]) == 0
        told = json_of(capsys)
        assert told.keys() >= {"parameters", "trainable", "macs", "activations_bytes", "layers"}
        assert told["parameters"] == 40 + 8 + 50
        assert [layer["module"] for layer in told["layers"]][:2] == ["stem", "norm"]
        assert main(["summary", "net.skw"]) == 0
        out, _ = said(capsys)
        assert "Conv2d (stem)" in out
        assert "98 parameters, 98 of them trained" in out
        assert "mult-adds" not in out

    def test_a_diagram_with_errors_has_none(self, capsys: Output) -> None:
        assert main(["summary", "broken.skw"]) == 1
        assert "broken.skw: error: Net/" in said(capsys)[1]


class TestBadInput:
    @pytest.mark.parametrize("verb", [["check"], ["summary"], ["export", "-o", "o.py"], ["train"]])
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (None, "there is no such file"),
            (b"", "line 1"),
            (b"{", "line 1"),
            (b"\xff\xfe\x00", "not a text in UTF-8"),
            (b"[]", "f.skw:"),
        ],
    )
    def test_an_unreadable_file_is_named(
        self, verb: list[str], content: bytes | None, words: str, capsys: Output
    ) -> None:
        if content is not None:
            Path("f.skw").write_bytes(content)
        assert main([verb[0], "f.skw", *verb[1:]]) == 2
        _, err = said(capsys)
        assert err.startswith("skipwright: f.skw: ")
        assert words in err

    def test_a_folder_is_no_diagram(self, capsys: Output) -> None:
        assert main(["check", "."]) == 2
        assert "is not a file" in said(capsys)[1]

    @pytest.mark.parametrize(
        "arguments",
        [["--nonsense"], ["new"], ["check"], ["train", "a", "b"], ["train", "--epochs"]],
    )
    def test_bad_usage(self, arguments: list[str], capsys: Output) -> None:
        assert main(arguments) == 2
        assert "usage: skipwright" in said(capsys)[1]

    @pytest.mark.parametrize("verb", NOT_YET)
    def test_verbs_that_are_not_there_yet_say_so(self, verb: str, capsys: Output) -> None:
        assert main([verb, "anything", "--input-size", "1,3,8,8"]) == 2
        assert f"'{verb}'" in (err := said(capsys)[1])
        assert "is not there yet" in err

    def test_a_word_that_is_neither_verb_nor_file(self, capsys: Output) -> None:
        assert main(["trian"]) == 2
        assert "neither a verb nor a file called 'trian'" in said(capsys)[1]

    def test_help_tells_every_verb(self, capsys: Output) -> None:
        assert main(["--help"]) == 0
        out, _ = said(capsys)
        assert all(verb in out for verb in [*VERBS, *NOT_YET])


class TestWindow:
    @pytest.mark.parametrize("arguments", [[], ["net.skw"], ["to-be.skw"]])
    def test_without_a_verb_the_window_opens_on_the_file(
        self, arguments: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import app.__main__

        seen: list[list[str]] = []

        def stand_in(name: str, run_name: str, alter_sys: bool) -> None:
            assert (name, run_name, alter_sys) == ("app", "__main__", True)
            assert app.__main__.__file__
            seen.append(sys.argv[1:])
            raise SystemExit(0)

        monkeypatch.setattr("runpy.run_module", stand_in)
        monkeypatch.setattr(sys, "argv", ["skipwright"])
        assert main(arguments) == 0
        assert seen == [arguments]

    def test_without_a_display_it_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        command = [sys.executable, "-m", "graphcore", "net.skw"]
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            monkeypatch.delenv(variable, raising=False)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if sys.platform == "linux":
            assert done.returncode == 2
            assert "no display" in done.stderr


def test_torch_is_loaded_by_the_verbs_that_need_it_alone() -> None:
    script = (
        "import sys; from graphcore.cli import main\n"
        "for line in sys.argv[1:]:\n"
        "    assert main(line.split()) in (0, 2), line\n"
        "    assert 'torch' not in sys.modules, line\n"
    )
    commands = [
        "gallery",
        "gallery --json",
        "new mlp-digits -o a.skw",
        "check a.skw",
        "check a.skw --json",
        "export a.skw -o a.py",
        "train none.skw",
        "train a.skw --data none.npz",
        "train a.skw --epochs 0",
        "lesson",
        "--help",
    ]
    done = subprocess.run(
        [sys.executable, "-c", script, *commands],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
