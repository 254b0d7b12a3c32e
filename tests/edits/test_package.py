"""The package of the edits: each is imported when it is first made."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

from graphcore import edits


def promised() -> dict[str, str]:
    """What the types are told that the package holds: name -> module."""
    tree = ast.parse(Path(edits.__file__).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    own = [node for node in imports if (node.module or "").startswith("graphcore.edits.")]
    return {alias.name: str(node.module) for node in own for alias in node.names}


@pytest.mark.parametrize("name", edits.__all__)
def test_every_edit_is_what_its_module_holds(name: str) -> None:
    home = promised().get(name, "graphcore.edits")
    assert getattr(edits, name) is getattr(import_module(home), name)


def test_every_public_edit_is_promised_to_the_types() -> None:
    assert set(edits.__all__) - promised().keys() == {"arrange"}


def test_what_is_no_edit_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'regroup'"):
        edits.regroup  # type: ignore[attr-defined]  # noqa: B018
