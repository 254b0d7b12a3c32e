"""Runs side by side: results on top, then only what differs; as text for a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import pytest

from graphcore import edits, gallery
from graphcore.spec import ParamValue
from graphcore.training.recipe import RECIPE, resolve_recipe
from graphcore.training.run_table import (
    RESULT,
    RunFacts,
    TableRow,
    as_text,
    rows_that_differ,
    run_table,
    written,
)

NET = gallery.build("resnet20-digits")


def facts(name: str = "net-1", **recipe: ParamValue) -> RunFacts:
    return RunFacts(
        name,
        resolve_recipe(recipe),
        NET,
        "finished",
        steps=176,
        train_loss=0.05,
        loss=0.0612345,
        accuracy=0.983,
        seconds=4.25,
        device="cpu, 2 threads",
        parameters=272_186,
    )


def cells(rows: tuple[TableRow, ...], name: str) -> tuple[str, ...]:
    (found,) = (row.cells for row in rows if row.name == name)
    return found


def test_results_stand_on_top_and_stay_though_they_are_the_same() -> None:
    rows = rows_that_differ(run_table([facts(), facts("net-2")]))
    assert {row.group for row in rows} == {RESULT}
    assert cells(rows, "Test accuracy") == ("98.30 %", "98.30 %")
    assert cells(rows, "Test loss") == ("0.06123", "0.06123")


@pytest.mark.parametrize(
    ("recipe", "name", "value"),
    [
        ({"learning_rate": 0.003}, "Learning rate", "0.003"),
        ({"optimizer": "adamw"}, "Optimizer", "AdamW"),
        ({"decay_biases": False}, "Decay biases", "no"),
        ({"clip_norm": 1.0}, "Clip norm", "1.0"),
        ({"data": "/home/me/flowers.npz"}, "Data", "/home/me/flowers.npz"),
        ({"schedule": "one_cycle", "seed": 7}, "Seed", "7"),
    ],
)
def test_of_the_recipe_only_what_differs(
    recipe: dict[str, ParamValue], name: str, value: str
) -> None:
    rows = rows_that_differ(run_table([facts(), facts("net-2", **recipe)]))
    assert [row.name for row in rows if row.group != RESULT] == [name]
    assert cells(rows, name)[1] == value


def test_every_parameter_of_the_recipe_is_in_the_whole_table() -> None:
    rows = run_table([facts(), facts("net-2")])
    names = [row.name for row in rows]
    assert all(param.name.replace("_", " ").capitalize() in names for param in RECIPE)


def test_values_that_differ_are_never_written_alike() -> None:
    param = next(param for param in RECIPE if param.name == "learning_rate")
    assert written(param, 0.1) != written(param, math.nextafter(0.1, 1))


class TestTheDiagram:
    def test_the_others_are_compared_with_the_first(self) -> None:
        other = edits.set_param(NET, "Residual", "conv1", "bias", True)
        runs = [facts(), replace(facts("net-2"), diagram=other), facts("net-3")]
        rows = rows_that_differ(run_table(runs))
        assert cells(rows, "Diagram") == ("reference", "1 block differs", "same")
        (row,) = (row for row in rows if row.name == "Diagram")
        assert row.notes == ("", "Residual.conv1", "")

    def test_what_the_sliders_stood_at(self) -> None:
        deeper = edits.set_block_param(NET, NET.main, "depth", 56)
        runs = [facts(), replace(facts("net-2"), diagram=deeper, parameters=855_770)]
        rows = rows_that_differ(run_table(runs))
        assert cells(rows, "Diagram") == ("reference", "only parameters differ")
        assert cells(rows, "depth") == ("20", "56")
        assert cells(rows, "Parameters") == ("272,186", "855,770")

    def test_a_slider_that_another_model_lacks(self) -> None:
        other = replace(facts("net-2"), diagram=gallery.build("mlp-digits"))
        rows = run_table([facts(), other])
        assert cells(rows, "depth") == ("20", "–")
        assert cells(rows, "Model") == ("ResNet20", "MLP")


class TestWhatWasNotMeasured:
    def test_a_dash_beside_figures_and_no_line_where_no_run_has_one(self) -> None:
        fresh = RunFacts("net-2", resolve_recipe({}), NET, "in training")
        assert cells(run_table([facts(), fresh]), "Test accuracy") == ("98.30 %", "–")
        names = [row.name for row in run_table([fresh, replace(fresh, name="net-3")])]
        assert "Test accuracy" not in names
        assert "State" in names

    def test_weights_are_told_where_a_run_began_with_some(self) -> None:
        assert "Began with" not in [row.name for row in run_table([facts(), facts("net-2")])]
        later = replace(facts("net-2"), begun_with="best weights of net-1")
        rows = run_table([facts(), later])
        assert cells(rows, "Began with") == ("random weights", "best weights of net-1")

    def test_a_loss_that_is_no_number(self) -> None:
        rows = run_table([facts(), replace(facts("net-2"), train_loss=math.nan)])
        assert cells(rows, "Training loss") == ("0.05", "not a number")

    def test_metrics_that_only_one_run_has(self) -> None:
        rows = run_table([facts(), replace(facts("net-2"), metrics={"mean_iou": 0.71234})])
        assert cells(rows, "Test mean IoU") == ("–", "0.7123")

    def test_no_runs_at_all(self) -> None:
        assert run_table([]) == ()


def test_as_text_it_is_a_table_with_tabs() -> None:
    rows = rows_that_differ(run_table([facts("a"), facts("b\twith\na tab", seed=2)]))
    lines = list(csv.reader(io.StringIO(as_text(["a", "b\twith\na tab"], rows)), "excel-tab"))
    assert lines[0] == ["", "a", "b with a tab"]
    assert lines[-1] == ["Seed", "0", "2"]
    assert {len(line) for line in lines} == {3}
