"""Reads the project's own source for the architecture tests: what each file imports, and when."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent

When = Literal["load", "call", "typing"]
"""An import runs when its module loads, when a function is called, or for type checkers only."""


@dataclass(frozen=True)
class Import:
    """One imported module (``graphcore.layers.conv``), where and when it is imported."""

    target: str
    line: int
    when: When


@dataclass(frozen=True)
class SourceFile:
    """A Python file of the project with its dotted module name."""

    path: Path
    module: str

    @property
    def name(self) -> str:
        """The path from the root, as a message shows it."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return parse(self.path)

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return self.path.read_text(encoding="utf-8").count("\n")

    @property
    def imports(self) -> tuple[Import, ...]:
        """Every import of the file, those inside functions included."""
        return read_imports(self)


@cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of a file, parsed once."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def files(package: str) -> tuple[SourceFile, ...]:
    """Every Python file below a package, by path."""
    return tuple(
        SourceFile(path, module_name(path)) for path in sorted((ROOT / package).rglob("*.py"))
    )


def module_name(path: Path) -> str:
    """``graphcore/layers/__init__.py`` -> ``graphcore.layers``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def read_imports(file: SourceFile) -> tuple[Import, ...]:
    """Every import of one file, in the order of the text."""
    return tuple(
        Import(target, node.lineno, when)
        for node, when in _walk(file.tree, "load")
        for target in _targets(node, file)
    )


def _walk(node: ast.AST, when: When) -> Iterator[tuple[ast.stmt | ast.Call, When]]:
    """Imports and ``import_module`` calls below a node, each with the time at which it runs."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and when == "load":
        when = "call"
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for child in node.body:
            yield from _walk(child, "typing")
        for child in node.orelse:
            yield from _walk(child, when)
        return
    if isinstance(node, ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module")
    ):
        yield node, when
    for below in ast.iter_child_nodes(node):
        yield from _walk(below, when)


def _targets(node: ast.stmt | ast.Call, file: SourceFile) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        start = _origin(node, file)
        for alias in node.names:
            inner = f"{start}.{alias.name}"
            yield inner if is_module(inner) else start
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        yield str(node.args[0].value)


def _origin(node: ast.ImportFrom, file: SourceFile) -> str:
    """The package that ``from ... import`` names, relative ones resolved."""
    if not node.level:
        return node.module or ""
    package = file.module.split(".")
    if file.path.name != "__init__.py":
        package = package[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join(package + ([node.module] if node.module else []))


@cache
def is_module(name: str) -> bool:
    """Whether a dotted name is a module or package of the project."""
    place = ROOT.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()
