"""How a written program makes its network: first weights, memory, compilation, processes."""

from __future__ import annotations

from collections.abc import Mapping

from graphcore.exchange.experiment import Experiment
from graphcore.exchange.piece import Piece

OWN_MODULE = "model"
"""The module of the network's classes."""

FILLED = """
    # {doc}; biases 0. Embeddings, and what is tied to one, keep PyTorch's numbers.
    embeddings = [part for part in model.modules() if isinstance(part, nn.Embedding)]
    done = {{id(weight) for part in embeddings for weight in part.parameters()}}
    for part in model.modules():
        if not type(part).__module__.startswith("torch.nn."):
            continue
        for name, weight in part.named_parameters(recurse=False):
            if id(weight) in done:
                continue
            done.add(id(weight))
            if "weight" in name and weight.dim() >= 2:
                {fill}
            elif "bias" in name:
                nn.init.zeros_(weight)
"""

INITIALISATIONS: Mapping[str, tuple[str, str]] = {
    "he": ("He et al. 2015", 'nn.init.kaiming_normal_(weight, nonlinearity="relu")'),
    "glorot": ("Glorot and Bengio 2010", "nn.init.xavier_uniform_(weight)"),
    "orthogonal": ("Saxe et al. 2014", "nn.init.orthogonal_(weight)"),
}
"""What fills a weight with two axes or more; torch's own weights need no line."""

PROCESSES = """
    if world_size > 1:
        model = DistributedDataParallel(model)
"""

SYNCED = """
    if world_size > 1 and device.type == "cuda":
        # Batch norm sees the whole minibatch; on the CPU each process sees its own part.
        model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
"""


def model_text(experiment: Experiment) -> Piece:
    """The lines that make ``model``, and ``raw_model``, which is it without its processes."""
    recipe, name = experiment.recipe, experiment.source.class_name
    lines = ["torch.manual_seed(seed + rank)", f"model = {name}()"]
    if recipe.initialisation in INITIALISATIONS:
        doc, fill = INITIALISATIONS[recipe.initialisation]
        lines += Piece(FILLED.format(doc=doc, fill=fill)).lines
    if recipe.zero_branches:
        lines += _zeroed(experiment)
    lines.append("model.to(device)")
    if recipe.channels_last:
        lines.append("model.to(memory_format=torch.channels_last)")
    if recipe.compile:
        lines += _compiled(experiment.compiled)
    if experiment.has_batch_statistics and recipe.device != "cpu":
        lines += Piece(SYNCED).lines
    lines += ["raw_model = model", *Piece(PROCESSES).lines]
    imports = [f"from {OWN_MODULE} import {one}" for one in {name, *experiment.compiled}]
    imports.append("from torch.nn.parallel import DistributedDataParallel")
    needs_nn = recipe.initialisation in INITIALISATIONS or recipe.zero_branches
    if needs_nn:
        imports.append("from torch import nn")
    return Piece("\n".join(lines), tuple(imports), {"seed": recipe.seed})


def _zeroed(experiment: Experiment) -> list[str]:
    """The gains that begin at zero: of all modules with some last names, else one by one."""
    names = sorted({module.rpartition(".")[2] for module in experiment.zeroed})
    alike = {one for one in experiment.modules if one.rpartition(".")[2] in names}
    doc = "# Every residual block begins as its shortcut (Goyal et al. 2017)."
    if alike == set(experiment.zeroed):
        wanted = f'name.split(".")[-1] == "{names[0]}"'
        if len(names) > 1:
            wanted = f'name.split(".")[-1] in {names}'.replace("'", '"')
        return [
            doc,
            "for name, part in model.named_modules():",
            f"    if {wanted}:",
            "        nn.init.zeros_(part.weight)",
        ]
    ends = ["for name in (", *(f'    "{module}",' for module in experiment.zeroed), "):"]
    return [doc, *ends, '    nn.init.zeros_(model.get_parameter(f"{name}.weight"))']


def _compiled(classes: tuple[str, ...]) -> list[str]:
    """Repeated blocks each by itself, which is compiled once; else the whole network."""
    if not classes:
        return ["model.compile()"]
    kinds = classes[0] if len(classes) == 1 else f"({', '.join(classes)})"
    return [
        "for part in model.modules():",
        f"    if isinstance(part, {kinds}):",
        "        part.compile()",
    ]
