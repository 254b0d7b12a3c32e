"""Rows of a picture get the names of stages, as many as there is room for."""

from __future__ import annotations

import pytest

from app.runs.plots.rows import stages, without_overlap


@pytest.mark.parametrize(
    ("modules", "names"),
    [
        (["stem", "stage1.0.conv1", "stage1.1.conv1", "head"], ["stem", "stage1", "head"]),
        (["net.a.conv", "net.b.conv"], ["net.a", "net.b"]),
        (["features.0", "features.3", "features.6"], ["features.0", "features.3", "features.6"]),
        (["fc"], ["fc"]),
        (["a.x", "b", "a.y"], ["a", "b", "a"]),
        ([], []),
    ],
)
def test_a_stage_is_what_shares_the_beginning_of_its_name(
    modules: list[str], names: list[str]
) -> None:
    found = stages(modules)
    assert [stage.name for stage in found] == names
    covered = [row for stage in found for row in range(stage.first, stage.last + 1)]
    assert covered == list(range(len(modules)))


def test_names_that_would_overlap_give_way_to_the_larger_stage() -> None:
    found = stages(["stem", "tiny.a", *(f"big.{i}" for i in range(20)), "head"])
    kept = without_overlap(found, row_height=2.0, text_height=10.0)
    assert [stage.name for stage in kept] == ["stem", "big", "head"]


def test_all_stay_where_there_is_room() -> None:
    found = stages(["a", "b", "c"])
    assert without_overlap(found, row_height=20.0, text_height=10.0) == found
