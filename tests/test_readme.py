"""README is true: its code is what the program emits, its examples run, its pictures are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import graphcore
from graphcore.cli import main
from graphcore.gallery import build
from graphcore.resolution import resolve_args
from graphcore.spec import LayerSpec
from graphcore.tensor_type import TensorType, symbol

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def example(words: str) -> str:
    (found,) = [text for text in EXAMPLES if words in text]
    return str(found)


def test_the_residual_block_is_the_one_that_is_emitted() -> None:
    assert example("class Residual") in graphcore.to_source(build("resnet20-digits")).text


def test_the_layer_to_add_is_a_layer() -> None:
    names: dict[str, Any] = {}
    exec(example("LayerSpec("), names)  # The text is our own README.
    (spec,) = names["LAYERS"]
    assert isinstance(spec, LayerSpec)
    x = TensorType((symbol("N"), 3))
    args = resolve_args(spec.params, {}, {})
    assert spec.shape(args, (x,)) == (x,)
    assert spec.construct is not None
    assert spec.construct(args, (x,)).target == "nn.Hardshrink"


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "resnet20-digits", "-o", "r.skw"]) == 0
    exec(example("graphcore.read"), {})


@pytest.mark.parametrize("picture", re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README))
def test_a_picture_is_there(picture: str) -> None:
    assert (ROOT / picture).stat().st_size > 10_000


def test_every_verb_of_the_command_line_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in re.findall(r"^skipwright (\w+) ", README, re.MULTILINE):
        assert main([verb, "--help"]) == 0
        assert verb in capsys.readouterr().out
