from __future__ import annotations

from dataclasses import fields

import pytest

from graphcore.expression import Expr
from graphcore.spec import ParamValue, Refused
from graphcore.training.recipe import GROUPS, RECIPE, Recipe, names_a_file, resolve_recipe


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
        ({"learningrate": 0.1}, "a recipe has no 'learningrate'; it has data, normalise"),
        ({"learning_rate": 0}, "'learning_rate' must be between 1e-08 and 100.0, not 0"),
        ({"learning_rate": float("nan")}, "'learning_rate' must be between"),
        ({"batch_size": 0}, "'batch_size' must be between 1 and"),
        ({"epochs": 2.5}, "'epochs' must be an integer"),
        ({"optimizer": "rprop"}, "'optimizer' must be one of sgd, adam, adamw, rmsprop"),
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


def test_a_form_has_every_parameter_in_one_group() -> None:
    assert [param for group in GROUPS.values() for param in group] == list(RECIPE)
    assert list(GROUPS) == ["Data", "Optimisation", "Schedule", "Precision", "Advanced"]


@pytest.mark.parametrize(
    ("values", "param", "said"),
    [
        ({"device": "cpu", "precision": "fp16"}, "precision", "on the CPU take bf16"),
        ({"device": "cpu", "precision": "tf32"}, "precision", "a mode of NVIDIA GPUs"),
        ({"nesterov": True, "momentum": 0}, "nesterov", "a momentum above 0"),
        ({"nesterov": True, "optimizer": "adam"}, "nesterov", "Adam cannot look ahead"),
        ({"schedule": "one_cycle", "warm_up": 5}, "warm_up", "one cycle has its own warm-up"),
        (
            {"schedule": "cosine", "warm_up": 100, "steps": 100},
            "warm_up",
            "the warm-up of 100 steps leaves nothing of the run's 100",
        ),
        ({"batch_size": 8, "accumulation": 9}, "accumulation", "a minibatch of 8 has no 9 parts"),
        ({"loss": "mse", "label_smoothing": 0.1}, "label_smoothing", "only cross-entropies"),
        (
            {"batch_size": 3, "devices": 4},
            "devices",
            "a minibatch of 3 cannot be shared among 4 devices",
        ),
        (
            {"batch_size": 9, "devices": 2, "accumulation": 5},
            "accumulation",
            "a minibatch of 9 has no 5 parts for each of 2 devices",
        ),
    ],
)
def test_values_that_exclude_each_other_are_refused_on_the_field(
    values: dict[str, ParamValue], param: str, said: str
) -> None:
    with pytest.raises(Refused) as refused:
        resolve_recipe(values)
    assert said in str(refused.value)
    assert refused.value.param == param


@pytest.mark.parametrize(
    "values",
    [
        {"device": "auto", "precision": "fp16"},
        {"device": "cpu", "precision": "bf16"},
        {"nesterov": True},
        {"nesterov": True, "optimizer": "muon"},
        {"schedule": "cosine", "warm_up": 99, "steps": 100},
        {"batch_size": 8, "accumulation": 8},
        {"loss": "bce", "label_smoothing": 0.1},
        {"batch_size": 9, "devices": 2, "accumulation": 4},
    ],
)
def test_what_goes_together_is_allowed(values: dict[str, ParamValue]) -> None:
    assert resolve_recipe(resolve_recipe(values).values()) == resolve_recipe(values)
