from __future__ import annotations

import sys

import pytest
import torch

from graphcore.training.measuring.memory import memory_in_use, utilisation

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is held at a moment")
def test_memory_that_is_taken_is_seen_and_stays_in_the_peak() -> None:
    before = memory_in_use(CPU)
    taken = torch.ones(16_000_000)  # 64 MB
    during = memory_in_use(CPU)
    del taken
    after = memory_in_use(CPU)
    assert during["process"] - before["process"] > 50e6
    assert during["process"] - after["process"] > 50e6
    assert after["process_peak"] >= 0.98 * during["process"]


def test_a_cpu_has_no_figures_of_a_gpu() -> None:
    assert set(memory_in_use(CPU)) <= {"process", "process_peak"}
    assert utilisation(CPU) == (None, "")


def test_a_gpu_tells_how_busy_it_is_or_why_that_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "utilization", lambda device: 83)
    assert utilisation(CUDA) == (0.83, "")

    def missing(device: torch.device) -> int:
        raise ModuleNotFoundError("nvidia-ml-py does not seem to be installed")

    monkeypatch.setattr(torch.cuda, "utilization", missing)
    assert utilisation(CUDA) == (None, "not available: install nvidia-ml-py to see it")

    def refusing(device: torch.device) -> int:
        raise RuntimeError("the driver is not loaded")

    monkeypatch.setattr(torch.cuda, "utilization", refusing)
    assert utilisation(CUDA) == (None, "not available: the driver is not loaded")


def test_a_gpu_tells_what_its_tensors_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 10)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 20)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 30)
    found = memory_in_use(CUDA)
    assert (found["allocated"], found["allocated_peak"], found["reserved"]) == (10, 20, 30)
