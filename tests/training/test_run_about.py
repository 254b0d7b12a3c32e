"""A run's name and notes: kept in its folder, read strictly, never half written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcore.training.run_about import FILE, About, AboutError, read_about, write_about

TEXT = st.characters(codec="utf-8")
NAME = st.text(TEXT.filter(str.isprintable), max_size=40)


def test_nothing_is_said_about_a_new_run(tmp_path: Path) -> None:
    assert read_about(tmp_path) == About()


@given(NAME, st.text(TEXT, max_size=80))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, name: str, notes: str
) -> None:
    folder = tmp_path_factory.mktemp("run")
    write_about(folder, About(name, notes))
    assert read_about(folder) == About(name, notes)


def test_an_empty_one_leaves_no_file(tmp_path: Path) -> None:
    write_about(tmp_path, About("wider stem"))
    write_about(tmp_path, About())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("{", "cut off"),
        ("[]", "must be an object"),
        ('{"name": 3}', "'name' must be a text"),
        ('{"notes": null}', "'notes' must be a text"),
        ('{"name": "a", "name": "b"}', "'name' is there twice"),
        ('{"name": "a", "colour": "red"}', "it has no 'colour'"),
        ('{"name": "two\\nlines"}', "one line"),
        ('{"name": "\\ud800"}', "half a character"),
        ('{"notes": "' + "x" * 20_001 + '"}', "at most 20,000 characters"),
        ("x" * 300_000, "too large"),
    ],
)
def test_what_is_damaged_is_refused_with_the_file_and_a_remedy(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(AboutError) as refused:
        read_about(tmp_path)
    assert said in str(refused.value)
    assert str(tmp_path / FILE) in str(refused.value)
    assert "delete it" in str(refused.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(AboutError, match="cannot be read"):
        read_about(tmp_path)


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(AboutError, match=r"gone/about\.json cannot be written"):
        write_about(tmp_path / "gone", About("a"))
