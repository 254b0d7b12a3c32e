"""Whether a diagram can be trained on some data, told before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphcore.analysis import leaves
from graphcore.diagram import Definition, Node
from graphcore.results import Analysis
from graphcore.tensor_type import Size, TensorType, substitute
from graphcore.training.data.arrays import DataInfo, Demand
from graphcore.training.loss_kinds import chosen_loss, unfit
from graphcore.training.recipe import Recipe

WORTH_SHARING = 2**30
"""Multiplications of a step's forward pass from which several threads are worth it. Below, they
gain little on free cores, and on shared ones wait for each other: a ResNet-20 of width 16 on the
digits (2^28) took five times as long with two threads on two busy cores as with one."""


@dataclass(frozen=True)
class Mismatch:
    """Why the diagram and the data do not fit, how to mend it, and the node to look at."""

    message: str
    at: Definition


def demand_of(analysis: Analysis, recipe: Recipe, trusted: str = "") -> Demand:
    """What the diagram's input and the recipe ask of data that can take several forms. Symbols
    stand for their example values. ``trusted`` is the digest of a program that may be run."""
    inputs = analysis.diagram.main_block.graph.inputs()
    given = analysis.root.nodes[inputs[0].id][0].outputs["y"] if len(inputs) == 1 else None
    if given is None:
        return Demand(tokens=recipe.tokens, trusted=trusted)
    sizes = tuple(known_size(dim, analysis.diagram.symbols) for dim in given.dims[1:])
    return Demand(sizes, recipe.tokens, trusted)


def mismatch(analysis: Analysis, info: DataInfo, loss: str) -> Mismatch | None:
    """What keeps the diagram of ``analysis`` from being trained on the data, or None.

    Sizes that only an example could settle are taken to fit.
    """
    graph = analysis.diagram.main_block.graph
    inputs, outputs = graph.inputs(), graph.outputs()
    if len(inputs) != 1 or len(outputs) != 1:
        return Mismatch(
            f"training takes a diagram with one input and one output; this one has {len(inputs)} "
            f"and {len(outputs)}: remove the others",
            Definition(analysis.diagram.main, ""),
        )
    given = analysis.root.nodes[inputs[0].id][0].outputs["y"]
    result = analysis.root.outputs[outputs[0].label]
    if given is None or result is None:
        return None
    message = _input_message(inputs[0], given, info)
    if message:
        return Mismatch(message, Definition(analysis.diagram.main, inputs[0].id))
    sizes = _sizes(result, _bound(given, info))
    message = _output_message(outputs[0], result, sizes, info, loss)
    if message:
        return Mismatch(message, Definition(analysis.diagram.main, outputs[0].id))
    return None


def multiplications(analysis: Analysis, info: DataInfo, batch_size: int) -> int:
    """About how many a forward pass of a minibatch takes; what stays unknown is left out."""
    symbols = sizes_of_a_batch(analysis, info, batch_size)
    return sum(known_size(leaf.operations, symbols) or 0 for leaf in leaves(analysis))


def sizes_of_a_batch(analysis: Analysis, info: DataInfo | None, batch_size: int) -> dict[str, int]:
    """What the diagram's symbols stand for in a minibatch of so many samples of the data, or of
    samples as the diagram's example has them."""
    inputs = analysis.diagram.main_block.graph.inputs()
    given = analysis.root.nodes[inputs[0].id][0].outputs["y"] if inputs else None
    if given is None or not given.dims:
        return {}
    known = _bound(given, info) if info is not None else None
    sizes = {**analysis.diagram.symbols, **(known or {})}
    return {**sizes, str(given.dims[0]): batch_size}


def _input_message(node: Node, given: TensorType, info: DataInfo) -> str:
    if given.is_floating or info.whole:
        agree = given.rank == len(info.sample_shape) + 1 and _bound(given, info) is not None
        if agree:
            return ""
        shape = "×".join(["N", *map(str, info.sample_shape)])
        return (
            f"the data {info.title} has {_described(info)}; the diagram's input '{node.label}' is "
            f"{given.without_batch()}: set the shape of '{node.label}' to {shape}, or choose other "
            "data"
        )
    return (
        f"the diagram's input '{node.label}' takes whole numbers ({given.dtype}), but the samples "
        f"of the data {info.title} are other numbers: set the input's dtype to float32, or choose "
        "other data"
    )


