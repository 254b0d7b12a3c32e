"""Text for language models: windows of tokens, each with the tokens one further on to predict.

A token is a character or a byte. The last tenth of a text is held out.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from graphcore.training.data.arrays import DataError, DataInfo, Dataset, Demand, FileKind, Text

WINDOW = 64
"""Tokens in a window where the model does not tell."""

HELD_OUT = 0.1
"""The share of a text, its end, that is held out."""

MOST_CHARACTERS = 4096
"""A text of more different characters is better taken as bytes."""

TOPICS_VOCABULARY = "\n" + "".join(map(chr, range(32, 127)))
"""What ``topics`` is made of: the same 96 characters with every version of Python."""

_PLAIN = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "…": "..."})

BYTES = 256


def windows(tokens: int, length: int) -> int:
    """How many windows an epoch has: side by side, with room to begin up to ``length - 1`` further
    on and for the target of the last."""
    return tokens // length - 1


def held_out_windows(tokens: int, length: int) -> int:
    """How many windows side by side there are, with a target for each token."""
    return (tokens - 1) // length


def decode(tokens: list[int], vocabulary: str) -> str:
    """The text of tokens, for a preview; bytes that are no text are shown as ``�``."""
    if vocabulary:
        return "".join(vocabulary[token] for token in tokens)
    return bytes(tokens).decode("utf-8", "replace")


@cache
def _topics() -> str:
    from pydoc_data import topics

    plain = "\n\n".join(topics.topics.values()).translate(_PLAIN)
    return "".join(sign if sign in TOPICS_VOCABULARY else "?" for sign in plain)


def _topics_info(demand: Demand) -> DataInfo:
    text, vocabulary = _encoded(_topics(), demand, "topics", TOPICS_VOCABULARY)
    return _info_of(text, vocabulary, "topics", "Python's help texts")


def _topics_text(demand: Demand) -> Text:
    return _encoded(_topics(), demand, "topics", TOPICS_VOCABULARY)[0]


def _file_info(path: Path, demand: Demand) -> DataInfo:
    text, vocabulary = _encoded(_read(path), demand, f"the text {path}")
    return _info_of(text, vocabulary, str(path), path.name)


def _file_text(path: Path, demand: Demand) -> Text:
    return _encoded(_read(path), demand, f"the text {path}")[0]


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"the text {path} is not written in UTF-8 (byte {error.start}); save it as UTF-8"
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"the text {path} cannot be read ({reason}); check the path") from error


def _encoded(text: str, demand: Demand, name: str, vocabulary: str = "") -> tuple[Text, str]:
    """The text as tokens, cut and its length checked, and what they stand for ("": bytes)."""
    if demand.tokens == "bytes":
        tokens = np.frombuffer(text.encode(), dtype=np.uint8).astype(np.int64)
        vocabulary = ""
    else:
        points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        known = np.unique(points)
        if vocabulary:
            known = np.sort(np.frombuffer(vocabulary.encode("utf-32-le"), dtype=np.uint32))
        if len(known) > MOST_CHARACTERS:
            raise DataError(
                f"{name} is made of {len(known):,} different characters; choose bytes as its tokens"
            )
        tokens = np.searchsorted(known, points)
        vocabulary = "".join(map(chr, known))
    length = (demand.shape[0] if len(demand.shape) == 1 else None) or WINDOW
    cut = len(tokens) - round(len(tokens) * HELD_OUT)
    parts = Text(tokens[:cut], tokens[cut:], length)
    if windows(cut, length) < 1 or held_out_windows(len(parts.held_out), length) < 1:
        raise DataError(
            f"{name} has {len(tokens):,} tokens, too few for windows of {length} with a tenth held "
            "out; take a longer text or a shorter input"
        )
    return parts, vocabulary


def _info_of(text: Text, vocabulary: str, name: str, title: str) -> DataInfo:
    return DataInfo(
        name=name,
        title=title,
        sample_shape=(text.length,),
        target_shape=(text.length,),
        classes=len(vocabulary) or BYTES,
        train=windows(len(text.tokens), text.length),
        held_out=held_out_windows(len(text.held_out), text.length),
        whole=True,
        classes_last=True,
        vocabulary=vocabulary,
    )


TOPICS = Dataset(
    "Python's help texts",
    "The help texts that come with Python (pydoc_data.topics, 470,000 characters of 96 kinds), in "
    "windows as long as the model's input; the last tenth is held out.",
    _topics_info,
    _topics_text,
)

TEXT_SUFFIXES = (".txt", ".md", ".rst", ".py", ".tex", ".html", ".xml", ".json", ".log", ".c", ".h")

TEXT = FileKind("Texts", TEXT_SUFFIXES, _file_info, _file_text)
