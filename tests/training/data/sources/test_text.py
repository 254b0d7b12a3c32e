from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphcore.training.data.arrays import DataError, Demand, Text
from graphcore.training.data.datasets import data_info, load_arrays
from graphcore.training.data.sources.text import TOPICS_VOCABULARY, decode

NURSERY = "Jack and Jill – went up the hill\n" * 40


def text_of(data: str, demand: Demand) -> Text:
    loaded = load_arrays(data, demand)
    assert isinstance(loaded, Text)
    return loaded


class TestTopics:
    def test_they_are_the_same_96_characters_in_every_python(self) -> None:
        info = data_info("topics", Demand((32,)))
        assert info.vocabulary == TOPICS_VOCABULARY
        assert (info.classes, info.sample_shape, info.target_shape) == (96, (32,), (32,))
        assert (info.whole, info.classes_last, info.output_shape) == (True, True, (32, 96))

    def test_they_are_read_as_text(self) -> None:
        text = text_of("topics", Demand((32,)))
        shown = decode(text.tokens.tolist(), TOPICS_VOCABULARY)
        assert "assert statements are a convenient way to insert debugging" in shown.lower()
        assert "?" in shown
        assert set(shown) <= set(TOPICS_VOCABULARY)

    def test_their_end_is_held_out(self) -> None:
        text = text_of("topics", Demand())
        assert len(text.held_out) == pytest.approx(0.1 * (len(text.tokens) + len(text.held_out)), 1)
        assert text.length == 64

    def test_what_is_told_is_what_is_there(self) -> None:
        info, text = data_info("topics", Demand((100,))), text_of("topics", Demand((100,)))
        assert info.train == len(text.tokens) // 100 - 1
        assert info.held_out == (len(text.held_out) - 1) // 100


class TestFiles:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        (tmp_path / "nursery.txt").write_text(NURSERY, encoding="utf-8")
        return tmp_path / "nursery.txt"

    def test_characters_are_numbered_in_the_order_of_their_code_points(self, path: Path) -> None:
        info = data_info(str(path), Demand((8,)))
        assert info.vocabulary == "".join(sorted(set(NURSERY)))
        assert info.classes == len(info.vocabulary)
        assert (info.name, info.title) == (str(path), "nursery.txt")
        text = text_of(str(path), Demand((8,)))
        both = np.concatenate([text.tokens, text.held_out])
        assert decode(both.tolist(), info.vocabulary) == NURSERY

    def test_bytes_need_no_vocabulary(self, path: Path) -> None:
        demand = Demand((8,), tokens="bytes")
        assert (data_info(str(path), demand).classes, data_info(str(path), demand).vocabulary) == (
            256,
            "",
        )
        text = text_of(str(path), demand)
        assert bytes([*text.tokens, *text.held_out]).decode() == NURSERY
        assert decode([0x4A, 0xFF], "") == "J�"

    def test_a_length_that_the_model_leaves_open_is_chosen(self, path: Path) -> None:
        assert data_info(str(path), Demand((None,))).sample_shape == (64,)

    @pytest.mark.parametrize(
        ("content", "length", "said"),
        [
            (b"short", 8, "has 5 tokens, too few for windows of 8"),
            (b"", 8, "has 0 tokens, too few"),
            (b"caf\xe9" * 100, 8, "is not written in UTF-8 (byte 3); save it as UTF-8"),
            (
                "".join(map(chr, range(0x4E00, 0x7000))).encode(),
                8,
                "is made of 8,704 different characters; choose bytes",
            ),
        ],
    )
    def test_what_cannot_be_learnt_from_says_why(
        self, tmp_path: Path, content: bytes, length: int, said: str
    ) -> None:
        path = tmp_path / "text.txt"
        path.write_bytes(content)
        for read in (data_info, load_arrays):
            with pytest.raises(DataError) as refused:
                read(str(path), Demand((length,)))
            assert said in str(refused.value)
            assert str(path) in str(refused.value)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"nothing\.txt cannot be read"):
            data_info(str(tmp_path / "nothing.txt"))
