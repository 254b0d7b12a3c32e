"""What is said of a run on several devices before it begins."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore.analysis import analyse
from graphcore.gallery import build
from graphcore.training.parallel.apart import differences
from graphcore.training.recipe import Recipe

NORM, DRAWN = "Batch norm sees", "What is drawn"


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("mlp-digits", {}, []),
        ("rezero56-digits", {}, []),
        ("gpt-chars", {}, []),
        ("resnet20-digits", {}, [NORM]),
        ("vit-digits", {}, [DRAWN]),
        ("vit-digits", {"dropout": 0.0}, []),
        ("stochastic-depth56-digits", {}, [NORM, DRAWN]),  # It is a scale of every branch.
    ],
)
@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_only_what_is_not_the_same_is_told(
    name: str, options: dict[str, Any], expected: list[str], device: str
) -> None:
    analysis = analyse(build(name, **options))
    found = differences(analysis, Recipe(devices=2, device=device))
    assert len(found) == len(expected)
    assert all(map(str.startswith, found, expected))
    assert differences(analysis, Recipe(device=device)) == ()
    assert ("SyncBatchNorm" in "".join(found)) == (NORM in expected and device == "auto")
