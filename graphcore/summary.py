"""What a network costs: parameters, multiplications, memory; and whether the analysis was right.

Everything runs on torch's ``meta`` device, where tensors have a shape and no memory, so a network
far too large for this machine is summed up as quickly as a small one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
import torchinfo
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from graphcore.analysis import analyse, leaves
from graphcore.codegen import to_source
from graphcore.diagnostics import DiagramError
from graphcore.diagram import Diagram, Instance
from graphcore.join import example_size
from graphcore.module import load_source
from graphcore.results import Analysis, Leaf
from graphcore.tensor_type import TensorType

DEEPEST = 64
"""How many levels of modules a table shows; diagrams nest less."""


@dataclass(frozen=True)
class LayerSummary:
    """One module of the network. ``depth`` is its level (1 is an attribute of the network);
    ``macs`` are of one sample; ``instance`` is there where it is a layer of the diagram."""

    module: str
    kind: str
    depth: int
    output: tuple[int, ...]
    parameters: int
    trainable: int
    macs: int
    instance: Instance | None = None


@dataclass(frozen=True)
class Summary:
    """The figures of a network.

    ``macs`` are the multiply-accumulates of a forward pass and ``activations_bytes`` the bytes
    that it keeps for the backward pass, both of one sample; ``batch`` is the size of the example
    batch that the outputs in ``layers`` show. ``table`` is torchinfo's text.
    """

    class_name: str
    parameters: int
    trainable: int
    macs: int
    activations_bytes: int
    batch: int
    layers: tuple[LayerSummary, ...] = field(repr=False)
    table: str = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The summary as a JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class Disagreement:
    """Where a module is not what the analysis said; a fault of the program."""

    module: str
    expected: str
    found: str


def summarise(diagram: Diagram) -> Summary:
    """The figures of ``diagram``'s network. Raises DiagramError where it has errors.

    Shapes and the table are torchinfo's; parameters and multiplications are counted by torch, since
    torchinfo's are wrong where weights are tied and on sequences.
    """
    analysis = _sound(diagram)
    module, inputs = _on_meta(analysis)
    batch = inputs[0].shape[0] if inputs and inputs[0].ndim else 1
    with FlopCounterMode(display=False) as counter, _kept_bytes(module) as kept:
        module(*inputs)
    info = torchinfo.summary(
        module,
        input_data=inputs,
        device="meta",
        mode="train",
        depth=DEEPEST,
        verbose=0,
        col_names=("output_size", "num_params"),
        row_settings=("var_names",),
    )
    parameters = sum(p.numel() for p in module.parameters())
    trainable = sum(p.numel() for p in module.parameters() if p.requires_grad)
    macs = {name: sum(ops.values()) // 2 for name, ops in counter.get_flop_counts().items()}
    return Summary(
        class_name=type(module).__name__,
        parameters=parameters,
        trainable=trainable,
        macs=counter.get_total_flops() // 2 // batch,
        activations_bytes=sum(kept.values()) // batch,
        batch=batch,
        layers=tuple(_layers(analysis, module, info.summary_list, macs, batch)),
        table=_corrected(str(info), parameters, trainable),
    )


def disagreements(diagram: Diagram) -> tuple[Disagreement, ...]:
    """Where the module, run on ``meta``, has other weights or outputs than the analysis says.

    Empty for every diagram unless the program has a fault. Raises DiagramError where the diagram
    has errors.
    """
    analysis = _sound(diagram)
    module, inputs = _on_meta(analysis)
    seen: dict[str, tuple[int, ...]] = {}
    handles = [
        part.register_forward_hook(_note_shape(seen, name)) for name, part in module.named_modules()
    ]
    module(*inputs)
    for handle in handles:
        handle.remove()
    found = [_compare(leaf, diagram.symbols, seen) for leaf in leaves(analysis)]
    weights = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    for leaf in leaves(analysis):
        for weight in leaf.weights:
            key = weight.below(leaf.module)
            wanted = tuple(example_size(size, diagram.symbols) for size in weight.shape)
            if weights.get(key) != wanted:
                found.append(Disagreement(key, str(wanted), str(weights.get(key, "no weight"))))
    return tuple(one for one in found if one is not None)


def _sound(diagram: Diagram) -> Analysis:
    analysis = analyse(diagram)
    if not analysis.ok:
        raise DiagramError(analysis.diagnostics)
    return analysis


def _on_meta(analysis: Analysis) -> tuple[nn.Module, list[Tensor]]:
    """The module and an example batch, both without memory."""
    diagram = analysis.diagram
    made = load_source(to_source(diagram, analysis))
    with torch.device("meta"):
        module = made()
        inputs = [
            _example(analysis.root.nodes[node.id][0].outputs["y"], diagram.symbols)
            for node in diagram.main_block.graph.inputs()
        ]
    return module, inputs


def _example(kind: TensorType | None, symbols: Mapping[str, int]) -> Tensor:
    assert kind is not None, "an input of a diagram without errors has a type"
    shape = tuple(example_size(dim, symbols) for dim in kind.dims)
    return torch.zeros(shape, dtype=getattr(torch, kind.dtype))


@contextmanager
def _kept_bytes(module: nn.Module) -> Iterator[dict[int, int]]:
    """Bytes of every storage that autograd keeps, weights left out, by the storage."""
    weights = {t.untyped_storage()._cdata for t in [*module.parameters(), *module.buffers()]}
    kept: dict[int, int] = {}
    alive: list[Tensor] = []

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in weights:
            kept[storage._cdata] = storage.nbytes()
            alive.append(tensor)  # else the next storage could take its place and number
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        yield kept


def _layers(
    analysis: Analysis,
    module: nn.Module,
    rows: list[Any],
    macs: Mapping[str, int],
    batch: int,
) -> Iterator[LayerSummary]:
    names = {id(part): name for name, part in module.named_modules()}
    instances = {leaf.module: leaf.instance for leaf in leaves(analysis)}
    for row in rows[1:]:
        name = names[id(row.module)]
        yield LayerSummary(
            module=name,
            kind=row.class_name,
            depth=row.depth,
            output=tuple(row.output_size),
            parameters=sum(p.numel() for p in row.module.parameters()),
            trainable=sum(p.numel() for p in row.module.parameters() if p.requires_grad),
            macs=macs.get(f"{type(module).__name__}.{name}", 0) // batch,
            instance=instances.get(name),
        )


def _corrected(table: str, parameters: int, trainable: int) -> str:
    """torchinfo's table without its count of multiplications, which is wrong on sequences, and
    with a tied weight counted once."""
    table = "\n".join(line for line in table.splitlines() if "mult-adds" not in line)
    for what, count in (("Total", parameters), ("Trainable", trainable)):
        table = re.sub(rf"^{what} params: .*$", f"{what} params: {count:,}", table, flags=re.M)
    return table


def _note_shape(seen: dict[str, tuple[int, ...]], name: str) -> Any:
    def hook(module: nn.Module, inputs: object, output: object) -> None:
        first = output[0] if isinstance(output, tuple) else output
        if isinstance(first, Tensor):
            seen[name] = tuple(first.shape)

    return hook


def _compare(
    leaf: Leaf, symbols: Mapping[str, int], seen: Mapping[str, tuple[int, ...]]
) -> Disagreement | None:
    if leaf.output is None or leaf.module not in seen:
        return None
    wanted = tuple(example_size(dim, symbols) for dim in leaf.output.dims)
    if wanted == seen[leaf.module]:
        return None
    return Disagreement(leaf.module, str(wanted), str(seen[leaf.module]))
