"""What is known of an experiment before its program is written, and whether it can be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from graphcore.analysis import analyse, leaves
from graphcore.codegen import Source, to_source
from graphcore.diagnostics import DiagramError
from graphcore.diagram import Diagram
from graphcore.layers import LAYERS
from graphcore.results import Analysis
from graphcore.training.branch_ends import last_norms
from graphcore.training.data.arrays import DataInfo
from graphcore.training.data.augmentation_rules import unfit_variations
from graphcore.training.data.match import WORTH_SHARING, mismatch, multiplications
from graphcore.training.loss_kinds import chosen_loss
from graphcore.training.optimizer_kinds import OPTIMIZER_KINDS
from graphcore.training.recipe import Recipe, clashes

SHORTEST_CYCLE = 4
"""Steps below which one cycle is another function, which is not written."""


class ExportError(ValueError):
    """The experiment cannot be written; the message says why and how to mend it."""


@dataclass(frozen=True)
class Experiment:
    """A diagram's source, its recipe and what both mean for the data.

    ``takes_numbers`` tells that the network takes numbers rather than tokens; ``output_shape`` is
    that of what it gives for a sample; ``zeroed`` are the modules whose gain begins at zero and
    ``compiled`` the classes that are compiled; ``is_small`` tells that several threads would only
    wait for each other.
    """

    source: Source
    recipe: Recipe
    info: DataInfo
    input_dtype: str
    takes_numbers: bool
    output_shape: tuple[int | None, ...]
    modules: tuple[str, ...]
    zeroed: tuple[str, ...]
    compiled: tuple[str, ...]
    has_batch_statistics: bool
    is_small: bool

    @property
    def loss(self) -> str:
        """The loss that the recipe means."""
        return chosen_loss(self.recipe.loss, self.info)

    @property
    def batch_size(self) -> int:
        """How many samples a step takes; no more than there are."""
        return min(self.recipe.batch_size, self.info.train)

    @property
    def accumulation(self) -> int:
        """In how many parts a minibatch is gone through."""
        return min(self.recipe.accumulation, self.batch_size)

    @property
    def total(self) -> int:
        """How many steps are made."""
        return self.recipe.steps or self.recipe.epochs * (self.info.train // self.batch_size)

    @property
    def path(self) -> str:
        """The file of the data, so that it is found from everywhere."""
        return str(Path(self.info.name).absolute())


def experiment_of(diagram: Diagram, recipe: Recipe, info: DataInfo) -> Experiment:
    """The experiment of training ``diagram`` by ``recipe`` on the data that ``info`` tells of.

    Raises DiagramError where the diagram has errors, and :class:`ExportError` where they do not go
    together.
    """
    analysis = analyse(diagram)
    if not analysis.ok:
        raise DiagramError(analysis.diagnostics)
    problem = mismatch(analysis, info, recipe.loss)
    if problem is not None:
        raise ExportError(problem.message)
    graph = diagram.main_block.graph
    given = analysis.root.nodes[graph.inputs()[0].id][0].outputs["y"]
    result = analysis.root.outputs[graph.outputs()[0].label]
    found = leaves(analysis)
    experiment = Experiment(
        source=to_source(diagram, analysis),
        recipe=recipe,
        info=info,
        input_dtype=given.dtype if given else "float32",
        takes_numbers=given is None or given.is_floating,
        output_shape=tuple(d if isinstance(d, int) else None for d in result.dims[1:])
        if result
        else (),
        modules=tuple(leaf.module for leaf in found),
        zeroed=last_norms(analysis) if recipe.zero_branches else (),
        compiled=_repeated(analysis) if recipe.compile else (),
        has_batch_statistics=any(LAYERS[leaf.kind].batch_statistics for leaf in found),
        is_small=multiplications(analysis, info, recipe.batch_size) < WORTH_SHARING,
    )
    for name, message in _unfit(experiment, analysis).items():
        title = name.replace("_", " ")
        raise ExportError(f"the recipe's {title} cannot be written: {message}")
    return experiment


def _unfit(experiment: Experiment, analysis: Analysis) -> dict[str, str]:
    """What of the recipe cannot be done or written, by parameter."""
    recipe, info = experiment.recipe, experiment.info
    found = clashes(recipe) | unfit_variations(recipe, info)
    if recipe.label_smoothing and info.classes is None:
        found["label_smoothing"] = f"the data {info.title} has no labels: set it to 0"
    if recipe.zero_branches and not experiment.zeroed:
        found["zero_branches"] = "no skip's branch ends in a norm with gains: switch it off"
    if not any(leaf.parameters for leaf in leaves(analysis)):
        found["optimizer"] = "the diagram has no layer with weights, so there is nothing to train"
    elif OPTIMIZER_KINDS[recipe.optimizer].beside and not _has_inner_matrices(analysis):
        title = OPTIMIZER_KINDS[recipe.optimizer].title
        found["optimizer"] = f"{title} takes inner matrices, and there are none: take AdamW"
    if recipe.warm_up >= experiment.total:
        found["warm_up"] = (
            f"{recipe.warm_up:,} steps leave nothing of the run's {experiment.total:,}: make it "
            "shorter, or train for longer"
        )
    if recipe.schedule == "one_cycle" and experiment.total < SHORTEST_CYCLE:
        found["schedule"] = f"one cycle needs {SHORTEST_CYCLE} steps or more: train for longer"
    return found


def _has_inner_matrices(analysis: Analysis) -> bool:
    """Whether there is a matrix that is neither an embedding nor the last one."""
    embedding = LAYERS["Embedding"].family
    matrices = [
        LAYERS[leaf.kind].family
        for leaf in leaves(analysis)
        for weight in leaf.weights
        if len(weight.shape) == 2 and not weight.buffer and not weight.tied
    ]
    return any(family != embedding for family in matrices[:-1])


def _repeated(analysis: Analysis) -> tuple[str, ...]:
    """The classes of which there are several, without those inside another such; none where the
    whole network is to be compiled."""
    blocks = analysis.diagram.blocks
    found = [
        (inside, result.block)
        for inside, result in analysis.blocks()
        if blocks[result.block].form == "module"
    ]
    count = Counter(block for _, block in found)
    outermost: list[tuple[tuple[object, ...], str]] = []
    for inside, block in found:
        within = any(inside[: len(other)] == other for other, _ in outermost)
        if count[block] > 1 and not within:
            outermost.append((inside, block))
    return tuple(sorted({block for _, block in outermost}))
