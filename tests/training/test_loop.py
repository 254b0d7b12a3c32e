"""What a run tells, writes and repeats; on networks written by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from graphcore.training import loop
from graphcore.training.control import Control
from graphcore.training.data.minibatches import Data, Minibatches, Samples
from graphcore.training.device import repeatable
from graphcore.training.events import (
    CheckpointSaved,
    Evaluated,
    Finished,
    Paused,
    Resumed,
    Started,
    StepDone,
    TrainingEvent,
)
from graphcore.training.faults.explaining import TrainingError
from graphcore.training.loop import fit_module
from graphcore.training.losses import Objective
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.training.nets import SmallNet, everything, plan_for, small_net, stripes

T = TypeVar("T")

RECIPE = Recipe(batch_size=20, epochs=8, learning_rate=0.1)


def a_run(tmp_path: Path, name: str = "run") -> RunFolder:
    return RunFolder.create(tmp_path / name, "{}", RECIPE)


def events(
    run: RunFolder | None = None,
    recipe: Recipe = RECIPE,
    control: Control | None = None,
    *,
    resume: bool = False,
) -> Iterator[TrainingEvent]:
    module = small_net(recipe.seed)
    return fit_module(module, plan_for(module), stripes(), recipe, run, control, resume=resume)


def of(kind: type[T], told: list[TrainingEvent]) -> list[T]:
    return [event for event in told if isinstance(event, kind)]


def test_a_run_tells_its_story(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    told = list(events(run))
    assert told[0] == Started(
        run_dir=str(run.path),
        device="cpu",
        threads=1,
        epochs=8,
        steps=24,
        parameters=sum(p.numel() for p in small_net().parameters()),
        class_name="SmallNet",
    )
    assert [(e.step, e.epoch) for e in of(Evaluated, told)] == [(3 * n, n - 1) for n in range(1, 9)]
    last = told[-1]
    assert isinstance(last, Finished)
    assert (last.steps, last.stopped) == (24, False)
    assert (last.loss, last.accuracy) == (of(Evaluated, told)[-1].loss, 1.0)


def test_every_step_is_written_though_few_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "MOST_STEPS_TOLD", 1e-3)
    run = a_run(tmp_path)
    told = of(StepDone, list(events(run)))
    # The first, and the last of every epoch, so that a curve has no gap at an evaluation.
    assert [step.step for step in told] == [1, *range(3, 25, 3)]
    file = run.step_file()
    records = file.read_new()
    assert records.shape == (24, 3 + len(plan_for(small_net()).rows))
    assert np.isfinite(records).all()
    for step in told:
        assert (step.loss, step.accuracy, step.learning_rate) == tuple(records[step.step - 1, :3])


def test_the_figures_are_those_of_the_bare_loop(tmp_path: Path) -> None:
    """Measuring changes nothing, and what is written is what torch computed."""
    recipe = Recipe(
        batch_size=60, epochs=4, optimizer="adam", learning_rate=0.1, schedule="constant"
    )
    run = a_run(tmp_path)
    list(events(run, recipe))
    records = run.step_file().read_new()
    data, net = stripes(), small_net(recipe.seed)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1, weight_decay=1e-4, fused=True)
    with repeatable(torch.device("cpu")):
        for epoch, record in enumerate(records):
            order = torch.from_numpy(np.random.default_rng((0, epoch)).permutation(60))
            optimizer.zero_grad()
            x, y = data.train.at(order)
            loss = nn.functional.cross_entropy(net(x), y)
            loss.backward()
            assert loss.item() == record[0]
            grads = [p.grad for p in net.stem.parameters() if p.grad is not None]
            norm = torch.cat([grad.flatten() for grad in grads]).double().norm()
            assert record[3] == pytest.approx(norm.item(), rel=1e-6)
            optimizer.step()


def test_a_seed_repeats_a_run_bit_for_bit(tmp_path: Path) -> None:
    def bytes_of(name: str, seed: int) -> bytes:
        run = a_run(tmp_path, name)
        list(events(run, Recipe(batch_size=20, epochs=2, seed=seed)))
        return run.steps_path.read_bytes()

    assert bytes_of("a", 3) == bytes_of("b", 3)
    assert bytes_of("c", 4) != bytes_of("a2", 3)


def test_steps_end_a_run_whatever_the_epochs_say() -> None:
    for steps in (2, 7):
        told = list(events(recipe=Recipe(batch_size=20, epochs=1, steps=steps)))
        assert isinstance(told[0], Started)
        assert told[0].steps == steps
        assert isinstance(told[-1], Finished)
        assert (told[-1].steps, told[-1].stopped) == (steps, False)
        assert of(Evaluated, told)[-1].step == steps


def test_a_pause_holds_the_run_and_changes_nothing(tmp_path: Path) -> None:
    plain, paused = a_run(tmp_path, "plain"), a_run(tmp_path, "paused")
    list(events(plain))
    control = Control()
    told = []
    for event in events(paused, control=control):
        told.append(event)
        if isinstance(event, Evaluated) and event.epoch == 1:
            control.pause()
        if isinstance(event, Paused):
            threading.Timer(0.05, control.resume).start()
    kinds = [type(event) for event in told]
    assert kinds[kinds.index(Paused) + 1] is Resumed
    assert of(Paused, told) == [Paused(6)]
    assert paused.steps_path.read_bytes() == plain.steps_path.read_bytes()


def test_a_run_stops_while_it_is_paused() -> None:
    control = Control()
    told = []
    for event in events(control=control):
        told.append(event)
        if isinstance(event, Started):
            control.pause()
        if isinstance(event, Paused):
            control.stop()
    assert [type(event) for event in told] == [Started, Paused, Finished]
    end = told[-1]
    assert isinstance(end, Finished)
    assert end == Finished(0, end.seconds, None, None, stopped=True)


@pytest.mark.parametrize("stop_at", [1, 6, 10])
def test_a_stopped_run_is_resumed_bit_for_bit(tmp_path: Path, stop_at: int) -> None:
    whole, parted = a_run(tmp_path, "whole"), a_run(tmp_path, "parted")
    list(events(whole))
    told = stopped_after(stop_at, parted)
    assert isinstance(told[-1], Finished)
    assert (told[-1].steps, told[-1].stopped) == (stop_at, True)
    resumed = list(events(parted, resume=True))
    assert isinstance(resumed[0], Started)
    assert resumed[0].step == stop_at
    assert isinstance(resumed[-1], Finished)
    assert (resumed[-1].steps, resumed[-1].stopped) == (24, False)
    assert parted.steps_path.read_bytes() == whole.steps_path.read_bytes()
    weights = [load_file(run.checkpoints / "last.safetensors") for run in (whole, parted)]
    assert all(torch.equal(value, weights[1][key]) for key, value in weights[0].items())


def stopped_after(steps: int, run: RunFolder) -> list[TrainingEvent]:
    control = Control()
    told = []
    training = events(run, control=control)
    # A step is made between two events; told one by one, the run can be stopped after any.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "MOST_STEPS_TOLD", 1e9)
        for event in training:
            told.append(event)
            if isinstance(event, StepDone) and event.step == steps:
                control.stop()
    return told


def test_a_killed_run_goes_on_from_its_last_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_STATES", 0.0)
    whole, killed = a_run(tmp_path, "whole"), a_run(tmp_path, "killed")
    list(events(whole))
    training = events(killed)
    saved = 0
    for event in training:
        saved += isinstance(event, CheckpointSaved) and not event.best
        if saved == 2 and isinstance(event, StepDone):
            break  # with steps made after the state, which are made again
    del training
    resumed = list(events(killed, resume=True))
    assert isinstance(resumed[0], Started)
    assert resumed[0].step == 6
    assert killed.steps_path.read_bytes() == whole.steps_path.read_bytes()


def test_the_best_weights_are_those_of_the_best_evaluation(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    told = list(events(run))
    best = max(of(Evaluated, told), key=lambda e: (e.accuracy or 0, -e.loss))
    saved = [event for event in of(CheckpointSaved, told) if event.best]
    assert saved[-1] == CheckpointSaved(best.step, "checkpoints/best.safetensors", best=True)
    net = small_net(seed=9)
    net.load_state_dict(load_file(run.path / saved[-1].path))
    net.eval()
    x, y = everything(stripes().held_out)
    with torch.no_grad():
        loss = nn.functional.cross_entropy(net(x), y).item()
    assert loss == pytest.approx(best.loss, rel=1e-5)


class BreaksAtStep(SmallNet):
    """Its second block computes something that is no number from a step on."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.left = step
        norm = self.get_submodule("blocks.1.norm")
        norm.register_forward_hook(self.spoil)

    def spoil(self, module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        self.left -= module.training
        return output * float("nan") if self.left <= 0 else output


def test_a_loss_that_is_not_a_number_names_the_step_and_the_layer(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module, run = BreaksAtStep(5), a_run(tmp_path)
    with pytest.raises(TrainingError, match="the loss is not a number at step 5") as told:
        list(fit_module(module, plan_for(module), stripes(), RECIPE, run))
    assert "choose a smaller learning rate than 0.1" in str(told.value)
    assert told.value.failed.instance == plan_for(module).rows[0].instance
    # The step that failed is written too: the window shows where it began.
    records = run.step_file().read_new()
    assert records.shape[0] == 5
    assert np.isfinite(records[:4]).all()


def test_a_run_that_breaks_or_is_let_go_has_its_best_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module, broken, let_go = BreaksAtStep(8), a_run(tmp_path, "broken"), a_run(tmp_path, "let-go")
    with pytest.raises(TrainingError):
        list(fit_module(module, plan_for(module), stripes(), RECIPE, broken))
    training = events(let_go)
    while not isinstance(next(training), Evaluated):
        pass
    while not isinstance(next(training), StepDone):
        pass
    del training
    for run in (broken, let_go):
        assert (
            load_file(run.checkpoints / "best.safetensors").keys()
            == small_net().state_dict().keys()
        )


def test_values_are_learnt_without_an_accuracy() -> None:
    def means(samples: Minibatches) -> Samples:
        x, _ = everything(samples)
        return Samples(x.mean((2, 3)), x.mean((1, 2, 3)))

    values = Data(means(stripes().train), means(stripes().held_out))
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(1, 1))
    recipe = Recipe(loss="mse", batch_size=20, epochs=30, learning_rate=0.1)
    told = list(
        fit_module(module, plan_for(module, objective=Objective("mse", None)), values, recipe)
    )
    evaluated = of(Evaluated, told)
    assert evaluated[-1].loss < evaluated[0].loss / 10
    assert {event.accuracy for event in of(Evaluated, told) + of(StepDone, told)} == {None}
