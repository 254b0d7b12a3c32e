from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from graphcore import gallery
from graphcore.diagram import Step
from graphcore.module import to_module
from graphcore.training.checkpoint import BEST_WEIGHTS, LAST_WEIGHTS, save_weights
from graphcore.training.measuring.distribution import distribution_of
from graphcore.training.weights.saved import saved_histogram

STAGE = (Step("stage2", 1),)


def test_it_is_of_all_parameters_of_the_instance_and_of_no_statistics(tmp_path: Path) -> None:
    diagram = gallery.build("resnet20-digits")
    torch.manual_seed(0)
    save_weights(tmp_path, LAST_WEIGHTS, to_module(diagram))
    saved = load_file(tmp_path / LAST_WEIGHTS)
    inside = [
        value.double().numpy().ravel()
        for key, value in saved.items()
        if key.startswith("stage2.1.") and "running" not in key and "num_batches" not in key
    ]
    taken = saved_histogram(tmp_path, diagram, STAGE, 176)
    assert (taken.step, taken.instance, taken.name) == (176, STAGE, "stage2.1")
    (found,) = taken.distributions
    expected = distribution_of("weights", np.concatenate(inside))
    assert found.count == expected.count
    assert sorted(found.counts) == sorted(expected.counts)
    assert found.mean == pytest.approx(expected.mean)
    assert taken.message.startswith("The last weights of the run, as saved.")


def test_a_run_that_has_not_ended_well_has_its_best_weights(tmp_path: Path) -> None:
    diagram = gallery.build("resnet20-digits")
    assert "saved no weights" in saved_histogram(tmp_path, diagram, STAGE, 3).message
    save_weights(tmp_path, BEST_WEIGHTS, to_module(diagram))
    assert saved_histogram(tmp_path, diagram, STAGE, 3).message.startswith("The best weights")


def test_what_has_no_weights_is_told(tmp_path: Path) -> None:
    diagram = gallery.build("resnet20-digits")
    taken = saved_histogram(tmp_path, diagram, (Step("relu", 0),), 3)
    assert taken.distributions == ()
    assert "only weights are left" in taken.message


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / LAST_WEIGHTS).write_bytes(b"no weights at all")
    taken = saved_histogram(tmp_path, gallery.build("resnet20-digits"), STAGE, 3)
    assert "cannot be read" in taken.message
