"""How much memory this process could still have, where the system says it."""

from __future__ import annotations

import sys
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_STATM = Path("/proc/self/statm")
_CGROUP = Path("/sys/fs/cgroup")


def free_memory() -> int | None:
    """The bytes that this process could still take: the least of what the machine, the limits of
    the process and those of its container leave. None where the system does not say."""
    found = [size for size in (_of_machine(), _of_process(), _of_container()) if size is not None]
    return max(0, min(found)) if found else None


def _of_machine() -> int | None:
    if not _MEMINFO.exists():
        return None
    for line in _MEMINFO.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return None


def _of_process() -> int | None:
    """What is left of the address space that a process may have."""
    if sys.platform == "win32" or not _STATM.exists():
        return None
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return None
    used = int(_STATM.read_text().split()[0]) * resource.getpagesize()
    return most - used


def _of_container() -> int | None:
    """What is left of the memory of a control group (version 2)."""
    most, used = _CGROUP / "memory.max", _CGROUP / "memory.current"
    if not (most.exists() and used.exists()):
        return None
    limit = most.read_text().strip()
    return None if limit == "max" else int(limit) - int(used.read_text())
