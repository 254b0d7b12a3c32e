"""Histograms of a run that is going: the right numbers, and a run that does not notice."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from graphcore.diagram import Instance, Step
from graphcore.training.control import Control
from graphcore.training.events import (
    Finished,
    HistogramTaken,
    Paused,
    Started,
    StepDone,
    TrainingEvent,
)
from graphcore.training.learner import Learner
from graphcore.training.loop import fit_module
from graphcore.training.losses import Objective
from graphcore.training.measuring.distribution import Distribution
from graphcore.training.measuring.histogram import Histograms, distribution
from graphcore.training.parallel.ranks import Ranks
from graphcore.training.parallel.seat import Seat
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.training.nets import SmallNet, everything, plan_for, small_net, stripes

CONV: Instance = (Step("blocks", 1), Step("conv", 0))
DROP: Instance = (Step("blocks", 1), Step("drop", 0))
BLOCK: Instance = (Step("blocks", 1),)
NAMES = {CONV: "blocks.1.conv", DROP: "blocks.1.drop", BLOCK: "blocks.1"}

RECIPE = Recipe(batch_size=20, epochs=3, learning_rate=0.1)


def by_name(taken: HistogramTaken) -> dict[str, Distribution]:
    return {one.name: one for one in taken.distributions}


def batch() -> tuple[Tensor, Tensor]:
    x, y = everything(stripes().train)
    return x[:20], y[:20]


def take(net: nn.Module, instance: Instance, recipe: Recipe = RECIPE) -> HistogramTaken:
    return Histograms(Learner(net, recipe, Objective()), NAMES).take(instance, 7, *batch())


class TestFigures:
    @pytest.mark.parametrize("parts", [1, 4])
    def test_they_are_those_of_the_step_that_follows(self, parts: int) -> None:
        """Dropout and all: the rehearsal draws the random numbers that the step will draw."""
        net = small_net().train()
        recipe = replace(RECIPE, accumulation=parts)
        learner = Learner(net, recipe, Objective())
        found = by_name(Histograms(learner, NAMES).take(CONV, 7, *batch()))
        outputs: list[Tensor] = []
        conv, weight = net.get_submodule("blocks.1.conv"), net.get_parameter("blocks.1.conv.weight")
        conv.register_forward_hook(lambda module, given, made: outputs.append(made.detach()))
        learner.backward(*batch())
        assert weight.grad is not None
        assert found["weights"] == distribution("weights", weight)
        assert found["gradients"] == distribution("gradients", weight.grad)
        assert found["output"] == distribution("output", outputs[-1], of_samples=True)

    def test_those_of_a_block_are_those_of_all_inside_it(self) -> None:
        net = small_net().train()
        found = by_name(take(net, BLOCK))
        inside = torch.cat([p.detach().flatten() for p in net.blocks[1].parameters()])
        assert found["weights"] == distribution("weights", inside)
        assert found["gradients"].count == len(inside)
        assert found["output"].count == 20 * 4 * 36
        assert found["output"].zeros > 0.1, "a block ends in a ReLU"
        assert found["output"].dead is not None

    def test_a_layer_without_weights_has_an_output(self) -> None:
        assert list(by_name(take(small_net().train(), DROP))) == ["output"]

    def test_weights_that_are_not_trained_have_no_gradients(self) -> None:
        net = small_net().train()
        net.get_parameter("blocks.1.conv.weight").requires_grad_(False)
        assert list(by_name(take(net, CONV))) == ["weights", "output"]

    def test_a_gradient_is_neither_scaled_nor_in_half_precision(self) -> None:
        net = small_net().train()
        plain = by_name(take(copy.deepcopy(net), CONV))["gradients"]
        scaled = by_name(take(net, CONV, replace(RECIPE, precision="fp16")))["gradients"]
        assert scaled.deviation == pytest.approx(plain.deviation, rel=0.05)

    def test_a_parameter_that_is_a_node_of_its_own(self) -> None:
        class Token(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.token = nn.Parameter(torch.ones(3))

            def forward(self, x: Tensor) -> Tensor:
                return x.mean((1, 2, 3))[:, None] * self.token

        at: Instance = (Step("token", 0),)
        taken = Histograms(Learner(Token(), RECIPE, Objective()), {at: "token"}).take(
            at, 0, *batch()
        )
        assert list(by_name(taken)) == ["weights", "gradients"]
        assert by_name(taken)["weights"].mean == 1.0


class TestNothingIsLeftBehind:
    def test_no_hook_no_gradient_no_statistics_no_random_number(self) -> None:
        net = small_net().train()
        before = copy.deepcopy(net.state_dict())
        state = torch.get_rng_state()
        take(net, CONV)
        assert torch.equal(torch.get_rng_state(), state)
        assert all(p.grad is None for p in net.parameters())
        assert all(not part._forward_hooks for part in net.modules())
        after = net.state_dict()
        assert all(torch.equal(after[key], before[key]) for key in before)

    @pytest.mark.parametrize(
        "change", [{}, {"accumulation": 3}, {"precision": "bf16"}, {"precision": "fp16"}]
    )
    def test_a_run_that_is_asked_at_every_step_is_the_run_that_is_not(
        self, tmp_path: Path, change: dict[str, object]
    ) -> None:
        recipe = replace(RECIPE, **change)  # type: ignore[arg-type]
        plain, asked = (folder(tmp_path, name) for name in ("plain", "asked"))
        list(run(plain, recipe, Control()))
        control = Control()
        answers = 0
        for event in run(asked, recipe, control):
            answers += isinstance(event, HistogramTaken)
            if isinstance(event, Started | StepDone | HistogramTaken) and answers < 6:
                control.ask(CONV if answers % 2 else BLOCK)
        assert answers >= 6
        assert asked.steps_path.read_bytes() == plain.steps_path.read_bytes()
        one, other = (load_file(run.checkpoints / "last.safetensors") for run in (plain, asked))
        assert all(torch.equal(one[key], other[key]) for key in one)


def folder(tmp_path: Path, name: str) -> RunFolder:
    return RunFolder.create(tmp_path / name, "{}", RECIPE)


def run(into: RunFolder | None, recipe: Recipe, control: Control):  # type: ignore[no-untyped-def]
    module: SmallNet = small_net(recipe.seed)
    plan = plan_for(module, modules=NAMES)
    for event in fit_module(module, plan, stripes(), recipe, into, control):
        if into is not None:
            into.append_event(event)
        yield event


def test_a_paused_run_answers_and_stays_paused(tmp_path: Path) -> None:
    into, control = folder(tmp_path, "run"), Control()
    told: list[TrainingEvent] = []
    for event in run(into, RECIPE, control):
        told.append(event)
        match event:
            case StepDone(step=3):
                control.pause()
            case Paused():
                control.ask(CONV)
                control.ask(DROP)
            case HistogramTaken(name="blocks.1.drop"):
                assert control.is_paused
                control.stop()
    kinds = [type(event) for event in told]
    at = kinds.index(Paused)
    assert kinds[at : at + 4] == [Paused, HistogramTaken, HistogramTaken, Finished] or kinds[
        at : at + 3
    ] == [Paused, HistogramTaken, HistogramTaken]
    taken = [event for event in told if isinstance(event, HistogramTaken)]
    assert [one.step for one in taken] == [3, 3]
    assert [event for event in into.events() if isinstance(event, HistogramTaken)] == taken


def test_what_has_no_module_is_told() -> None:
    taken = take(small_net().train(), (Step("add1", 0),))
    assert taken.distributions == ()
    assert "it is a function in the code" in taken.message


def test_of_several_processes_one_answers_for_its_samples_unless_it_would_wait() -> None:
    """A batch norm over all processes would wait for the others, which were not asked."""
    net = small_net().train()
    learner = Learner(net, RECIPE, Objective())
    learner.ranks = Ranks(Seat(0, 2))
    taken = Histograms(learner, NAMES).take(CONV, 7, *batch())
    assert len(taken.distributions) == 3
    assert taken.message == "Of the samples of one of 2 devices."
    synchronized = nn.SyncBatchNorm.convert_sync_batchnorm(net)
    learner = Learner(synchronized, RECIPE, Objective())
    learner.ranks = Ranks(Seat(0, 2))
    taken = Histograms(learner, NAMES).take(CONV, 7, *batch())
    assert taken.distributions == ()
    assert "waits for all of them" in taken.message


def test_a_fault_in_it_ends_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*args: object) -> list[Tensor]:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB\nmore")

    monkeypatch.setattr(Learner, "rehearse", no_room)
    taken = take(small_net().train(), CONV)
    assert taken.distributions == ()
    assert taken.message.startswith("it could not be taken: CUDA out of memory. Tried to allocate")
    assert "\n" not in taken.message
