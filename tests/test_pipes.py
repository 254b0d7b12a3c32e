"""The pipes between a window and its children."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from graphcore.pipes import send_line

ROOT = Path(__file__).parent.parent

CHILD = """
import itertools, os, sys
from graphcore.pipes import answer_question

def answers(asked):
    print("a stray print", flush=True)
    os.write(1, b"and one of a library\\n")
    yield from ({"done": n} for n in range(asked["to"])) if asked["to"] else (
        {"done": n} for n in itertools.count())

sys.exit(answer_question(answers))
"""


def start() -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", CHILD], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe
    )


def test_only_answers_come_on_stdout() -> None:
    with start() as child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        child.stdin.write(b'{"to": 2}\n')
        child.stdin.flush()
        assert [json.loads(line) for line in child.stdout] == [{"done": 0}, {"done": 1}]
        assert child.wait(timeout=20) == 0
        assert child.stderr.read() == b"a stray print\nand one of a library\n"


@pytest.mark.parametrize("asked", [b"", b'{"to": 0}\n'], ids=["no question", "an endless answer"])
def test_a_child_ends_with_its_stdin(asked: bytes) -> None:
    with start() as child:
        child.communicate(asked, timeout=20)
        assert child.returncode == 1


@pytest.fixture
def pipe() -> tuple[BinaryIO, BinaryIO]:
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb", buffering=0)


def test_a_message_is_a_line(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    reading, writing = pipe
    with reading, writing:
        send_line(writing, {"text": "two\nlines"})
        assert json.loads(reading.readline()) == {"text": "two\nlines"}


def test_a_message_that_is_no_json_is_not_written(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    reading, writing = pipe
    with reading, writing:
        with pytest.raises(ValueError, match="not JSON compliant"):
            send_line(writing, {"loss": math.nan})
        writing.close()
        assert reading.read() == b""


def test_nobody_reads_it(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    reading, writing = pipe
    reading.close()
    with writing, pytest.raises(BrokenPipeError):
        send_line(writing, {})
