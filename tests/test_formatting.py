"""Long lines are broken where ``ruff format`` would break them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graphcore import edits, gallery
from graphcore.codegen import to_source
from graphcore.formatting import lines
from graphcore.program import Atom, Invoke, Keyword

LONG = "a" * 30


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (f"{LONG} * ({LONG} + 1) / {LONG}", [f"{LONG}", f"* ({LONG} + 1)", f"/ {LONG}"]),
        (f"({LONG} + {LONG}) * {LONG}", [f"({LONG} + {LONG})", f"* {LONG}"]),
        (f"{LONG} + {LONG} * 2 - {LONG}", [f"{LONG}", f"+ {LONG} * 2", f"- {LONG}"]),
        (f"({LONG} * {LONG}) // {LONG}", [f"({LONG} * {LONG})", f"// {LONG}"]),
        (f'"{LONG} + {LONG} + {LONG}"', [f'"{LONG} + {LONG} + {LONG}"']),
    ],
)
def test_an_argument_that_is_too_long_is_broken_at_its_signs(text: str, pieces: list[str]) -> None:
    made = lines("", Invoke("call", (Keyword("name", Atom(text)),)), "", 0)
    written = [f"    name={pieces[0]}", *(f"    {piece}" for piece in pieces[1:])]
    assert made == ["call(", *written[:-1], f"{written[-1]},", ")"]


def test_a_decay_over_a_number_of_copies_is_as_ruff_would_write_it(tmp_path: Path) -> None:
    made = gallery.build("resnet20-cifar")
    made = edits.stochastic_depth(made, made.main, made.main_block.graph.nodes, 0.2)
    path = tmp_path / "net.py"
    path.write_text(to_source(made).text)
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", str(path)]
    assert subprocess.run(command, capture_output=True, text=True).stdout == ""
