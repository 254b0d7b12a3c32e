"""The real training child with one fault that is injected: ``python real_child.py FAULT [SIZE]``.

Everything but the fault is the program's own: the process, the pipes, the run's folder.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from graphcore.training import worker
from graphcore.training.learner import Learner

STEP = 3
"""The step at which most faults happen."""

GPU_FULL = (
    "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.10 GiB of "
    "which 1.04 GiB is free. Including non-PyTorch memory, this process has 78.05 GiB in use."
)
ASSERT = (
    "CUDA error: device-side assert triggered\nCUDA kernel errors might be asynchronously reported "
    "at some other API call, so the stacktrace below might be incorrect."
)


def at_step(number: int, happens: Callable[[], None]) -> None:
    """Let it happen in the backward pass of a step."""
    backward = Learner.backward
    made = 0

    def counted(self: Learner, *minibatch: Any) -> tuple[Tensor, Tensor | None]:
        nonlocal made
        made += 1
        if made == number:
            happens()
        return backward(self, *minibatch)

    Learner.backward = counted  # type: ignore[assignment, method-assign]


def when_it_begins(happens: Callable[[], None]) -> None:
    """Let it happen when everything is loaded and the run is about to begin."""
    train = worker.train

    def begun(*args: Any) -> Any:
        happens()
        return train(*args)

    worker.train = begun  # type: ignore[assignment]


def memory(size: int) -> None:
    """So many bytes may be taken beyond what there is when the run begins."""

    def limit() -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + size
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    when_it_begins(limit)


def file_size(size: int) -> None:
    """No file can grow larger, as on a disk with no more room."""
    when_it_begins(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))


def raises(error: BaseException) -> Callable[[], None]:
    """Raise it."""

    def happen() -> None:
        raise error

    return happen


def half_a_state(size: int) -> None:
    """The second state is written to half, and then for ever."""
    save = torch.save
    states = 0

    def halting(state: object, file: Any) -> None:
        nonlocal states
        states += 1
        if states < 2:
            save(state, file)
            return
        file.write(b"half a state" * size)
        file.flush()
        time.sleep(600)

    torch.save = halting  # type: ignore[assignment]


def a_state_in_the_wrong_place(size: int) -> None:
    """The second state is whole, and then never takes its place."""
    replace = Path.replace
    states = 0

    def halting(self: Path, target: Path) -> Path:
        nonlocal states
        states += target.name == "last.pt"
        if states == 2:
            time.sleep(600)
        return replace(self, target)

    Path.replace = halting  # type: ignore[assignment, method-assign]


def crash() -> None:
    """Read what is not there."""
    os.kill(os.getpid(), signal.SIGSEGV)


FAULTS: dict[str, Callable[[int], None]] = {
    "none": lambda size: None,
    "memory": memory,
    "file_size": file_size,
    "half_a_state": half_a_state,
    "a_state_in_the_wrong_place": a_state_in_the_wrong_place,
    "gpu_memory": lambda size: at_step(STEP, raises(torch.OutOfMemoryError(GPU_FULL))),
    "device_assert": lambda size: at_step(STEP, raises(RuntimeError(ASSERT))),
    "crash": lambda size: at_step(STEP, crash),
}


def main(fault: str, size: str = "0") -> int:
    """Train as the worker does, with the fault. Returns the exit status."""
    from graphcore.training import loop

    loop.SECONDS_BETWEEN_STATES = 0.0  # a state after every epoch
    FAULTS[fault](int(size))
    if fault != "memory":
        # Most begin sooner without it; for a limit of memory all must be loaded that will be.
        worker.warm_up = lambda: None  # type: ignore[assignment, return-value]
    return worker.main()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
