"""A run that was stopped anywhere and taken up is, bit for bit, the run that was not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from graphcore.diagram import Diagram
from graphcore.training import loop
from graphcore.training.control import Control
from graphcore.training.events import Failed, Finished, Started, StepDone
from graphcore.training.fit import fit
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.diagrams import block, diagram, image, node

STEPS = 14
PER_EPOCH = 4


def network() -> Diagram:
    """With batch norm, dropout and stochastic depth."""
    return diagram(
        block(
            image(1),
            node("stem", "Conv2d", out_channels=4, kernel_size=3, padding=1, stride=2),
            node("norm", "BatchNorm2d"),
            node("relu", "ReLU"),
            node("drop", "Dropout", p=0.2),
            node("depth", "StochasticDepth", p=0.2),
            node("flatten", "Flatten"),
            node("head", "Linear", out_features=10),
            node("output", "Output"),
        )
    )


EVERYTHING = Recipe(
    steps=STEPS,
    batch_size=300,  # four steps an epoch
    flip=True,
    shift=1,
    cutout=2,
    noise=0.1,
    accumulation=3,
    clip_norm=0.5,
    schedule="cosine",
    warm_up=3,
    decay_biases=False,
    label_smoothing=0.1,
    initialisation="he",
    seed=5,
    edges_every=3,
)

RECIPES = {
    "sgd, one cycle": Recipe(steps=STEPS, batch_size=300, noise=0.1, nesterov=True, edges_every=1),
    "sgd, steps": Recipe(steps=STEPS, batch_size=300, schedule="step", edges_every=4),
    "adamw, everything": Recipe(**{**EVERYTHING.values(), "optimizer": "adamw"}),  # type: ignore[arg-type]
    "muon, everything": Recipe(**{**EVERYTHING.values(), "optimizer": "muon"}),  # type: ignore[arg-type]
    "rmsprop, bf16": Recipe(steps=STEPS, batch_size=300, optimizer="rmsprop", precision="bf16"),
}


def train(run: RunFolder, recipe: Recipe, stop: int = STEPS, *, resume: bool = False) -> None:
    control = Control()
    for event in fit(network(), recipe, run, control, threads=1, resume=resume):
        assert not isinstance(event, Failed), event.message
        if isinstance(event, Started | StepDone) and event.step >= stop:
            control.stop()


@pytest.mark.parametrize("name", RECIPES)
def test_anywhere(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    recipe = RECIPES[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "MOST_STEPS_TOLD", 1e9)
        whole = RunFolder.create(tmp_path_factory.mktemp("whole") / "run", "{}", recipe)
        train(whole, recipe)
        expected = load_file(whole.checkpoints / "last.safetensors")

        @settings(max_examples=4, deadline=None, database=None, derandomize=True)
        @given(st.integers(1, STEPS - 1), st.integers(1, STEPS - 1))
        def stopped_twice(first: int, second: int) -> None:
            parted = RunFolder.create(tmp_path_factory.mktemp("parted") / "run", "{}", recipe)
            train(parted, recipe, min(first, second))
            train(parted, recipe, max(first, second), resume=True)
            train(parted, recipe, resume=True)
            assert parted.steps_path.read_bytes() == whole.steps_path.read_bytes()
            found = load_file(parted.checkpoints / "last.safetensors")
            assert all(torch.equal(value, expected[key]) for key, value in found.items())

        stopped_twice()


def files(run: RunFolder) -> dict[str, bytes]:
    """All figures of a run, bit for bit."""
    paths = (run.steps_path, run.edges_path, run.updates_path)
    return {path.name: path.read_bytes() for path in paths}


@pytest.mark.parametrize("name", RECIPES)
def test_cut_off_anywhere(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without a word, as by a kill: the run goes on from the state of an epoch before, and what
    was written since is written again."""
    recipe = RECIPES[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "MOST_STEPS_TOLD", 1e9)
        patch.setattr(loop, "SECONDS_BETWEEN_STATES", 0.0)
        whole = RunFolder.create(tmp_path_factory.mktemp("whole") / "run", "{}", recipe)
        train(whole, recipe)
        expected = load_file(whole.checkpoints / "last.safetensors")

        @settings(max_examples=3, deadline=None, database=None, derandomize=True)
        @given(st.integers(PER_EPOCH, STEPS - 1), st.integers(PER_EPOCH, STEPS - 1))
        def cut_off_twice(first: int, second: int) -> None:
            parted = RunFolder.create(tmp_path_factory.mktemp("parted") / "run", "{}", recipe)
            cut_off(parted, recipe, min(first, second))
            cut_off(parted, recipe, max(first, second), resume=True)
            train(parted, recipe, resume=True)
            assert files(parted) == files(whole)
            found = load_file(parted.checkpoints / "last.safetensors")
            assert all(torch.equal(value, expected[key]) for key, value in found.items())

        cut_off_twice()


