"""Where a run computes, with how many threads, and how exactly it repeats."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from graphcore.training.data.match import WORTH_SHARING
from graphcore.training.events import Failed
from graphcore.training.faults.explaining import TrainingError

_TOPOLOGY = Path("/sys/devices/system/cpu")


class DeviceError(ValueError):
    """There is no such device; the message names those that are there."""


def choose_device(name: str) -> torch.device:
    """The device that a recipe's ``device`` means: ``auto`` is the first GPU, else the CPU.

    Raises :class:`DeviceError` for a device that is not there.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda:0" if gpus else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    match = re.fullmatch(r"cuda(?::(\d{1,4}))?", name)
    if match and int(match[1] or 0) < gpus:
        return torch.device("cuda", int(match[1] or 0))
    there = ", ".join(["cpu", *(f"cuda:{index}" for index in range(gpus))])
    raise DeviceError(f"there is no device '{name}' here; there are: {there}. 'auto' chooses")


def physical_cores() -> int:
    """The cores that this process may use, each counted once however many threads it has.

    A second thread on one core adds nothing to a matrix product.
    """
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if allowed is None:
        return torch.get_num_threads()
    siblings = set()
    for cpu in allowed:
        file = _TOPOLOGY / f"cpu{cpu}" / "topology" / "thread_siblings_list"
        siblings.add(file.read_text() if file.exists() else str(cpu))
    return max(1, len(siblings))


def nth_device(first: torch.device, rank: int, size: int) -> torch.device:
    """Where a process of ``size`` on this machine computes: the CPU, or the GPU that is ``rank``
    after the first one. Raises TrainingError where there are not as many, or as many cores."""
    if first.type != "cuda":
        if size > (most := max(2, os.cpu_count() or 1)):
            message = (
                f"{size} processes on the CPU's {os.cpu_count()} cores would only wait for one "
                f"another: choose at most {most} devices"
            )
            raise TrainingError(Failed(message, param="devices"))
        return first
    begin, gpus = first.index or 0, torch.cuda.device_count()
    if begin + size > gpus:
        message = (
            f"{size} GPUs from cuda:{begin} on are not there, only {gpus - begin}: choose fewer "
            "devices, or the device cpu"
        )
        raise TrainingError(Failed(message, param="devices"))
    return torch.device("cuda", begin + rank)


def choose_threads(threads: int | None, operations: int, processes: int = 1) -> int:
    """Use ``threads`` threads in all of ``processes``, or by default OMP_NUM_THREADS in each, else
    what suits a step whose forward pass has so many multiplications: one, or one for every core."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    suits = 1 if operations < WORTH_SHARING * processes else physical_cores() // processes
    each = max(1, threads // processes) if threads else 0
    count = each or (int(asked) if asked.isdigit() and int(asked) else max(1, suits))
    torch.set_num_threads(count)
    return count


@contextmanager
def repeatable(device: torch.device, *, asked: bool = True) -> Iterator[None]:
    """Ask torch for algorithms that give the same bits every time, where it has them; unless it is
    ``asked`` for, let it try which are fastest."""
    if not asked:
        with _fastest():
            yield
        return
    if device.type == "cuda":
        # cuBLAS reads it when it is first used.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Filling every new tensor with NaN would find uninitialised reads, at the cost of a pass.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warned)
        torch.utils.deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]


@contextmanager
def _fastest() -> Iterator[None]:
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
