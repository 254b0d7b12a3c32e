"""The best weights are kept in memory until they are written, and are never lost."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from graphcore.training.best_weights import BestWeights
from graphcore.training.events import CheckpointSaved


def net(weight: float) -> nn.Linear:
    made = nn.Linear(1, 1, bias=False)
    nn.init.constant_(made.weight, weight)
    return made


def weight_in(folder: Path) -> float:
    return float(load_file(folder / "best.safetensors")["weight"])


def test_only_the_best_of_several_is_written_as_it_was_at_its_step(tmp_path: Path) -> None:
    best, module = BestWeights(tmp_path, None), net(1.0)
    best.offer(10, 0.5, 0.7, net(3.0))
    best.offer(20, 0.4, 0.9, module)
    best.offer(30, 0.3, 0.8, net(5.0))
    nn.init.constant_(module.weight, 7.0)
    assert not list(tmp_path.iterdir())
    assert best.write() == [CheckpointSaved(20, "checkpoints/best.safetensors", best=True)]
    assert weight_in(tmp_path) == 1.0
    assert best.merit == (0.9, -0.4)


def test_what_is_written_is_not_written_again(tmp_path: Path) -> None:
    best = BestWeights(tmp_path, None)
    best.offer(10, 0.5, None, net(1.0))
    best.write()
    assert best.write() == []
    best.offer(20, 0.6, None, net(2.0))
    assert best.write() == []


def test_a_run_that_goes_on_must_beat_what_it_had(tmp_path: Path) -> None:
    best = BestWeights(tmp_path, (0.9, -0.1))
    best.offer(10, 0.5, 0.8, net(1.0))
    assert best.write() == []


def test_a_loss_that_is_no_number_is_never_the_best(tmp_path: Path) -> None:
    best = BestWeights(tmp_path, None)
    best.offer(10, float("nan"), 1.0, net(1.0))
    best.offer(20, float(torch.inf), 1.0, net(1.0))
    assert best.write() == []
