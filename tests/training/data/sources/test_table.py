from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphcore.training.data.arrays import Arrays, DataError
from graphcore.training.data.datasets import data_info, load_arrays

FLOWERS = "width,height,kind\n" + "".join(
    f"{i},{i * i},{'rose' if i % 3 else 'iris'}\n" for i in range(20)
)


def table(folder: Path, text: str, name: str = "table.csv") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def both(path: str) -> tuple[np.ndarray, np.ndarray]:
    """All samples and targets, in the order of the first column."""
    arrays = load_arrays(path)
    assert isinstance(arrays, Arrays)
    x, y = np.concatenate([arrays.x, arrays.x_test]), np.concatenate([arrays.y, arrays.y_test])
    order = x[:, 0].argsort()
    return x[order], y[order]


def test_words_are_classes_in_the_order_of_the_alphabet(tmp_path: Path) -> None:
    path = table(tmp_path, FLOWERS)
    info = data_info(path)
    assert (info.labels, info.columns) == (("iris", "rose"), ("width", "height"))
    assert (info.sample_shape, info.target_shape, info.classes) == ((2,), (), 2)
    assert (info.train, info.held_out) == (16, 4)
    x, y = both(path)
    np.testing.assert_array_equal(x, [[i, i * i] for i in range(20)])
    np.testing.assert_array_equal(y, [1 if i % 3 else 0 for i in range(20)])


@pytest.mark.parametrize(
    ("numbers", "classes"),
    [
        ([i % 3 for i in range(30)], 3),
        ([i % 3 * 5 - 5 for i in range(30)], 3),
        ([i * 7 for i in range(30)], None),
        ([i % 3 + 0.5 for i in range(30)], None),
    ],
    ids=["numbered", "of any number", "many", "broken"],
)
def test_whole_numbers_of_few_kinds_are_classes(
    tmp_path: Path, numbers: list[float], classes: int | None
) -> None:
    path = table(tmp_path, "a,b\n" + "".join(f"{i},{n}\n" for i, n in enumerate(numbers)))
    assert data_info(path).classes == classes
    y = both(path)[1]
    kinds = sorted(set(numbers))
    np.testing.assert_array_equal(y, [kinds.index(n) for n in numbers] if classes else numbers)
    assert data_info(path).labels == (tuple(f"{kind:.0f}" for kind in kinds) if classes else ())


@pytest.mark.parametrize("name", ["target", "Label", "class", "Y"])
def test_the_column_that_is_predicted_may_be_named(tmp_path: Path, name: str) -> None:
    path = table(tmp_path, f"{name},size\n" + "a,1\nb,2\na,3\n")
    assert (data_info(path).columns, data_info(path).labels) == (("size",), ("a", "b"))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_without_a_heading_and_with_any_separator(tmp_path: Path, separator: str) -> None:
    lines = [separator.join(["1.5", "2", word]) for word in ("a", "b", "a")]
    path = table(tmp_path, "\ufeff" + "\r\n".join(lines), "table.tsv")
    assert data_info(path).columns == ("column 1", "column 2")
    assert data_info(path).train + data_info(path).held_out == 3


def test_a_column_of_words_becomes_one_of_each(tmp_path: Path) -> None:
    path = table(tmp_path, "size,colour,price\n1,red,1.5\n2,blue,2.5\n3,red,3.25\n")
    assert data_info(path).columns == ("size", "colour = blue", "colour = red")
    np.testing.assert_array_equal(both(path)[0], [[1, 0, 1], [2, 1, 0], [3, 0, 1]])


def test_a_table_that_was_changed_is_read_anew(tmp_path: Path) -> None:
    path = table(tmp_path, FLOWERS)
    assert data_info(path).classes == 2
    table(tmp_path, FLOWERS.replace("rose", "tulip", 1))
    assert data_info(path).classes == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "has fewer than two rows"),
        ("a\n1\n2\n", "has a single column"),
        ("a,b\n1,2\n1,2,3\n", "has 3 cells in row 3, but 2 columns"),
        ("a,b\n1,2\n,2\n", "has an empty cell in row 3, column 'a'"),
        ("a,b\n1,2\nnan,2\n", "has no finite number in column 'a', sample 2"),
        ("a,b\n1,2\n-1e39,2\n", "column 'a', sample 2, that is too large to compute with"),
        (
            "a,b\n" + "".join(f"w{i},{i % 2}\n" for i in range(200)),
            "has 200 different words in column 'a'",
        ),
    ],
)
def test_what_cannot_be_learnt_from_says_where(tmp_path: Path, text: str, said: str) -> None:
    path = table(tmp_path, text)
    with pytest.raises(DataError) as refused:
        data_info(path)
    assert said in str(refused.value)
    assert path in str(refused.value)


def test_files_that_are_not_there_or_not_in_utf_8(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        data_info(str(tmp_path / "none.csv"))
    (tmp_path / "latin.csv").write_bytes(b"a,b\n1,caf\xe9\n")
    with pytest.raises(DataError, match="save it as UTF-8"):
        data_info(str(tmp_path / "latin.csv"))
