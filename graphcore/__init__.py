"""The part of Skipwright that knows neural networks and knows no window.

A diagram is an immutable value; its types, problems, code and module are functions of it.

>>> import graphcore
>>> diagram = graphcore.read("resnet.skw")  # doctest: +SKIP
>>> print(graphcore.to_source(diagram).text)  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphcore.analysis import analyse
    from graphcore.codegen import to_source
    from graphcore.module import to_module
    from graphcore.store import read, write
    from graphcore.training.fit import fit

_HOMES = {
    "read": "graphcore.store",
    "write": "graphcore.store",
    "analyse": "graphcore.analysis",
    "to_source": "graphcore.codegen",
    "to_module": "graphcore.module",
    "fit": "graphcore.training.fit",
}

__all__ = ["analyse", "fit", "read", "to_module", "to_source", "write"]


def __getattr__(name: str) -> Any:
    # Loaded when first asked for, so that ``import graphcore`` does not bring torch along.
    if name not in _HOMES:
        raise AttributeError(f"module 'graphcore' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
