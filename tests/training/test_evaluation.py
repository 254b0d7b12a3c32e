"""Saved weights are measured as the run that saved them measured itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from graphcore import cli, edits, store
from graphcore.diagram import Diagram
from graphcore.module import to_module
from graphcore.training.data.arrays import DataError
from graphcore.training.evaluation import (
    Evaluation,
    Measured,
    Subject,
    evaluate,
    subject_of_diagram,
    subject_of_run,
)
from graphcore.training.events import Evaluated
from graphcore.training.faults.explaining import TrainingError
from graphcore.training.fit import fit
from graphcore.training.learner import Learner
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder
from graphcore.training.weights.match import WeightsError
from tests.diagrams import block, diagram, node
from tests.training.nets import digits_net


def trained(folder: Path, net: Diagram, **values: Any) -> RunFolder:
    recipe = resolve_recipe({"device": "cpu", "edges_every": 0, "epochs": 2, **values})
    run = RunFolder.create(folder, store.dumps(net), recipe)
    *_, end = fit(net, recipe, run)
    assert type(end).__name__ == "Finished", end
    return run


def measured(subject: Subject) -> Evaluation:
    *_, end = evaluate(subject)
    assert isinstance(end, Evaluation)
    return end


def told(run: RunFolder) -> list[Evaluated]:
    return [event for event in run.events() if isinstance(event, Evaluated)]


def same(found: Evaluation, said: Evaluated) -> bool:
    return (found.loss, found.accuracy, dict(found.metrics)) == (
        said.loss,
        said.accuracy,
        dict(said.metrics),
    )


def values_net() -> Diagram:
    return diagram(
        block(
            node("x", "Input", shape=("N", 5)),
            node("fc", "Linear", out_features=1),
            node("output", "Output"),
        )
    )


def text_net(length: int, classes: int) -> Diagram:
    return diagram(
        block(
            node("x", "Input", shape=("N", length), dtype="int64"),
            node("embed", "Embedding", num_embeddings=classes, embedding_dim=8),
            node("fc", "Linear", out_features=classes),
            node("output", "Output"),
        )
    )


def numbers(path: Path, *, shift: float = 0.0, seed: int = 0) -> str:
    """Values to be met, with a scale of their own."""
    x = np.random.default_rng(seed).normal(size=(60, 5)).astype(np.float32) + np.float32(shift)
    y = (100 * x.sum(1) + 7).astype(np.float32)
    np.savez(path, x=x[:48], y=y[:48], x_test=x[48:], y_test=y[48:])
    return str(path)


class TestTheSameNumbers:
    @pytest.mark.parametrize(
        "recipe",
        [{}, {"precision": "bf16"}, {"channels_last": True, "batch_size": 48}, {"flip": True}],
        ids=["plain", "bf16", "channels last", "augmented"],
    )
    def test_for_classes(self, tmp_path: Path, recipe: Mapping[str, Any]) -> None:
        run = trained(tmp_path / "run", digits_net(), **recipe)
        assert same(measured(subject_of_run(run, "last")), told(run)[-1])
        best = min(told(run), key=lambda one: (-(one.accuracy or 0.0), one.loss))
        assert same(measured(subject_of_run(run, "best")), best)

    def test_for_values_in_their_unit(self, tmp_path: Path) -> None:
        run = trained(tmp_path / "run", values_net(), data=numbers(tmp_path / "d.npz"))
        found = measured(subject_of_run(run, "last"))
        assert same(found, told(run)[-1])
        assert found.metrics["mean_absolute_error"] > 1.0

    def test_for_text(self, tmp_path: Path) -> None:
        (tmp_path / "t.txt").write_text("to be or not to be, that is the question " * 40)
        classes = len(set((tmp_path / "t.txt").read_text()))
        run = trained(tmp_path / "run", text_net(8, classes), data=str(tmp_path / "t.txt"))
        assert same(measured(subject_of_run(run, "last")), told(run)[-1])

    def test_for_pixels(self, tmp_path: Path) -> None:
        net = diagram(
            block(
                node("x", "Input", shape=("N", 3, 8, 8)),
                node("head", "Conv2d", out_channels=4, kernel_size=1),
                node("output", "Output"),
            )
        )
        run = trained(tmp_path / "run", net, data="shapes", steps=2)
        found = measured(subject_of_run(run, "last"))
        assert same(found, told(run)[-1])
        assert "mean_iou" in found.metrics


def test_the_run_is_not_touched(tmp_path: Path) -> None:
    run = trained(tmp_path / "run", digits_net(), steps=2)
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    measured(subject_of_run(run))
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before


def test_it_tells_how_far_it_is_and_can_be_left(tmp_path: Path) -> None:
    run = trained(tmp_path / "run", digits_net(), steps=1, batch_size=16)
    events = evaluate(subject_of_run(run))
    begun = [next(events) for _ in range(3)]
    assert begun == [Measured(0, 359), Measured(32, 359), Measured(64, 359)]
    events.close()  # type: ignore[attr-defined]


class TestOtherWeightsAndData:
    def test_weights_of_elsewhere_on_the_runs_network(self, tmp_path: Path) -> None:
        run = trained(tmp_path / "run", digits_net(), steps=1)
        torch.save(to_module(digits_net()).state_dict(), tmp_path / "w.pt")
        found = measured(subject_of_run(run, str(tmp_path / "w.pt")))
        assert found.weights.title == "w.pt"

    def test_weights_that_are_not_whole_are_refused(self, tmp_path: Path) -> None:
        run = trained(tmp_path / "run", digits_net(), steps=1)
        state = to_module(digits_net()).state_dict()
        del state["head.bias"]
        torch.save(state, tmp_path / "w.pt")
        with pytest.raises(WeightsError, match=r"at their first values: head\.bias \(10\); choose"):
            measured(subject_of_run(run, str(tmp_path / "w.pt")))

    def test_a_run_without_weights(self, tmp_path: Path) -> None:
        recipe = resolve_recipe({})
        run = RunFolder.create(tmp_path / "run", store.dumps(digits_net()), recipe)
        with pytest.raises(WeightsError, match="has no best weights: the run ended before"):
            subject_of_run(run)

    def test_other_data_are_normalised_as_those_that_were_learnt(self, tmp_path: Path) -> None:
        run = trained(tmp_path / "run", values_net(), data=numbers(tmp_path / "d.npz"))
        other = numbers(tmp_path / "e.npz", shift=2.0, seed=1)
        record = json.loads(run.data_path.read_text())["normalisation"]
        weights = load_file(run.checkpoints / "best.safetensors")
        arrays = np.load(other)
        x = (arrays["x_test"] - record["mean"]) / record["deviation"]
        y = x @ weights["fc.weight"].numpy()[0] + weights["fc.bias"].item()
        y = y * record["target_deviation"][0] + record["target_mean"][0]
        expected = float(np.abs(y - arrays["y_test"]).mean())
        of_diagram = subject_of_diagram(values_net(), resolve_recipe({"data": other}), run.path)
        for subject in (subject_of_run(run, "best", data=other), of_diagram):
            found = measured(subject).metrics["mean_absolute_error"]
            assert found == pytest.approx(expected, rel=1e-4)

    def test_data_that_were_changed_are_refused_unless_they_are_meant(self, tmp_path: Path) -> None:
        data = numbers(tmp_path / "d.npz")
        run = trained(tmp_path / "run", values_net(), data=data)
        numbers(tmp_path / "d.npz", seed=2)
        with pytest.raises(DataError, match="are not what this run began with"):
            measured(subject_of_run(run))
        assert measured(subject_of_run(run, data=data)).samples == 12

    def test_characters_that_stand_for_others_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "t.txt").write_text("abcd" * 200)
        (tmp_path / "u.txt").write_text("wxyz" * 200)
        run = trained(tmp_path / "run", text_net(8, 4), data=str(tmp_path / "t.txt"))
        with pytest.raises(DataError, match=r"the characters of the data .* are not those that"):
            measured(subject_of_run(run, data=str(tmp_path / "u.txt")))


def test_a_diagram_that_was_changed_meanwhile_takes_weights_by_order(tmp_path: Path) -> None:
    run = trained(tmp_path / "run", digits_net(), steps=2)
    renamed = edits.rename(digits_net(), "Net", "stem", "entry")
    found = measured(subject_of_diagram(renamed, run.recipe(), run.path))
    assert found.weights.match is not None
    assert found.weights.match.by == "order"
    assert same(found, told(run)[-1])


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), "there was not enough memory: choose a"),
        (IndexError("Target 12 is out of bounds."), "a label or a token is out of range"),
    ],
)
def test_what_the_network_raises_is_told_as_in_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, words: str
) -> None:
    run = trained(tmp_path / "run", digits_net(), epochs=1)

    def fails(*asked: object) -> None:
        raise raised

    monkeypatch.setattr(Learner, "evaluation", fails)
    with pytest.raises(TrainingError) as told:
        measured(subject_of_run(run))
    assert words in str(told.value)
    assert cli.main(["evaluate", str(run.path)]) == 1
