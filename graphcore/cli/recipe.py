"""The flags that change a diagram's recipe, for the verbs that train it or take it away."""

from __future__ import annotations

import argparse
from pathlib import Path

from graphcore.cli.output import Unusable
from graphcore.diagram import Diagram
from graphcore.training.data.datasets import DATASETS
from graphcore.training.recipe import Recipe, names_a_file, resolve_recipe

IN_RECIPE = ("data", "epochs", "steps", "device", "seed")
"""Flags that are values of the recipe."""


def declare_recipe(parser: argparse.ArgumentParser) -> None:
    """The arguments that stand in the place of values of the recipe."""
    parser.add_argument(
        "--data", metavar="NAME|PATH", help="a data set, a file or a folder of images"
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", metavar="N", type=int, help="how often to go through the data")
    length.add_argument("--steps", metavar="N", type=int, help="how many minibatches to learn from")
    parser.add_argument("--device", metavar="NAME", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--seed", metavar="N", type=int, help="fixes weights and order of the data")


def recipe_of(options: argparse.Namespace, diagram: Diagram) -> Recipe:
    """The diagram's recipe with the flags in place. Raises Refused and Unusable."""
    values = dict(diagram.recipe)
    if options.epochs is not None:
        values["steps"] = None
    values |= {name: value for name in IN_RECIPE if (value := getattr(options, name)) is not None}
    recipe = resolve_recipe(values)
    is_folder = (
        options.data is not None and recipe.data not in DATASETS and Path(recipe.data).exists()
    )
    if not names_a_file(recipe.data) and not is_folder:
        return recipe
    if options.data is None:
        # A diagram may come from anybody, and no path in it is followed.
        raise Unusable(
            f"the recipe of {options.file} names the data file {recipe.data}; to use it, say so: "
            f"--data {recipe.data}"
        )
    return resolve_recipe({**values, "data": str(Path(options.data).absolute())})
