"""The weights of a diagram's network as a file."""

from __future__ import annotations

from pathlib import Path

from graphcore.analysis import analyse
from graphcore.codegen import to_source
from graphcore.diagram import Diagram
from graphcore.training.assembly import built
from graphcore.training.branch_ends import last_norms
from graphcore.training.checkpoint import CheckpointError, save_weights
from graphcore.training.plan import Plan
from graphcore.training.recipe import Recipe
from graphcore.training.weights.first import take_up
from graphcore.training.weights.match import WeightsError
from graphcore.training.weights.record import WeightsRecord


def write_weights(
    diagram: Diagram, recipe: Recipe, weights: Path | None, output: Path
) -> WeightsRecord | None:
    """Write weights under the diagram's names to ``output``, as safetensors: those of the file
    ``weights``, and what was taken of it; or those that training by ``recipe`` begins with, which
    its seed and initialisation give.

    Raises DiagramError where the diagram has errors, WeightsError and OSError.
    """
    to_source(diagram)  # raises where it cannot become code
    ends = last_norms(analyse(diagram)) if recipe.zero_branches else ()
    module = built(diagram, Plan(rows=(), branch_ends=ends), recipe)
    record = take_up(module, weights) if weights is not None else None
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        save_weights(output.parent, output.name, module)
    except CheckpointError as error:
        raise WeightsError(str(error)) from error
    return record