def _bound(given: TensorType, info: DataInfo) -> Mapping[str, int] | None:
    """What the input's symbols stand for with this data; None where the sizes disagree."""
    values: dict[str, int] = {}
    for dim, size in zip(given.dims[1:], info.sample_shape, strict=False):
        if isinstance(dim, int):
            if dim != size:
                return None
        elif values.setdefault(str(dim), size) != size:
            return None
    return values


def _sizes(result: TensorType, symbols: Mapping[str, int] | None) -> tuple[int | None, ...]:
    """The output's sizes without the batch; None where one stays unknown."""
    return tuple(known_size(dim, symbols or {}) for dim in result.dims[1:])


def known_size(size: Size, symbols: Mapping[str, int]) -> int | None:
    """``size`` where ``symbols`` say what it is, else None."""

    def unknown(text: str) -> int:
        raise KeyError(text)

    try:
        return substitute(size, symbols, unknown)
    except (KeyError, ZeroDivisionError):
        return None


def _output_message(
    node: Node,
    result: TensorType,
    sizes: tuple[int | None, ...],
    info: DataInfo,
    loss: str,
) -> str:
    where = f"the diagram's output '{node.label}'"
    if not result.is_floating:
        return f"{where} is of type {result.dtype}, through which no gradient flows: end in floats"
    problem = unfit(loss, info)
    if problem:
        return problem
    if info.classes is None:
        wanted = [info.target_shape] + ([(1,)] if not info.target_shape else [])
        if any(_agree(sizes, shape) for shape in wanted):
            return ""
        shape = "×".join(["N", *map(str, wanted[-1])])
        return f"the data {info.title} has {_described(info)}; {where} is {result}, wanted {shape}"
    shape = "×".join(["N", *map(str, info.output_shape)])
    others, scores = _around_classes(sizes, info)
    if chosen_loss(loss, info) == "bce" and info.classes == 2 and _agree(sizes, info.target_shape):
        return ""
    if not sizes or not _agree(others, info.target_shape):
        return (
            f"the data {info.title} has {_described(info)}; {where} is {result}, wanted {shape}: "
            "a score for every class"
        )
    single = chosen_loss(loss, info) == "bce" and info.classes == 2 and scores == 1
    if scores is not None and scores < info.classes and not single:
        return (
            f"the data {info.title} has {info.classes} classes; {where} has scores for {scores}: "
            f"let it be {shape}"
        )
    return ""


def _around_classes(
    sizes: tuple[int | None, ...], info: DataInfo
) -> tuple[tuple[int | None, ...], int | None]:
    """The output's sizes without that of the classes, and that one."""
    if not sizes:
        return (), None
    return (sizes[:-1], sizes[-1]) if info.classes_last else (sizes[1:], sizes[0])


def _agree(sizes: tuple[int | None, ...], wanted: tuple[int, ...]) -> bool:
    same = len(sizes) == len(wanted)
    return same and all(a in (None, b) for a, b in zip(sizes, wanted, strict=True))


def _described(info: DataInfo) -> str:
    if info.vocabulary or info.classes_last:
        return f"windows of {info.sample_shape[0]} tokens of {info.classes} kinds"
    if len(info.sample_shape) == 1:
        samples = f"samples of {info.sample_text} values"
    else:
        samples = f"{info.sample_text} {'images' if len(info.sample_shape) == 3 else 'samples'}"
    if info.classes is not None:
        each = f" for each of {'×'.join(map(str, info.target_shape))}" if info.target_shape else ""
        return f"{samples} and {info.classes} classes{each}"
    values = "×".join(map(str, info.target_shape)) or "one"
    return f"{samples} with {values} values to be met"
