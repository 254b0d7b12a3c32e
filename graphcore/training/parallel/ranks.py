"""The processes that share every minibatch of a run (data parallel), seen from one of them.

Each has the whole network and a share of the samples. A step is that of the whole minibatch: the
gradients are averaged by DistributedDataParallel, every share weighing as much as it has samples,
and so are the figures. In a run of one process nothing here does anything.
"""

from __future__ import annotations

import os
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import NoReturn

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed import FileStore  # type: ignore[attr-defined]
from torch.nn.parallel import DistributedDataParallel

from graphcore.training.events import Failed
from graphcore.training.faults.explaining import TrainingError
from graphcore.training.parallel.peers import Job, Peers
from graphcore.training.parallel.seat import ALONE, Seat

LOST = (
    "the connection to another process of the run was lost: what that process printed says why; "
    "then resume the run"
)
"""What a process says that failed only because another one did."""

SECONDS_TO_MEET = 60.0
SECONDS_TO_EXPLAIN = 1.0
"""How long a process whose partner is lost waits until it is known why."""

PATIENCE = timedelta(days=30)
"""How long one process waits for another in a step: a run may be paused."""


_LEFT: list[object] = []
"""The process groups of the last run. The destructor of a group waits for its threads, and is run
with Python's lock held, which a thread that is just done with a tensor waits for: neither would
ever go on. So a group is let go before the next run, when its threads have long been idle."""


