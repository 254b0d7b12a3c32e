"""The gallery: models of the field as diagrams, one registration a model, a family a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from graphcore.diagram import Diagram
from graphcore.gallery.template import Template
from graphcore.layout import arrange_diagram
from graphcore.resolution import resolve_args
from graphcore.spec import ParamValue, Refused

if TYPE_CHECKING:
    FAMILIES: Mapping[str, tuple[Template, ...]]
    """The templates in groups, in the order of the gallery."""
    TEMPLATES: Mapping[str, Template]
    """Every template by its name, in the order of the gallery; hidden ones included."""

_MODULES = {
    "Small, for the digits": ("digits",),
    "Classifiers for ImageNet": ("imagenet", "efficientnet"),
    "ResNets for CIFAR": ("cifar", "preact"),
    "Variants of the shortcut": ("variants",),
    "DenseNets": ("dense",),
    "Reinforcement learning": ("impala",),
    "Segmentation": ("segmentation",),
    "Transformers": ("gpt", "vision_transformer", "bert", "encoder", "conformer"),
}


if not TYPE_CHECKING:  # To the type checker a name that is not there is a mistake.

    def __getattr__(name: str) -> object:
        """FAMILIES and TEMPLATES, when one of them is asked for (PEP 562): the window opens on one
        model of the first family and does not wait for the others to be imported."""
        if name == "FAMILIES":
            return _families()
        if name == "TEMPLATES":
            return _templates()
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _families() -> Mapping[str, tuple[Template, ...]]:
    return MappingProxyType(
        {
            title: tuple(template for module in modules for template in _templates_of(module))
            for title, modules in _MODULES.items()
        }
    )


@cache
def _templates() -> Mapping[str, Template]:
    return MappingProxyType(dict(_named()))


def _named() -> Iterator[tuple[str, Template]]:
    """Every template with its name; a family is imported when its turn comes."""
    for modules in _MODULES.values():
        for module in modules:
            yield from ((template.name, template) for template in _templates_of(module))


def _templates_of(module: str) -> tuple[Template, ...]:
    found: tuple[Template, ...] = import_module(f"{__name__}.{module}").TEMPLATES
    return found


def build(name: str, **options: ParamValue) -> Diagram:
    """The template ``name`` with ``options`` as a diagram, arranged.

    Raises KeyError for a name that is not there and Refused for an option that is not allowed.

    >>> build("resnet20-digits", width=8).main
    'ResNet20'
    """
    template = next((template for called, template in _named() if called == name), None)
    if template is None:
        raise KeyError(name)
    known = {param.name for param in template.options}
    for option in options:
        if option not in known:
            has = ", ".join(sorted(known)) or "none"
            raise Refused(f"'{name}' has no option '{option}'; its options: {has}", param=option)
    return arrange_diagram(template.make(resolve_args(template.options, options, {})))
