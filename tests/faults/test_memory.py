"""Too little memory: of the machine, of a GPU, and where the system kills."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from graphcore.diagram import Definition, Step
from tests.faults.conftest import Make, Start, images, small_net

ROOM = 400 * 2**20
"""Much more than the 64 MiB of addresses that the C library reserves for every thread."""


def test_of_the_machine(make: Make, finish: Start, tmp_path: Path) -> None:
    """A real limit of the process."""
    data = images(tmp_path / "large.npz", 64)
    run = make(small_net(32, 64), data=str(data), batch_size=160, steps=1)
    trained = finish(run, "memory", ROOM)
    failed = trained.failure
    assert re.match(
        r"there was not enough memory at '\w+' \(\d+\.\d MiB more were asked for, \d+\.\d MiB were "
        r"free\): a step of 160 samples takes about \d+\.\d MiB, most of it for 'body' "
        r"\(\d+\.\d MiB\), '\w+' \(\d+\.\d MiB\) and '\w+' \(\d+\.\d MiB\)\. Choose a batch size "
        r"of \d+, keep 160 and go through it in \d+ parts \(accumulation\), or take the precision",
        failed.message,
    ), failed.message
    assert failed.instance == (Step("body", 0),)
    assert failed.definition == Definition("Net", "body")
    assert run.events()[-1] == failed


def test_of_a_gpu(make: Make, finish: Start) -> None:
    trained = finish(make(), "gpu_memory")
    failed = trained.failure
    assert failed.message.startswith(
        "there was not enough memory (2.50 GiB more were asked for, 1.04 GiB were free): a step of "
        "40 samples takes about "
    )
    assert "Choose a batch size of 16, keep 40 and go through it in 3 parts" in failed.message
    assert failed.definition == Definition("Net", "body")
    assert "torch.OutOfMemoryError" in failed.trace


def test_data_that_do_not_fit(make: Make, finish: Start, tmp_path: Path) -> None:
    """Zeros, which take no room in a file and much in memory."""
    big = tmp_path / "big.npz"
    np.savez_compressed(big, x=np.zeros((200, 1, 512, 512), "f4"), y=np.arange(200) % 10)
    run = make(small_net(4, 512), data=str(big))
    failed = finish(run, "memory", ROOM // 4).failure
    assert failed.message == f"the data file {big} does not fit into memory: array 'x'"
