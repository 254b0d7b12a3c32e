from __future__ import annotations

from dataclasses import fields

import pytest

from graphcore.expression import Expr
from graphcore.spec import ParamValue, Refused
from graphcore.training.recipe import RECIPE, Recipe, names_a_file, resolve_recipe


def test_the_defaults_of_the_parameters_are_those_of_the_values() -> None:
    assert resolve_recipe({}) == Recipe()
    assert resolve_recipe({param.name: param.default for param in RECIPE}) == Recipe()


def test_every_parameter_has_its_value_and_its_documentation() -> None:
    assert [param.name for param in RECIPE] == [field.name for field in fields(Recipe)]
    assert all(param.doc.endswith(".") for param in RECIPE)


def test_values_survive_the_way_through_plain_values() -> None:
    recipe = resolve_recipe({"optimizer": "adamw", "steps": 12, "learning_rate": 1})
    assert resolve_recipe(recipe.values()) == recipe
    assert isinstance(recipe.learning_rate, float)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"learningrate": 0.1}, "a recipe has no 'learningrate'; it has data, loss"),
        ({"learning_rate": 0}, "'learning_rate' must be between 1e-08 and 100.0, not 0"),
        ({"learning_rate": float("nan")}, "'learning_rate' must be between"),
        ({"batch_size": 0}, "'batch_size' must be between 1 and"),
        ({"epochs": 2.5}, "'epochs' must be an integer"),
        ({"optimizer": "rprop"}, "'optimizer' must be one of sgd, adam, adamw"),
        ({"seed": -1}, "'seed' must be between 0 and"),
        ({"epochs": None}, "'epochs' needs a value"),
        ({"epochs": Expr("1 + 1")}, "'epochs' of a recipe must be a plain value"),
        ({"data": "a\nb"}, "'data' must be a line"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(values: dict[str, ParamValue], said: str) -> None:
    with pytest.raises(Refused) as refused:
        resolve_recipe(values)
    assert said in str(refused.value)
    assert refused.value.param == next(iter(values))


@pytest.mark.parametrize(
    ("data", "file"),
    [("digits", False), ("cats.npz", True), ("a/b", True), ("C:\\x.NPZ", True), ("mnist", False)],
)
def test_a_path_is_told_from_a_name(data: str, file: bool) -> None:
    assert names_a_file(data) is file
