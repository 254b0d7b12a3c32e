from __future__ import annotations

import os

import pytest
import torch

from graphcore.training.data.match import WORTH_SHARING
from graphcore.training.device import (
    DeviceError,
    choose_device,
    choose_threads,
    physical_cores,
    repeatable,
)


@pytest.mark.parametrize(
    ("gpus", "name", "device"),
    [
        (0, "auto", "cpu"),
        (2, "auto", "cuda:0"),
        (2, "cpu", "cpu"),
        (2, "cuda", "cuda:0"),
        (2, "cuda:1", "cuda:1"),
    ],
)
def test_a_device_is_chosen(
    monkeypatch: pytest.MonkeyPatch, gpus: int, name: str, device: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    assert str(choose_device(name)) == device


@pytest.mark.parametrize("name", ["cuda", "cuda:3", "cuda:99999999999", "tpu", "cuda:-1", ""])
def test_a_device_that_is_not_there_is_named_with_those_that_are(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with pytest.raises(DeviceError, match=f"no device '{name}' here; there are: cpu. "):
        choose_device(name)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    if name != "cuda":
        with pytest.raises(DeviceError, match="there are: cpu, cuda:0"):
            choose_device(name)


def test_threads_are_those_asked_for_or_suit_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    try:
        assert choose_threads(3, 1) == torch.get_num_threads() == 3
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
        assert choose_threads(None, 1) == torch.get_num_threads() == 2
        monkeypatch.delenv("OMP_NUM_THREADS")
        assert choose_threads(None, WORTH_SHARING - 1) == torch.get_num_threads() == 1
        assert choose_threads(None, WORTH_SHARING) == physical_cores()
    finally:
        torch.set_num_threads(before)
    assert 1 <= physical_cores() <= (os.cpu_count() or 1)


def test_repeatable_leaves_torch_as_it_was() -> None:
    assert not torch.are_deterministic_algorithms_enabled()
    with repeatable(torch.device("cpu")):
        assert torch.are_deterministic_algorithms_enabled()
    assert not torch.are_deterministic_algorithms_enabled()
