"""The reins of a run of several processes, pulled in one of them and obeyed by all at one step."""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor

from graphcore.diagram import Instance
from graphcore.training.control import Control
from graphcore.training.parallel.ranks import Ranks

GO, PAUSE, STOP = range(3)


class AgreedControl(Control):
    """What all processes do because of what one was told.

    While a step is made the processes tell one another of their reins, outside of its computation,
    and look at the answer before the next step: nothing waits for it, a GPU least of all.
    """

    def __init__(self, own: Control, group: dist.ProcessGroup | None) -> None:
        super().__init__()
        self._own, self._group = own, group
        self._agreed = GO
        self._pending: tuple[Tensor, dist.Work] | None = None

    def agree(self) -> None:
        """Take up what was agreed while the last step was made, and ask anew."""
        self.settle()
        if self._agreed == GO:
            self._pending = self._ask()

    def settle(self) -> None:
        """Take up what was asked."""
        if self._pending is not None:
            answer, work = self._pending
            self._pending = None
            work.wait()
            self._agreed = int(answer)

    @property
    def is_paused(self) -> bool:
        """Whether all hold."""
        return self._agreed == PAUSE

    @property
    def is_stopped(self) -> bool:
        """Whether all end."""
        return self._agreed == STOP

    def wait_while_paused(self) -> None:
        """Return when all go on or end, or when the one that was told to hold has been asked."""
        self._own.wait_while_paused()
        self._pending = self._ask()
        self.settle()

    def asked(self) -> Instance | None:
        """What this process was asked for: it answers for its share of the samples."""
        return self._own.asked()

    def _ask(self) -> tuple[Tensor, dist.Work]:
        wanted = STOP if self._own.is_stopped else PAUSE if self._own.is_paused else GO
        answer = torch.tensor(wanted)
        work = dist.all_reduce(answer, dist.ReduceOp.MAX, group=self._group, async_op=True)
        assert work is not None
        return answer, work


def reins_of(control: Control, ranks: Ranks) -> Control:
    """The reins of this process, or those of all."""
    return AgreedControl(control, ranks.reins) if ranks.size > 1 else control
