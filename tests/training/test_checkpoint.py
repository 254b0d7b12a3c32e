from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from graphcore.training.checkpoint import (
    CheckpointError,
    Position,
    load_state,
    save_state,
    save_weights,
)
from graphcore.training.learner import Learner
from graphcore.training.losses import Objective
from graphcore.training.recipe import Recipe
from tests.training.nets import everything, small_net, stripes


def taught(optimizer: str = "adamw") -> Learner:
    learner = Learner(small_net(), Recipe(optimizer=optimizer), Objective(classes=4))
    teach(learner)
    return learner


def teach(learner: Learner) -> None:
    learner.backward(*everything(stripes().train))
    learner.update(0.01, 0.9)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("best", [None, (0.75, -0.5)])
def test_a_state_is_taken_up_bit_for_bit(
    tmp_path: Path, optimizer: str, best: tuple[float, float] | None
) -> None:
    first = taught(optimizer)
    save_state(tmp_path, first.module, first.optimizer, Position(7, best))
    teach(first)
    second = Learner(small_net(seed=1), Recipe(optimizer=optimizer), Objective(classes=4))
    assert load_state(tmp_path, second.module, second.optimizer) == Position(7, best)
    teach(second)  # with the same dropout, so with the same random numbers
    expected = first.module.state_dict()
    assert all(torch.equal(v, expected[key]) for key, v in second.module.state_dict().items())


def test_weights_are_safetensors_with_the_same_keys(tmp_path: Path) -> None:
    net = taught().module
    loaded = load_file(save_weights(tmp_path, "best.safetensors", net))
    assert loaded.keys() == net.state_dict().keys()
    assert all(torch.equal(loaded[key], value) for key, value in net.state_dict().items())


def test_the_same_weights_are_the_same_file(tmp_path: Path) -> None:
    net = taught().module
    files = [save_weights(tmp_path, name, net) for name in ("a.safetensors", "b.safetensors")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_tied_weights_keep_both_keys(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    loaded = load_file(save_weights(tmp_path, "best.safetensors", net))
    net.load_state_dict(loaded)
    assert torch.equal(loaded["0.weight"], loaded["1.weight"])


def test_there_must_be_something_to_resume(tmp_path: Path) -> None:
    learner = taught()
    with pytest.raises(CheckpointError, match="there is nothing to resume"):
        load_state(tmp_path, learner.module, learner.optimizer)


@pytest.mark.parametrize("data", [b"", b"nonsense", None], ids=["empty", "nonsense", "cut"])
def test_a_damaged_state_is_refused(tmp_path: Path, data: bytes | None) -> None:
    learner = taught()
    path = save_state(tmp_path, learner.module, learner.optimizer, Position(1))
    path.write_bytes(path.read_bytes()[:500] if data is None else data)
    with pytest.raises(CheckpointError, match=r"last\.pt cannot be taken up"):
        load_state(tmp_path, learner.module, learner.optimizer)


def test_the_state_of_another_network_is_refused(tmp_path: Path) -> None:
    learner, other = taught(), Learner(nn.Linear(2, 2), Recipe(), Objective(classes=4))
    save_state(tmp_path, other.module, other.optimizer, Position(1))
    with pytest.raises(CheckpointError, match="belongs to another diagram"):
        load_state(tmp_path, learner.module, learner.optimizer)


def test_a_state_cannot_run_code(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"step": Hostile()}, tmp_path / "last.pt")
    learner = taught()
    with pytest.raises(CheckpointError):
        load_state(tmp_path, learner.module, learner.optimizer)
    assert not (tmp_path / "ran").exists()


def test_a_place_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    learner = taught()
    (tmp_path / "last.pt").mkdir()
    with pytest.raises(CheckpointError, match=r"last\.pt cannot be saved"):
        save_state(tmp_path, learner.module, learner.optimizer, Position(1))
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]
    with pytest.raises(CheckpointError, match="cannot be saved"):
        save_weights(tmp_path / "nowhere", "best.safetensors", learner.module)


def test_a_state_that_cannot_be_read_is_not_called_damaged(tmp_path: Path) -> None:
    """Nobody is to begin anew who would only have to give a right back."""
    learner = taught()
    (tmp_path / "last.pt").mkdir()
    with pytest.raises(CheckpointError, match=r"last\.pt cannot be read \(.*\): see that it can"):
        load_state(tmp_path, learner.module, learner.optimizer)


def test_a_state_for_which_there_is_no_memory_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = taught()
    save_state(tmp_path, learner.module, learner.optimizer, Position(1))

    def full(*asked: object, **more: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.50 GiB.")

    monkeypatch.setattr(torch, "load", full)
    with pytest.raises(torch.OutOfMemoryError):
        load_state(tmp_path, learner.module, learner.optimizer)
