"""Source to ``nn.Module``: the one place where text becomes a running program.

Only text that the code generator emitted from a diagram comes here; nothing that a document says
is compiled in any other way.
"""

from __future__ import annotations

import hashlib
import linecache
import sys
import types
from typing import Any, cast

from torch import nn

from graphcore.analysis import analyse, leaves
from graphcore.codegen import Source, to_source
from graphcore.diagram import Definition, Diagram, Instance

_loaded: dict[str, Source] = {}
"""Every text that was loaded, by the name of the file it stands for in tracebacks."""


def load_source(source: Source) -> type[nn.Module]:
    """The top class of ``source``.

    The module is registered in ``sys.modules`` and its lines in ``linecache``, so that tracebacks
    show the generated text and instances can be pickled by other tools.
    """
    name = _module_name(source)
    if name not in sys.modules:
        lines = source.text.splitlines(keepends=True)
        file = f"<{name}>"
        linecache.cache[file] = (len(source.text), None, lines, file)
        module = types.ModuleType(name)
        module.__file__ = file
        sys.modules[name] = module
        _loaded[file] = source
        try:
            exec(compile(source.text, file, "exec"), module.__dict__)
        except BaseException:
            del sys.modules[name]
            raise
    return cast(type[nn.Module], getattr(sys.modules[name], source.class_name))


def namespace_of(source: Source) -> dict[str, Any]:
    """The names that the loaded ``source`` defines and finds."""
    load_source(source)
    return sys.modules[_module_name(source)].__dict__


def to_module(diagram: Diagram) -> nn.Module:
    """The module that ``diagram`` describes, freshly initialised, with its default arguments.

    Raises DiagramError where the diagram has errors.
    """
    return load_source(to_source(diagram))()


def locate(
    error: BaseException, module: nn.Module, diagram: Diagram
) -> tuple[Instance | None, Definition | None]:
    """Which block a runtime error came from: the failing copy and its definition.

    The copy is the innermost frame of the traceback whose ``self`` is a part of ``module``; the
    line of the innermost generated frame names the node.
    """
    names = {id(part): name for name, part in module.named_modules()}
    definition: Definition | None = None
    inside, trace = "", error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        owner = frame.f_locals.get("self")
        if isinstance(owner, nn.Module) and id(owner) in names:
            inside = names[id(owner)]
        source = _loaded.get(frame.f_code.co_filename)
        if source is not None:
            made = source.lines.get(trace.tb_lineno, ())
            definition = next((one for one in made if one.item), definition)
        trace = trace.tb_next
    return _instance(diagram, inside, definition), definition


def _module_name(source: Source) -> str:
    return "skipwright_" + hashlib.sha256(source.text.encode()).hexdigest()[:16]


def _instance(diagram: Diagram, inside: str, definition: Definition | None) -> Instance | None:
    """The instance whose module is ``inside``, or the first of ``definition`` inside it."""
    candidates = leaves(analyse(diagram))
    for leaf in candidates:
        if leaf.module == inside:
            return leaf.instance
    for leaf in candidates:
        if leaf.definition == definition and leaf.module.startswith(inside):
            return leaf.instance
    return None
