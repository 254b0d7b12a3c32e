"""Several processes that share every minibatch make the steps of one."""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist

from graphcore.training.parallel.ranks import SINGLE, gathered
from graphcore.training.parallel.seat import ALONE
from tests.source_tree import ROOT
from tests.training import shared_steps
from tests.training.shared_steps import Found

TOLERANCES = {
    "losses and accuracies": 5e-7,  # They are told in float32.
    "gradients": 1e-11,
    "edges": 1e-9,
    "weights": 1e-12,
    "held out": 1e-12,
}
"""Everything else is in float64, so that what is left is the order of sums."""


def several(size: int, folder: Path) -> list[Found]:
    """What each of several processes finds."""
    command = [sys.executable, "-m", "tests.training.shared_steps"]
    outs = [folder / f"{rank}.npz" for rank in range(size)]
    children = [
        subprocess.Popen(
            [*command, str(rank), str(size), str(folder / "meeting"), str(out)], cwd=ROOT
        )
        for rank, out in enumerate(outs)
    ]
    try:
        assert [child.wait(100) for child in children] == [0] * size
    finally:
        for child in children:
            child.kill()
    return [dict(np.load(out)) for out in outs]


@pytest.fixture(scope="module")
def alone() -> Found:
    return shared_steps.alone()


@pytest.fixture(scope="module", params=[3])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Found]:
    return several(request.param, tmp_path_factory.mktemp("ranks"))


@pytest.mark.parametrize("what", TOLERANCES)
@pytest.mark.parametrize("case", shared_steps.CASES)
def test_in_float64_the_steps_are_those_of_one_process(
    case: str, what: str, alone: Found, found: list[Found]
) -> None:
    expected = alone[f"{case}: {what}"]
    assert np.isfinite(expected).any()
    for one in found:
        np.testing.assert_allclose(
            one[f"{case}: {what}"], expected, rtol=TOLERANCES[what], atol=1e-13
        )


def test_all_processes_end_with_the_same_weights_bit_for_bit(found: list[Found]) -> None:
    for case in shared_steps.CASES:
        first, *others = (one[f"{case}: weights"] for one in found)
        assert all(np.array_equal(first, other) for other in others)


GONE = RuntimeError("[../gloo/pair.cc:1] Connection closed by peer [127.0.0.1]:1")


@pytest.mark.parametrize(
    ("error", "fails"), [(None, False), (GONE, False), (RuntimeError("no such group"), True)]
)
def test_who_is_lost_after_the_last_step_fails_no_run(
    monkeypatch: pytest.MonkeyPatch, error: RuntimeError | None, fails: bool
) -> None:
    destroyed = []

    def barrier() -> None:
        if error is not None:
            raise error

    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "barrier", barrier)
    monkeypatch.setattr(dist, "destroy_process_group", lambda: destroyed.append(True))
    with (
        pytest.raises(RuntimeError, match="no such group") if fails else nullcontext(),
        gathered(ALONE, None, None, torch.device("cpu")) as join,
    ):
        assert join() is SINGLE
    assert destroyed == [True]
