"""What a child has written and nobody has read yet."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.runs.children import line_buffer
from app.runs.children.line_buffer import FloodError, LineBuffer
from graphcore.training.events import StepDone, to_json


def step(number: int) -> bytes:
    return json.dumps(to_json(StepDone(number, 0, 1.0, None, 0.1, 1.0, 1.0))).encode() + b"\n"


def all_of(buffer: LineBuffer) -> list[bytes]:
    lines = []
    while (line := buffer.take()) is not None:
        lines.append(line)
    return lines


@given(st.lists(st.binary(max_size=20)), st.lists(st.integers(1, 9)))
def test_lines_come_out_whole_however_they_come_in(pieces: list[bytes], sizes: list[int]) -> None:
    text = b"\n".join(pieces)
    buffer, lines, at = LineBuffer(), [], 0
    for size in [*sizes, len(text)]:
        buffer.add(text[at : at + size])
        at += size
        lines += all_of(buffer)
    assert lines == text.split(b"\n")[:-1]
    assert len(buffer) == len(text.split(b"\n")[-1])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> LineBuffer:
    """A buffer that is soon full."""
    for name, size in (("BACKLOG", 1000), ("MOST", 4000), ("LONGEST_LINE", 500)):
        monkeypatch.setattr(line_buffer, name, size)
    return LineBuffer()


def test_of_too_many_steps_the_last_stays_and_all_else(small: LineBuffer) -> None:
    small.add(b'{"event": "started"}\n')
    for number in range(1, 101):
        small.add(step(number))
        assert len(small) <= 1000
    small.add(b'{"event": "finished"}\n')
    lines = [json.loads(line) for line in all_of(small)]
    assert lines[0] == {"event": "started"}
    assert lines[-1] == {"event": "finished"}
    assert lines[-2]["step"] == 100
    assert small.dropped == 100 - (len(lines) - 2)


def test_what_has_no_end_is_refused(small: LineBuffer) -> None:
    small.add(b"first\n" + b"x" * 600)
    assert small.take() == b"first"
    with pytest.raises(FloodError, match="a message of more than 500 bytes"):
        small.take()


def test_what_nobody_can_read_is_refused(small: LineBuffer) -> None:
    with pytest.raises(FloodError, match="more than 4,000 bytes of messages"):
        small.add(b"garbage\n" * 600)
    small.clear()
    assert (len(small), small.take()) == (0, None)
