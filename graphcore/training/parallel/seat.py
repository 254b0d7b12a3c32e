"""Which of the processes that train one network together this one is."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Seat:
    """A process's ``rank`` among ``size`` (the world size); ``local`` is its rank among the
    ``local_size`` on its machine. They meet through the file ``meeting``, or, where that is empty,
    as torchrun's variables say.
    """

    rank: int = 0
    size: int = 1
    local: int = 0
    local_size: int = 1
    meeting: str = ""

    @property
    def is_first(self) -> bool:
        """Whether it is the process that tells what happens and writes the files."""
        return self.rank == 0

    @property
    def starts_others(self) -> bool:
        """Whether this process is to start the others."""
        return self.is_first and self.size > 1 and torchrun_seat() is None


ALONE = Seat()


def seat_of(devices: int) -> Seat:
    """Where this process sits in a run on so many devices: as torchrun says, else first."""
    return torchrun_seat() or Seat(size=devices, local_size=devices)


def torchrun_seat() -> Seat | None:
    """The seat that torchrun gave this process; None where it did not start it.

    >>> torchrun_seat() is None
    True
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return None
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    rank, size, local, local_size = (int(os.environ[name]) for name in names)
    return Seat(rank, size, local, local_size)
