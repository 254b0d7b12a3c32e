"""The gallery: models of the field as diagrams, one registration a model, a family a file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from graphcore.diagram import Diagram
from graphcore.gallery import (
    bert,
    cifar,
    conformer,
    dense,
    digits,
    efficientnet,
    encoder,
    gpt,
    imagenet,
    impala,
    preact,
    segmentation,
    variants,
    vision_transformer,
)
from graphcore.gallery.template import Template
from graphcore.layout import arrange_diagram
from graphcore.resolution import resolve_args
from graphcore.spec import ParamValue, Refused

_MODULES = {
    "Small, for the digits": (digits,),
    "Classifiers for ImageNet": (imagenet, efficientnet),
    "ResNets for CIFAR": (cifar, preact),
    "Variants of the shortcut": (variants,),
    "DenseNets": (dense,),
    "Reinforcement learning": (impala,),
    "Segmentation": (segmentation,),
    "Transformers": (gpt, vision_transformer, bert, encoder, conformer),
}

FAMILIES: Mapping[str, tuple[Template, ...]] = MappingProxyType(
    {
        title: tuple(template for module in modules for template in module.TEMPLATES)
        for title, modules in _MODULES.items()
    }
)
"""The templates in groups, in the order of the gallery."""

TEMPLATES: Mapping[str, Template] = MappingProxyType(
    {template.name: template for family in FAMILIES.values() for template in family}
)
"""Every template by its name, in the order of the gallery; hidden ones included."""


def build(name: str, **options: ParamValue) -> Diagram:
    """The template ``name`` with ``options`` as a diagram, arranged.

    Raises KeyError for a name that is not there and Refused for an option that is not allowed.

    >>> build("resnet20-digits", width=8).main
    'ResNet20'
    """
    template = TEMPLATES[name]
    known = {param.name for param in template.options}
    for option in options:
        if option not in known:
            has = ", ".join(sorted(known)) or "none"
            raise Refused(f"'{name}' has no option '{option}'; its options: {has}", param=option)
    return arrange_diagram(template.make(resolve_args(template.options, options, {})))
