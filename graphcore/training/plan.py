"""What is known of a run before it begins, and whether it can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from graphcore.analysis import analyse, leaves
from graphcore.codegen import to_source
from graphcore.diagram import Definition, Diagram, Instance
from graphcore.module_names import module_names
from graphcore.training.branch_ends import last_norms
from graphcore.training.data.arrays import DataInfo, Demand
from graphcore.training.data.augmentation_rules import unfit_variations
from graphcore.training.data.datasets import data_info
from graphcore.training.data.match import demand_of, mismatch, multiplications
from graphcore.training.events import Failed
from graphcore.training.faults.explaining import TrainingError
from graphcore.training.losses import Objective, objective_for
from graphcore.training.measuring.step_file import Row
from graphcore.training.precision import missing_compiler
from graphcore.training.recipe import Recipe, check_device, clashes
from graphcore.training.run_folder import RunFolder


@dataclass(frozen=True)
class Plan:
    """What is known of a run before it begins. ``rows`` go from input to output; ``operations``
    are about the multiplications of a step's forward pass; ``branch_ends`` are the norms that begin
    at zero; ``modules`` names the module of every instance."""

    rows: tuple[Row, ...]
    class_name: str = "Net"
    objective: Objective = field(default_factory=Objective)
    info: DataInfo | None = None
    demand: Demand = field(default_factory=Demand)
    input_dtype: torch.dtype = torch.float32
    definitions: Mapping[Instance, Definition] = field(default_factory=dict)
    operations: int = 0
    branch_ends: tuple[str, ...] = ()
    modules: Mapping[Instance, str] = field(default_factory=dict)


def prepare(
    diagram: Diagram,
    recipe: Recipe,
    device: torch.device,
    run: RunFolder | None = None,
    trusted: str = "",
) -> Plan:
    """Check diagram, data, recipe and device against each other, record the code, and name the
    rows.

    Raises TrainingError where the diagram has errors or they do not go together, and DataError.
    """
    analysis = analyse(diagram)
    errors = [problem for problem in analysis.diagnostics if problem.severity == "error"]
    if errors:
        raise TrainingError(Failed(errors[0].message, definition=errors[0].at))
    demand = demand_of(analysis, recipe, trusted)
    info = data_info(recipe.data, demand)
    problem = mismatch(analysis, info, recipe.loss)
    if problem:
        raise TrainingError(Failed(problem.message, definition=problem.at))
    branch_ends = last_norms(analysis) if recipe.zero_branches else ()
    _refuse(unfit_recipe(recipe, info, device, branch_ends))
    source = to_source(diagram, analysis)
    if run is not None:
        run.write_source(source.text)
    trained = [leaf for leaf in leaves(analysis) if leaf.parameters]
    if not trained:
        message = "the diagram has no layer with weights, so there is nothing to train: add one"
        raise TrainingError(Failed(message, definition=Definition(diagram.main, "")))
    entry = diagram.main_block.graph.inputs()[0]
    given = analysis.root.nodes[entry.id][0].outputs["y"]
    return Plan(
        rows=tuple(Row(leaf.module, leaf.instance, leaf.parameters) for leaf in trained),
        class_name=source.class_name,
        objective=objective_for(recipe, info),
        info=info,
        demand=demand,
        branch_ends=branch_ends,
        input_dtype=getattr(torch, given.dtype) if given else torch.float32,
        definitions={leaf.instance: leaf.definition for leaf in trained},
        operations=multiplications(analysis, info, recipe.batch_size),
        modules=module_names(analysis),
    )


def unfit_recipe(
    recipe: Recipe, info: DataInfo, device: torch.device, branch_ends: tuple[str, ...]
) -> dict[str, str]:
    """What of the recipe cannot be done with this data, on this device, by parameter."""
    found = clashes(recipe) | check_device(recipe, device.type) | unfit_variations(recipe, info)
    if recipe.label_smoothing and info.classes is None:
        found["label_smoothing"] = (
            f"the data {info.title} has values to be met and no labels to be smoothed: set it to 0"
        )
    if recipe.zero_branches and not branch_ends:
        found["zero_branches"] = (
            "no skip's branch ends in a norm with gains that could begin at zero: switch it off"
        )
    if recipe.compile and (missing := missing_compiler()):
        found["compile"] = missing
    return found


def _refuse(problems: Mapping[str, str]) -> None:
    """Raises TrainingError for the first problem."""
    for name, message in problems.items():
        title = name.replace("_", " ")
        raise TrainingError(Failed(f"the recipe's {title} cannot be used: {message}", param=name))
