"""How far weights move: by hand, in a file that a resumed run goes on with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from graphcore.training.control import Control
from graphcore.training.events import StepDone
from graphcore.training.loop import fit_module
from graphcore.training.measuring.probes import GradientProbe
from graphcore.training.measuring.record_file import Figures
from graphcore.training.measuring.update_file import UpdateFile, UpdateWriter, updates_before
from graphcore.training.measuring.update_watch import UpdateWatch
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.training.nets import plan_for, small_net, stripes

RECIPE = Recipe(batch_size=20, epochs=8, learning_rate=0.05, optimizer="adamw", edges_every=5)


def a_run(tmp_path: Path, name: str) -> RunFolder:
    return RunFolder.create(tmp_path / name, "{}", RECIPE)


def measured(run: RunFolder) -> list[tuple[int, Figures]]:
    return run.update_file().measurements()


def train(
    run: RunFolder, recipe: Recipe = RECIPE, *, stop_at: int = 0, resume: bool = False
) -> None:
    module, control = small_net(recipe.seed), Control()
    for event in fit_module(
        module, plan_for(module), stripes(), recipe, run, control, resume=resume
    ):
        if isinstance(event, StepDone) and event.step == stop_at:
            control.stop()


def test_the_ratio_is_that_of_the_weights_before_and_after(tmp_path: Path) -> None:
    net = small_net()
    rows = plan_for(net).rows
    watch = UpdateWatch(GradientProbe(net, rows), every=2)
    path = tmp_path / "updates.f32"
    torch.manual_seed(3)
    expected = []
    with UpdateWriter(path, rows) as writer:
        watch.writer = writer
        for step in range(5):
            before = {name: p.detach().double().clone() for name, p in net.named_parameters()}
            with watch.step(step), torch.no_grad():
                for p in net.parameters():
                    p.add_(torch.randn_like(p), alpha=1e-3)
            if step % 2 == 0:
                expected.append([ratio(net, before, row.module) for row in rows])
    found = UpdateFile(path).measurements()
    assert [step for step, _ in found] == [0, 2, 4]
    np.testing.assert_allclose([figures for _, figures in found], expected, rtol=1e-5)


def ratio(net: torch.nn.Module, before: dict[str, torch.Tensor], module: str) -> float:
    """In float64, of all parameters below a module."""
    own = [name for name in before if name.startswith(module + ".")]
    after = {name: p.detach() for name, p in net.named_parameters()}
    moved = torch.cat([(after[name].double() - before[name]).flatten() for name in own])
    size = torch.cat([before[name].flatten() for name in own])
    return float(moved.norm() / size.norm())


def test_a_run_measures_when_it_measures_edges(tmp_path: Path) -> None:
    run = a_run(tmp_path, "run")
    train(run)
    found = measured(run)
    assert [step for step, _ in found] == [0, 5, 10, 15, 20]
    assert all((figures > 0).all() and (figures < 10).all() for _, figures in found)
    silent = a_run(tmp_path, "silent")
    train(silent, replace(RECIPE, edges_every=0))
    assert not silent.updates_path.exists()
    assert silent.steps_path.read_bytes() == run.steps_path.read_bytes()


@pytest.mark.parametrize("stop_at", [1, 5, 6, 12])
def test_a_resumed_run_goes_on_with_its_file(tmp_path: Path, stop_at: int) -> None:
    whole, parted = a_run(tmp_path, "whole"), a_run(tmp_path, "parted")
    train(whole)
    train(parted, stop_at=stop_at)
    train(parted, resume=True)
    assert parted.updates_path.read_bytes() == whole.updates_path.read_bytes()
    assert updates_before(whole.updates_path, 11) == 3


def test_weights_that_are_not_trained_and_weights_of_zero() -> None:
    net = small_net()
    net.get_parameter("stem.weight").requires_grad_(False)
    net.get_parameter("stem.bias").requires_grad_(False)
    with torch.no_grad():
        net.head.weight.zero_()
        net.head.bias.zero_()
    rows = plan_for(net).rows
    watch = UpdateWatch(GradientProbe(net, rows), every=1)
    kept: dict[int, Figures] = {}

    class Writer:
        def write(self, step: int, ratios: Figures) -> None:
            kept[step] = ratios

    watch.writer = Writer()  # type: ignore[assignment]
    with watch.step(0), torch.no_grad():
        net.head.weight += 1.0
    by_name = dict(zip((row.module for row in rows), kept[0].tolist(), strict=True))
    assert np.isnan(by_name["stem"])
    assert by_name["head"] == np.inf
    assert by_name["blocks.0.conv"] == 0.0
