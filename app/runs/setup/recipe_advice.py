"""What a form says about the values of a recipe: remarks, suggestions and refusals; no widgets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from graphcore.results import Analysis
from graphcore.spec import ParamValue
from graphcore.training.data.arrays import DataInfo
from graphcore.training.data.augmentation_rules import unfit_variations
from graphcore.training.faults.memory_need import amount, memory_of
from graphcore.training.faults.room import free_memory
from graphcore.training.loss_kinds import unfit
from graphcore.training.optimizer_kinds import OPTIMIZER_KINDS
from graphcore.training.parallel.apart import differences
from graphcore.training.recipe import RECIPE, Recipe, problems

DEFAULTS: Mapping[str, ParamValue] = {param.name: param.default for param in RECIPE}

GPU = Path("/dev/nvidia0")
"""Where there is one, 'auto' may mean a device whose memory only the child knows."""

FACTOR = 12
"""How many times the usual learning rate is worth a remark."""


def notes_on(values: Mapping[str, ParamValue], analysis: Analysis | None = None) -> dict[str, str]:
    """Remarks on values that seldom go together, by parameter; with ``analysis``, also on what
    they mean for that network."""
    notes: dict[str, str] = {}
    kind = OPTIMIZER_KINDS[str(values["optimizer"])]
    rate = values["learning_rate"]
    if isinstance(rate, int | float):
        if rate > FACTOR * kind.rate:
            notes["learning_rate"] = f"High for {kind.title}, which is mostly given {kind.rate:g}."
        elif rate < kind.rate / FACTOR:
            notes["learning_rate"] = f"Low for {kind.title}, which is mostly given {kind.rate:g}."
    if not kind.momentum:
        notes["momentum"] = f"Not used: {kind.title} has its own."
    if values["steps"] is not None:
        notes["epochs"] = "Not used: 'steps' says when the run ends."
    if values["accumulation"] != 1:
        notes["accumulation"] = "Batch norm sees each part alone."
    if values["compile"]:
        notes["compile"] = "The first steps take a minute or more."
    if values["devices"] != 1:
        notes["devices"] = _on_devices(values, analysis)
    if analysis is not None and (remark := _on_memory(values, analysis)):
        notes["batch_size"] = remark
    return notes


def _on_memory(values: Mapping[str, ParamValue], analysis: Analysis) -> str:
    """That a step may need more memory than there is, where the window can know: on the CPU."""
    on_cpu = values["device"] == "cpu" or (values["device"] == "auto" and not GPU.exists())
    free = free_memory()
    if not on_cpu or free is None or not analysis.ok or problems(values):
        return ""
    need = memory_of(analysis, Recipe(**values))  # type: ignore[arg-type]  # problems() checked it
    if need.total < free:
        return ""
    most = f", most of it for '{need.blocks[0].label}'" if need.blocks else ""
    return (
        f"A step may take {amount(need.total)}{most}; {amount(free)} are free. A smaller batch or "
        "accumulation takes less."
    )


def _on_devices(values: Mapping[str, ParamValue], analysis: Analysis | None) -> str:
    """What several devices mean: for the speed, and for the numbers."""
    words = ["Processes share the CPU's cores."] if values["device"] == "cpu" else []
    if analysis is not None and not problems(values):
        unlike = differences(analysis, Recipe(**values))  # type: ignore[arg-type]  # as above
        words += unlike or ("The numbers are those of one device, up to rounding.",)
    return " ".join(words)


def suggested(
    values: Mapping[str, ParamValue], name: str, value: ParamValue
) -> dict[str, ParamValue]:
    """What changes together with a parameter: another optimizer brings its usual learning rate and
    weight decay, unless they were chosen by hand, and drops what it does not have."""
    changes: dict[str, ParamValue] = {name: value}
    if name == "optimizer":
        before, after = OPTIMIZER_KINDS[str(values[name])], OPTIMIZER_KINDS[str(value)]
        if values["learning_rate"] == before.rate:
            changes["learning_rate"] = after.rate
        if values["weight_decay"] == before.decay:
            changes["weight_decay"] = after.decay
        if values["nesterov"] and not after.nesterov:
            changes["nesterov"] = False
    if name == "schedule" and value == "one_cycle" and values["warm_up"]:
        changes["warm_up"] = 0
    return changes


def refusals_of(values: Mapping[str, ParamValue], info: DataInfo | None) -> dict[str, str]:
    """What cannot be done, as sentences by parameter; with ``info``, also with this data."""
    found = problems(values)
    if not found and info is not None:
        recipe = Recipe(**{**DEFAULTS, **values})  # type: ignore[arg-type]  # problems() checked it
        found |= unfit_variations(recipe, info)
        if wrong := unfit(recipe.loss, info):
            found["loss"] = wrong
    return {name: f"{text[:1].upper()}{text[1:]}." for name, text in found.items()}
