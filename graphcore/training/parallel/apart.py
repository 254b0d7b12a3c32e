"""What of a network is not the same on several devices as on one, to be said before it runs."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.layers import LAYERS
from graphcore.results import Analysis, NodeResult
from graphcore.spec import Args
from graphcore.training.recipe import Recipe


def differences(analysis: Analysis, recipe: Recipe) -> tuple[str, ...]:
    """Why the numbers of a run on the recipe's devices differ from those on one device by more than
    rounding, each as a sentence; empty where they do not."""
    if recipe.devices == 1:
        return ()
    found: list[str] = []
    layers = list(_layers(analysis))
    if any(LAYERS[kind].batch_statistics for kind, _ in layers):
        if recipe.device == "cpu":
            found.append("Batch norm sees each process's share of a minibatch alone.")
        else:
            found.append(
                "Batch norm sees the whole minibatch on GPUs (SyncBatchNorm), but each process's "
                "share alone on the CPU."
            )
    if any(LAYERS[kind].draws(args) for kind, args in layers):
        found.append("What is drawn while training (dropout and the like) differs from one device.")
    return tuple(found)


def _layers(analysis: Analysis) -> Iterator[tuple[str, Args]]:
    """The kind and the parameters of every registered layer that runs, wherever it is."""
    for _, result in analysis.blocks():
        graph = analysis.diagram.blocks[result.block].graph
        for node_id, copies in result.nodes.items():
            kind = graph.nodes[node_id].kind
            for one in copies:
                if kind in LAYERS and one.active:
                    yield kind, one.args
                yield from _scales(one)
        for edge in result.edges.values():
            yield from ((layer.kind, layer.args) for layer in (*edge.chain, *edge.scales))


def _scales(node: NodeResult) -> Iterator[tuple[str, Args]]:
    for scales in node.scales.values():
        yield from ((layer.kind, layer.args) for layer in scales)
