"""What can be added at a place: the layers and blocks of the search popup, best first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from graphcore.diagram import INPUT, OUTPUT, Diagram
from graphcore.edits.editing import EditError
from graphcore.edits.nodes import check_kind
from graphcore.layers import LAYERS
from graphcore.spec import LayerSpec, Refused
from graphcore.tensor_type import TensorType
from graphcore.wording import literal_args


class Offer(NamedTuple):
    """A kind that can be added. ``problem`` says why it does not fit where it is asked for."""

    kind: str
    family: str
    doc: str
    words: tuple[str, ...] = ()
    problem: str = ""


def offers(
    diagram: Diagram,
    block: str,
    *,
    arriving: TensorType | None = None,
    needs_input: bool = False,
    needs_output: bool = False,
) -> tuple[Offer, ...]:
    """Everything that may stand in ``block``, in the palette's order; for a wire in hand the
    block's own ends come last.

    ``arriving`` is the type that the wire carries; what refuses it carries the reason.
    """
    found = [
        Offer(spec.kind, spec.family, spec.doc, spec.search, _refusal(spec, arriving))
        for spec in LAYERS.values()
        if (spec.inputs or not needs_input) and (spec.outputs or not needs_output)
    ]
    for name, inner in diagram.blocks.items():
        try:
            check_kind(diagram, block, name)
        except EditError:
            continue
        graph = inner.graph
        if (graph.inputs() or not needs_input) and (graph.outputs() or not needs_output):
            found.append(Offer(name, "Blocks of this diagram", inner.doc or f"The block {name}."))
    if needs_input or needs_output:
        found.sort(key=lambda offer: offer.kind in (INPUT, OUTPUT))
    return tuple(found)


def matching(found: Iterable[Offer], typed: str) -> list[Offer]:
    """The offers that ``typed`` can mean: those that fit before those that do not, and names that
    begin with it before names that contain it, before other words."""
    typed = typed.strip().lower()
    ranked = ((_rank(offer, typed), offer) for offer in found)
    kept = [(rank, offer) for rank, offer in ranked if rank is not None]
    if not typed:
        kept = [(rank, offer) for rank, offer in kept if not offer.problem]
    kept.sort(key=lambda pair: (bool(pair[1].problem), pair[0]))
    return [offer for _, offer in kept]


def _rank(offer: Offer, typed: str) -> int | None:
    name = offer.kind.lower()
    if not typed or name == typed:
        return 0
    if name.startswith(typed):
        return 1
    if typed in name:
        return 2
    if any(word.lower().startswith(typed) for word in offer.words):
        return 3
    if typed in offer.family.lower():
        return 4
    letters = iter(name)
    return 5 if all(letter in letters for letter in typed.replace(" ", "")) else None


def _refusal(spec: LayerSpec, arriving: TensorType | None) -> str:
    if arriving is None or len(spec.inputs) != 1 or spec.kind in (INPUT, OUTPUT):
        return ""
    try:
        spec.shape(literal_args(spec.params, {}), (arriving,))
    except Refused as error:
        return str(error)
    return ""
