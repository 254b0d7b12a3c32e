"""How much memory a run holds and how busy its GPU is; read where it runs, told to nobody else."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import torch

_STATM = Path("/proc/self/statm")


def memory_in_use(device: torch.device) -> Mapping[str, float]:
    """Bytes by name: of the process ``process`` and ``process_peak``; on a GPU what its tensors
    hold and held at most, ``allocated`` and ``allocated_peak``, and what torch keeps, ``reserved``.
    What the system does not tell is left out."""
    now, peak = _resident(), _resident_peak()
    if now is not None and peak is not None:
        peak = max(now, peak)  # The kernel takes the peak down a little later.
    found = {"process": now, "process_peak": peak}
    if device.type == "cuda":
        found["allocated"] = torch.cuda.memory_allocated(device)
        found["allocated_peak"] = torch.cuda.max_memory_allocated(device)
        found["reserved"] = torch.cuda.memory_reserved(device)
    return {name: float(size) for name, size in found.items() if size is not None}


def utilisation(device: torch.device) -> tuple[float | None, str]:
    """How busy the GPU was in the last moment, from 0 to 1, and otherwise why that is unknown."""
    if device.type != "cuda":
        return None, ""
    try:
        return torch.cuda.utilization(device) / 100, ""
    except ModuleNotFoundError:
        return None, "not available: install nvidia-ml-py to see it"
    except Exception as error:  # noqa: BLE001  The driver's library raises a class of its own.
        return None, f"not available: {error}"


def _resident() -> int | None:
    """Linux tells; elsewhere only the peak is known."""
    if not _STATM.exists():
        return None
    import resource

    return int(_STATM.read_text().split()[1]) * resource.getpagesize()


def _resident_peak() -> int | None:
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