class Ranks:
    """One process's view of all: its own number is ``rank``, and there are ``size``."""

    def __init__(self, seat: Seat = ALONE, reins: dist.ProcessGroup | None = None) -> None:
        self.rank, self.size = seat.rank, seat.size
        self.reins = reins

    @property
    def is_first(self) -> bool:
        """Whether this process tells what happens and writes the files."""
        return self.rank == 0

    def parts(self, samples: int, accumulation: int) -> int:
        """In how many parts a minibatch of so many samples is gone through, so that each process
        has a share of each part. Raises TrainingError where there is not even one sample each."""
        if samples < self.size:
            message = (
                f"a minibatch has only {samples} samples, too few for {self.size} devices: choose "
                "fewer devices, or more data"
            )
            raise TrainingError(Failed(message, param="devices"))
        return min(accumulation, samples // self.size)

    def share(self, batch: Tensor, accumulation: int) -> Tensor:
        """This process's samples of a minibatch: its share of the first part, of the second ..."""
        if self.size == 1:
            return batch
        parts = batch.tensor_split(self.parts(len(batch), accumulation))
        return torch.cat([part.tensor_split(self.size)[self.rank] for part in parts])

    def weight(self, share: int, samples: int) -> float:
        """What the mean loss of a ``share`` of the samples is multiplied by, so that the average
        over the processes is the mean over all samples; exactly 1 where shares are equal."""
        return share * self.size / samples

    def wrap(self, module: nn.Module, x: Tensor) -> nn.Module:
        """The module as it is called in training, so that its backward pass averages the gradients;
        ``x`` are samples to rehearse with.

        In the first backward pass it is found in which order gradients arrive, and they are put
        into buckets anew. If that were a pass of training, the first step after a resumption would
        add up its gradients in another order than the step of a run that was not interrupted.
        """
        if self.size == 1:
            return module
        with torch.random.fork_rng(_gpu_of(x)), _kept_buffers(module):
            trained = {id(p) for p in module.parameters() if p.requires_grad}
            is_whole = _reached(module(x)) >= trained
            # Of kernels of a single pixel, whose strides mean nothing.
            warnings.filterwarnings("ignore", "Grad strides do not match bucket view strides")
            with warnings.catch_warnings():
                # Its new name is not known to older versions of torch.
                warnings.filterwarnings("ignore", "`broadcast_buffers`", FutureWarning)
                net = DistributedDataParallel(
                    module,
                    broadcast_buffers=False,
                    find_unused_parameters=not is_whole,
                    gradient_as_bucket_view=True,
                )
            net(x).float().sum().backward()
        net.zero_grad(set_to_none=True)
        return net

    def mean(
        self, loss: Tensor, accuracy: Tensor | None, share: float
    ) -> tuple[Tensor, Tensor | None]:
        """Loss and accuracy over the whole minibatch, of which this process has a ``share``."""
        if self.size == 1:
            return loss, accuracy
        both = [loss] if accuracy is None else [loss, accuracy]
        mean = self.total(torch.stack([one.to(loss.dtype) for one in both]) * share)
        return mean[0], None if accuracy is None else mean[1]

    def total(self, tensor: Tensor) -> Tensor:
        """The sum over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(tensor)
        return tensor

    def gathered(self, tensor: Tensor) -> Tensor:
        """The tensors of all processes, of shape (size, *shape)."""
        if self.size == 1:
            return tensor[None]
        found = [torch.empty_like(tensor) for _ in range(self.size)]
        dist.all_gather(found, tensor)
        return torch.stack(found)

    def share_buffers(self, module: nn.Module) -> None:
        """Let the buffers be those of the first process: statistics of batches differ."""
        if self.size > 1:
            for buffer in module.buffers():
                dist.broadcast(buffer, 0)

    def reseed(self, seed: int, step: int, device: torch.device) -> None:
        """Let what a network draws be a function of (seed, step, rank), so that every process has
        draws of its own and none has a state to be saved. A run of one process draws on."""
        if self.size == 1:
            return
        (drawn,) = np.random.SeedSequence((seed, step, self.rank)).generate_state(1, np.uint64)
        own = int(drawn >> np.uint64(1))
        torch.default_generator.manual_seed(own)
        if device.type == "cuda":
            torch.cuda.default_generators[device.index or 0].manual_seed(own)


SINGLE = Ranks()
"""A run of one process."""


def _gpu_of(tensor: Tensor) -> list[torch.device]:
    return [tensor.device] if tensor.is_cuda else []


@contextmanager
def _kept_buffers(module: nn.Module) -> Iterator[None]:
    """What happens in here leaves the buffers as they are."""
    before = [(buffer, buffer.clone()) for buffer in module.buffers()]
    try:
        yield
    finally:
        for buffer, value in before:
            buffer.copy_(value)


def _reached(output: Tensor) -> set[int]:
    """The ids of the parameters on which an output depends."""
    found, seen, ahead = set[int](), set[object](), [output.grad_fn]
    while ahead:
        function = ahead.pop()
        if function is None or function in seen:
            continue
        seen.add(function)
        if (parameter := getattr(function, "variable", None)) is not None:
            found.add(id(parameter))
        ahead += [before for before, _ in function.next_functions]
    return found


def apart(net: nn.Module, *, last: bool) -> AbstractContextManager[None]:
    """What all but the ``last`` part of a minibatch stand in: gradients are averaged once."""
    if last or not isinstance(net, DistributedDataParallel):
        return nullcontext()
    return net.no_sync()


@contextmanager
def gathered(
    seat: Seat, job: Job | None, when_ready: Callable[[], None] | None, device: torch.device
) -> Iterator[Callable[[], Ranks]]:
    """The processes of a run, for as long as it lasts; those of ``job`` are started by this one.

    What is handed out lets this process join the others, once it has its network and data; it waits
    for them. Raises TrainingError with the cause where another one fails.
    """
    peers = Peers(job, seat.size) if job is not None else None
    meeting = peers.meeting if peers else seat.meeting
    orderly = False

    def join() -> Ranks:
        if when_ready is not None:
            when_ready()
        if peers is not None:
            peers.wait_until_ready()
        return Ranks(seat, _met(seat, meeting, device)) if seat.size > 1 else SINGLE

    try:
        yield join
        orderly = True
    except RuntimeError as error:
        if seat.size > 1 and _is_loss(error):
            _explain(peers, error)
        raise
    finally:
        _leave(peers, orderly=orderly)


def _met(seat: Seat, meeting: str, device: torch.device) -> dist.ProcessGroup:
    """Join the others; returns the group in which pauses and stops are agreed upon, which waits for
    no GPU."""
    has_nccl = device.type == "cuda" and dist.is_nccl_available()
    if device.type == "cuda":
        torch.cuda.set_device(device)
    store = None
    if meeting:
        store = FileStore(meeting, seat.size)
        store.set_timeout(timedelta(seconds=SECONDS_TO_MEET))
        # All are on this machine, which may have no network.
        _through_loopback()
    dist.init_process_group(
        "nccl" if has_nccl else "gloo",
        store=store,
        rank=seat.rank,
        world_size=seat.size,
        timeout=PATIENCE,
    )
    group = dist.new_group(backend="gloo", timeout=PATIENCE)
    assert isinstance(group, dist.ProcessGroup)
    _LEFT[:] = [dist.group.WORLD, group]
    return group


def _through_loopback() -> None:
    names = {name for _, name in socket.if_nameindex()} & {"lo", "lo0"}
    if names:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", names.pop())


def _is_loss(error: RuntimeError) -> bool:
    """Whether it tells of a partner that is gone."""
    return isinstance(error, dist.DistError) or any(
        sign in str(error) for sign in ("gloo", "Connection closed by peer", "Connection reset")
    )


def _explain(peers: Peers | None, error: RuntimeError) -> NoReturn:
    known = peers.fault(SECONDS_TO_EXPLAIN) if peers else None
    raise TrainingError(known or Failed(LOST)) from error


def _leave(peers: Peers | None, *, orderly: bool) -> None:
    if peers is not None and not orderly:
        peers.close(orderly=False)
    try:
        if dist.is_initialized():
            try:
                if orderly:
                    _wait_for_all()
            finally:
                dist.destroy_process_group()
    finally:
        if peers is not None and orderly:
            peers.close(orderly=True)


def _wait_for_all() -> None:
    """Wait for the others, which may need this process until they are done as well."""
    try:
        dist.barrier()
    except RuntimeError as error:
        # All is made and written: who is gone now, has nothing to add, and fails no run.
        if not _is_loss(error):
            raise
