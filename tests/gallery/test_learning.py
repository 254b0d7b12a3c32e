"""The small networks learn: what each has in place of plain depth is seen to work in seconds.

At their own size and recipe (``skipwright train``) they reach 95 to 99 % of the digits, ReZero
without any normalisation; here they are shallower and stop earlier.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from graphcore import fit
from graphcore.gallery import build
from graphcore.spec import ParamValue
from graphcore.training.events import Evaluated
from graphcore.training.recipe import resolve_recipe


@pytest.mark.parametrize(
    ("name", "options", "epochs", "least"),
    [
        ("preact56-digits", {"depth": 20}, 4, 0.9),
        ("se-resnet20-digits", {"depth": 14, "width": 8}, 4, 0.85),
        ("rezero56-digits", {"depth": 32}, 4, 0.8),
        ("stochastic-depth56-digits", {"depth": 14}, 6, 0.8),
        ("densenet22-digits", {"depth": 16}, 4, 0.85),
    ],
)
def test_a_small_network_learns_the_digits(
    name: str, options: dict[str, ParamValue], epochs: int, least: float
) -> None:
    diagram = build(name, **options)
    recipe = replace(resolve_recipe(diagram.recipe), epochs=epochs)
    accuracies = [event.accuracy for event in fit(diagram, recipe) if isinstance(event, Evaluated)]
    assert accuracies[-1] is not None
    assert accuracies[-1] > least, accuracies
