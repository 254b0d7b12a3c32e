"""A network's first weights from a file."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from graphcore.diagram import Diagram
from graphcore.module import to_module
from graphcore.training.events import WeightsTaken
from graphcore.training.weights.file import WeightsFile, open_weights
from graphcore.training.weights.match import Match, Slot, WeightsError, match
from graphcore.training.weights.record import WeightsRecord, read_record, weights_at, write_record


def slots_of(module: nn.Module) -> tuple[Slot, ...]:
    """Every name of the ``state_dict``, in order."""
    first: dict[int, str] = {}
    slots = []
    for name, tensor in module.state_dict(keep_vars=True).items():
        same_as = first.setdefault(id(tensor), name)
        dtype = str(tensor.dtype).removeprefix("torch.")
        slots.append(Slot(name, tuple(tensor.shape), dtype, same_as if same_as != name else ""))
    return tuple(slots)


def without_memory(diagram: Diagram) -> nn.Module:
    """The network of ``diagram`` with shapes and no numbers. Raises DiagramError."""
    with torch.device("meta"):
        return to_module(diagram)


def compare(module: nn.Module, path: Path) -> Match:
    """What of the weights at ``path`` would go where in ``module``, which may be on the meta
    device. Raises WeightsError."""
    return _compared(module, open_weights(weights_at(path)))


def take_up(module: nn.Module, path: Path, *, whole: bool = False) -> WeightsRecord:
    """Give ``module`` the weights at ``path`` (a file, or a run's folder for its best), cast to
    its types; what was taken. With ``whole`` a file that does not have all of them is refused.

    Raises WeightsError, and then nothing has changed.
    """
    file = open_weights(weights_at(path))
    found = _compared(module, file)
    if whole and not found.is_whole:
        raise WeightsError(
            f"{file.path} does not have all weights of this network: {found.sentence()}; choose "
            "weights that were saved of it"
        )
    there = module.state_dict(keep_vars=True)
    new = [(pair, _cast(file, pair.found.name, there[pair.slot.name])) for pair in found.matched]
    _refuse_two_values(file, found)
    with torch.no_grad():
        for pair, tensor in new:
            there[pair.slot.name].copy_(tensor)
    try:
        return WeightsRecord(str(file.path.absolute()), file.digest(), found)
    except OSError as error:
        raise WeightsError(f"{file.path} cannot be read: {error.strerror}") from error


def begin_with(
    module: nn.Module, path: Path, folder: Path | None, *, again: bool = False
) -> WeightsTaken:
    """Give ``module`` the weights at ``path``, record in the run's ``folder`` what was taken, and
    tell it. A run that begins ``again`` must find the file as it was.

    Raises WeightsError and OSError.
    """
    before = read_record(folder) if again and folder is not None else None
    record = take_up(module, path)
    if before is not None and before.digest and before.digest != record.digest:
        raise WeightsError(
            f"{record.file} has changed since the run began with it, so the run would not go as it "
            "did: put the old file back, or start a new run"
        )
    if folder is not None:
        write_record(folder, record)
    assert record.match is not None
    matched, total = len(record.match.matched), record.match.total
    message = f"begins with {record.title}: {record.match.sentence()}"
    return WeightsTaken(record.file, matched, total, message)


def _compared(module: nn.Module, file: WeightsFile) -> Match:
    return match(slots_of(module), file.stored, file=str(file.path), is_ordered=file.is_ordered)


def _cast(file: WeightsFile, name: str, to: Tensor) -> Tensor:
    """A tensor in the type of ``to``. Raises WeightsError where a weight is no number."""
    tensor = file.tensor(name)
    if tensor.is_floating_point() and not to.is_floating_point():
        tensor = tensor.nan_to_num()  # a counter of batches that was cast with all the rest
    tensor = tensor.to(to.dtype)
    if not tensor.is_floating_point():
        return tensor
    # A mask that is kept as a buffer may well be infinite.
    is_sound = tensor.isfinite() if isinstance(to, nn.Parameter) else ~tensor.isnan()
    if not bool(is_sound.all()):
        raise WeightsError(
            f"{file.path}: {name} is not finite (as {str(to.dtype).removeprefix('torch.')}), so "
            "the run that saved it had failed already: choose weights that it saved before"
        )
    return tensor


def _refuse_two_values(file: WeightsFile, found: Match) -> None:
    """Raises WeightsError where the file has two values for a weight that is tied."""
    for pair in found.matched:
        for twin in pair.twins:
            if not torch.equal(file.tensor(pair.found.name), file.tensor(twin.name)):
                raise WeightsError(
                    f"{file.path} has two different tensors, {pair.found.name} and {twin.name}, "
                    "for what is one weight here: untie it in the diagram, or choose other weights"
                )