def cut_off(run: RunFolder, recipe: Recipe, at: int, *, resume: bool = False) -> None:
    """Train up to a step, past the saving of the epoch that it may end, and no further; half an
    event and half a record are left."""
    events = fit(network(), recipe, run, threads=1, resume=resume)
    for event in events:
        assert not isinstance(event, Failed), event.message
        if isinstance(event, StepDone) and event.step > at:
            break
    events.close()  # type: ignore[attr-defined]
    with run.events_path.open("a") as told, run.steps_path.open("ab") as steps:
        told.write('{"event": "st')
        steps.write(b"\0" * 7)


def test_on_data_that_were_changed_a_run_does_not_go_on(tmp_path: Path) -> None:
    def save(first: float) -> None:
        x = np.zeros((100, 1, 8, 8), dtype=np.float32)
        x[0] = first
        np.savez(tmp_path / "data.npz", x=x, y=np.arange(100) % 10)

    save(1.0)
    recipe = Recipe(data=str(tmp_path / "data.npz"), steps=4, batch_size=20)
    run = RunFolder.create(tmp_path / "run", "{}", recipe)
    train(run, recipe, 2)
    save(2.0)
    *_, last = fit(network(), recipe, run, threads=1, resume=True)
    assert isinstance(last, Failed)
    assert "are not what this run began with" in last.message


class TestCutOffBeforeTheFirstState:
    """As by a kill in the first seconds: the run begins anew, bit for bit as it would have gone."""

    def cut_off(self, run: RunFolder, recipe: Recipe, weights: Path | None = None) -> None:
        """Ends without a word, with records, a step that was half written and no state."""
        events = fit(network(), recipe, run, threads=1, weights=weights)
        for event in events:
            if isinstance(event, StepDone) and event.step >= 6:
                break
        events.close()  # type: ignore[attr-defined]
        with run.steps_path.open("ab") as file:
            file.write(b"half")
        assert not run.state_path.exists()

    @pytest.mark.parametrize("name", RECIPES)
    def test_it_goes_as_it_would_have_gone(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(loop, "MOST_STEPS_TOLD", 1e9)
        recipe = RECIPES[name]
        whole = RunFolder.create(tmp_path / "whole", "{}", recipe)
        train(whole, recipe)
        again = RunFolder.create(tmp_path / "again", "{}", recipe)
        self.cut_off(again, recipe)
        train(again, recipe, resume=True)
        assert files(again) == files(whole)
        last = "checkpoints/last.safetensors"
        assert (again.path / last).read_bytes() == (whole.path / last).read_bytes()

    def test_with_the_weights_it_began_with(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And with no others that have come into their place."""
        monkeypatch.setattr(loop, "MOST_STEPS_TOLD", 1e9)
        recipe = RECIPES["sgd, steps"]
        source = RunFolder.create(tmp_path / "source", "{}", recipe)
        train(source, recipe)
        weights = source.checkpoints / "last.safetensors"
        whole = RunFolder.create(tmp_path / "whole", "{}", recipe)
        assert isinstance(
            list(fit(network(), recipe, whole, threads=1, weights=weights))[-1], Finished
        )
        again = RunFolder.create(tmp_path / "again", "{}", recipe)
        self.cut_off(again, recipe, weights)
        changed = RunFolder.create(tmp_path / "changed", "{}", recipe)
        self.cut_off(changed, recipe, weights)
        train(again, recipe, resume=True)
        assert files(again) == files(whole)
        weights.write_bytes((whole.checkpoints / "last.safetensors").read_bytes())
        *_, last = fit(network(), recipe, changed, threads=1, resume=True)
        assert isinstance(last, Failed)
        assert "has changed since the run began with it" in last.message
