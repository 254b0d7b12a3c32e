"""What a window asks of weights, answered by a child of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from graphcore import store
from graphcore.module import to_module
from graphcore.training.events import Evaluated
from graphcore.training.fit import fit
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder
from graphcore.training.weights.questions import answers
from graphcore.training.weights.record import match_from_json
from tests.source_tree import ROOT
from tests.training.nets import digits_net


def match(weights: Path) -> dict[str, Any]:
    return {"ask": "match", "diagram": store.dumps(digits_net()), "weights": str(weights)}


def evaluation(run: Path, weights: str = "last") -> dict[str, Any]:
    named = {"run_dir": str(run), "weights": weights, "data": "", "trust_data": ""}
    return {"ask": "evaluate", **named}


def test_a_match_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    state = to_module(digits_net()).state_dict()
    state["head.bias"] = torch.ones(3)
    torch.save(state, tmp_path / "w.pt")
    [answer] = answers(match(tmp_path / "w.pt"))
    found = match_from_json(answer["match"])
    assert [pair.slot.name for pair in found.differing] == ["head.bias"]
    assert answer["sentence"] == found.sentence()
    assert not answer["is_whole"]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (match(Path("nothing.pt")), "the weights nothing.pt do not exist: choose a file that does"),
        (match(Path(__file__)), "test_questions.py is of no kind that holds weights"),
        (evaluation(Path("nowhere")), "nowhere holds no run"),
        ({**match(Path("w.pt")), "diagram": "{"}, "line 1"),
        ({"ask": "match"}, "it could not be found out: KeyError"),
    ],
)
def test_a_reason_is_given_where_there_is_no_answer(asked: dict[str, Any], error: str) -> None:
    [answer] = answers(asked)
    assert error in answer["error"]


def test_of_a_fault_of_the_program_the_trace_stands_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    list(answers(match(Path("nothing.pt"))))
    assert capsys.readouterr().err == ""
    list(answers({"ask": "match"}))
    assert "KeyError: 'diagram'" in capsys.readouterr().err


def test_the_child_evaluates_a_run_and_ends(tmp_path: Path) -> None:
    recipe = resolve_recipe({"steps": 1, "device": "cpu", "edges_every": 0})
    run = RunFolder.create(tmp_path / "run", store.dumps(digits_net()), recipe)
    said = [event for event in fit(digits_net(), recipe, run) if isinstance(event, Evaluated)][-1]
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "graphcore.training.weights.questions"],
        env={"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps(evaluation(run.path)) + "\n")
    child.stdin.flush()
    told = [json.loads(line) for line in child.stdout]
    assert child.wait(timeout=20) == 0
    child.stdin.close()
    child.stdout.close()
    assert told[:-1] == [{"done": done, "total": 359} for done in (0, 128, 256, 359)]
    assert (told[-1]["loss"], told[-1]["accuracy"]) == (said.loss, said.accuracy)


def test_the_child_ends_when_nobody_waits(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDLESS], cwd=ROOT, input=b'{"ask": "endless"}\n', timeout=30
    )
    assert done.returncode == 1


ENDLESS = """
import itertools, sys
from graphcore.training.weights import questions as child
child.QUESTIONS = {"endless": lambda asked: ({"done": n} for n in itertools.count())}
sys.exit(child.main())
"""
