"""Words for what a network may raise."""

from __future__ import annotations

import pytest

from graphcore.training.faults.explaining import explain, is_no_memory, no_memory
from graphcore.training.recipe import Recipe

CPU_FULL = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you "
    "tried to allocate 134217728 bytes. Error code 12 (Cannot allocate memory)"
)
GPU_FULL = (
    "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.10 GiB of "
    "which 1.04 GiB is free. Including non-PyTorch memory, this process has 78.05 GiB memory in "
    "use. Of the allocated memory 77.40 GiB is allocated by PyTorch, and 40.00 MiB is reserved by "
    "PyTorch but unallocated."
)
ASSERT = (
    "CUDA error: device-side assert triggered\nCUDA kernel errors might be asynchronously reported "
    "at some other API call, so the stacktrace below might be incorrect."
)


@pytest.mark.parametrize(
    ("error", "left", "words"),
    [
        (RuntimeError(CPU_FULL), 2**20, " (128.0 MiB more were asked for, 1.0 MiB were free)"),
        (RuntimeError(CPU_FULL), None, " (128.0 MiB more were asked for)"),
        (RuntimeError(GPU_FULL), 2**40, " (2.50 GiB more were asked for, 1.04 GiB were free)"),
        (MemoryError(), 2**20, " (1.0 MiB were free)"),
        (MemoryError("std::bad_alloc"), None, ""),
        (
            MemoryError("Unable to allocate 3.2 GiB for an array with shape (1,)"),
            None,
            " (3.2 GiB more were asked for)",
        ),
    ],
)
def test_too_little_memory_tells_what_was_asked_for_and_what_was_there(
    error: Exception, left: int | None, words: str
) -> None:
    assert is_no_memory(error)
    assert no_memory(error, "stem", left) == f"there was not enough memory at 'stem'{words}"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError(ASSERT), "a label or a token is out of range"),
        (RuntimeError(ASSERT), "The device 'cpu' in the recipe tells which one it is"),
        (IndexError("Target 12 is out of bounds."), "at 'head' (Target 12 is out of bounds)"),
        (IndexError("index out of range in self"), "as many outputs (or entries)"),
        (
            ValueError("Expected more than 1 value per channel when training, got [1, 4, 1, 1]"),
            "choose a batch size above 1",
        ),
        (RuntimeError("size mismatch\nmore"), "could not be run at 'head': size mismatch"),
        (ArithmeticError(), "could not be run at 'head': ArithmeticError"),
        (MemoryError(), "choose a smaller batch size than 64"),
    ],
)
def test_words(error: Exception, words: str) -> None:
    assert words in explain(error, Recipe(), "head")


def test_a_gpu_that_gave_up_is_given_no_place_since_it_tells_late() -> None:
    assert "head" not in explain(RuntimeError(ASSERT), Recipe(), "head")
