"""Large packages that are imported when they are first used, not when a file that may use them is.

The window is painted before anything asks a graph question or computes with arrays, and these two
take as long to import as the rest of the program together.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

__all__ = ["networkx", "numpy"]


class Deferred(ModuleType):
    """Stands for the package of its name, and gets from it what is asked for."""

    def __getattr__(self, name: str) -> object:
        value = getattr(import_module(self.__name__), name)
        # From now on it is found here.
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import networkx
    import numpy
else:
    networkx = Deferred("networkx")
    numpy = Deferred("numpy")
