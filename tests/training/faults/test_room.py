"""How much memory this process could still have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graphcore.training.faults import room
from tests.source_tree import ROOT

LIMITED = """
import resource
from graphcore.training.faults.room import free_memory
limit = 2**30
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
before = free_memory()
kept = bytearray(100 * 2**20)
print(before, before - free_memory())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are Linux's")
def test_a_limit_of_the_process_counts() -> None:
    command = [sys.executable, "-c", LIMITED]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    before, taken = map(int, said.split())
    assert 0 < before < 2**30
    assert 100 * 2**20 <= taken < 110 * 2**20


@pytest.mark.parametrize(
    ("limit", "left"), [("max", None), ("1000", 400), (None, None)], ids=["none", "some", "old"]
)
def test_the_limit_of_a_container_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str | None, left: int | None
) -> None:
    monkeypatch.setattr(room, "_CGROUP", tmp_path)
    monkeypatch.setattr(room, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(room, "_STATM", tmp_path / "statm")
    if limit is not None:
        (tmp_path / "memory.max").write_text(limit + "\n")
        (tmp_path / "memory.current").write_text("600\n")
    assert room.free_memory() == left
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 1 kB\n")
    assert room.free_memory() == min(left or 1024, 1024)
