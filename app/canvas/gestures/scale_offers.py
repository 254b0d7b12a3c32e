"""What can scale a branch or a shortcut: the forms that people know by name, then every layer that
takes one value and keeps its type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.canvas.gestures.offers import Offer
from graphcore.edits.scales import can_scale
from graphcore.layers import LAYERS
from graphcore.spec import LayerSpec, ParamValue, Refused
from graphcore.tensor_type import TensorType
from graphcore.wording import literal_args

_COMMON = 2
"""So many presets of a layer stand before those of the others."""


@dataclass(frozen=True)
class ScaleOffer:
    """A layer with parameters, under the name that it is offered by."""

    title: str
    kind: str
    doc: str
    stem: str
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    words: tuple[str, ...] = ()

    def as_offer(self) -> Offer:
        """As a row of the popup that searches."""
        return Offer(self.title, LAYERS[self.kind].family, self.doc, (self.kind, *self.words))


def scale_offers(arriving: TensorType | None) -> tuple[ScaleOffer, ...]:
    """What keeps a value of type ``arriving`` as it is (None: not known, so all are offered)."""
    known: list[tuple[int, ScaleOffer]] = []
    others: list[ScaleOffer] = []
    for spec in LAYERS.values():
        if not can_scale(spec.kind):
            continue
        for place, preset in enumerate(spec.presets):
            given = preset.params if _keeps(spec, preset.params, arriving) else {}
            if _keeps(spec, given, arriving):
                offer = ScaleOffer(
                    preset.title, spec.kind, preset.doc, preset.stem, given, spec.search
                )
                known.append((place // _COMMON, offer))
        if not spec.presets and _keeps(spec, {}, arriving):
            others.append(ScaleOffer(spec.kind, spec.kind, spec.doc, spec.stem, {}, spec.search))
    known.sort(key=lambda pair: pair[0])
    return (*(offer for _, offer in known), *others)


def _keeps(spec: LayerSpec, params: Mapping[str, ParamValue], arriving: TensorType | None) -> bool:
    if arriving is None:
        return True
    try:
        return spec.shape(literal_args(spec.params, params), (arriving,)) == (arriving,)
    except Refused:
        return False
