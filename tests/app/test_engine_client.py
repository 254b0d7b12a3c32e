"""The engine: asked, answered, killed and started again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.engine_answers import EngineAnswers, size, verdict
from app.engine_client import EngineClient
from graphcore import edits, gallery

FAKE = """
import json, sys
ANSWER = {"activations_bytes": 1, "disagreements": []} if "full" in sys.argv else {}
print(json.dumps({"event": "ready"}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if asked["verb"] == "die":
        sys.exit(3)
    print("not a message")
    print(json.dumps({"id": asked["id"], "ok": asked["verb"] != "refuse",
                      "result": {"verb": asked["verb"], **ANSWER}, "error": "no"}), flush=True)
"""


@pytest.fixture
def client(qtbot: QtBot) -> Iterator[EngineClient]:
    client = EngineClient(command=("-c", FAKE))
    yield client
    client.close()


class Asked:
    """Collects what comes back."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.refusals: list[str] = []

    def ask(self, client: EngineClient, verb: str) -> None:
        diagram = gallery.build("mlp-digits")
        client.ask(verb, diagram, self.answers.append, self.refusals.append)


def test_a_question_is_answered(client: EngineClient, qtbot: QtBot) -> None:
    asked = Asked()
    asked.ask(client, "summary")
    asked.ask(client, "check")
    qtbot.waitUntil(lambda: len(asked.answers) == 2, timeout=10_000)
    assert [answer["verb"] for answer in asked.answers] == ["summary", "check"]


def test_a_refusal_is_told(client: EngineClient, qtbot: QtBot) -> None:
    asked = Asked()
    asked.ask(client, "refuse")
    qtbot.waitUntil(lambda: asked.refusals == ["no"], timeout=10_000)


def test_a_newer_question_takes_the_place_of_one_that_waits(
    client: EngineClient, qtbot: QtBot
) -> None:
    asked = Asked()
    for _ in range(5):
        asked.ask(client, "summary")
    asked.ask(client, "check")
    qtbot.waitUntil(lambda: {"verb": "check"} in asked.answers, timeout=10_000)
    assert asked.answers == [{"verb": "summary"}, {"verb": "check"}]


def test_a_child_that_dies_is_told_and_another_answers(client: EngineClient, qtbot: QtBot) -> None:
    asked = Asked()
    asked.ask(client, "die")
    qtbot.waitUntil(lambda: len(asked.refusals) == 1, timeout=10_000)
    assert "ended with status 3" in asked.refusals[0]
    asked.ask(client, "summary")
    qtbot.waitUntil(lambda: asked.answers == [{"verb": "summary"}], timeout=10_000)


def test_a_child_that_is_killed_while_it_waits_is_started_again(
    client: EngineClient, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(client.available, timeout=10_000):
        client.warm()
    with qtbot.waitSignal(client.available, timeout=10_000) as told:
        os.kill(client.process_id, signal.SIGKILL)
    assert told.args == [False]
    asked = Asked()
    asked.ask(client, "summary")
    qtbot.waitUntil(lambda: asked.answers == [{"verb": "summary"}], timeout=10_000)


def test_a_program_that_is_not_there_is_told(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    client, asked = EngineClient(), Asked()
    asked.ask(client, "summary")
    qtbot.waitUntil(lambda: len(asked.refusals) == 1, timeout=10_000)
    assert "could not be started" in asked.refusals[0]


def test_closing_leaves_no_child(client: EngineClient, qtbot: QtBot) -> None:
    with qtbot.waitSignal(client.available, timeout=10_000):
        client.warm()
    pid = client.process_id
    client.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_real_engine_agrees_with_the_analysis(qtbot: QtBot, document: Document) -> None:
    client, told = EngineClient(), list[str]()
    answers = EngineAnswers(document, client, told.append)
    answers.ask()
    qtbot.waitUntil(lambda: told[-1].endswith("torch agrees with every shape"), timeout=170_000)
    assert "activations" in told[-1]
    client.close()


def test_an_answer_about_an_older_diagram_is_not_told(qtbot: QtBot, document: Document) -> None:
    client, told, asked = EngineClient(command=("-c", FAKE, "full")), list[str](), Asked()
    answers = EngineAnswers(document, client, told.append)
    answers.ask()
    document.apply("Set width", lambda d: edits.set_block_param(d, d.main, "width", 24))
    asked.ask(client, "the last")
    qtbot.waitUntil(lambda: len(asked.answers) == 1, timeout=10_000)
    assert told == ["asking torch …"]
    client.close()


def test_disagreements_are_told_by_name() -> None:
    one = {"module": "stem", "expected": "N×16×8×8", "found": "(4, 8, 8, 8)"}
    result = {"agrees": False, "disagreements": [one, one, one]}
    told = verdict(result)
    assert "stem: N×16×8×8 here, (4, 8, 8, 8) in torch" in told
    assert told.endswith("and 1 more")


@pytest.mark.parametrize(
    ("count", "told"), [(12, "12 B"), (1_500, "1.5 kB"), (2_600_000, "2.6 MB"), (3e9, "3.0 GB")]
)
def test_bytes_are_told_in_two_figures(count: int, told: str) -> None:
    assert size(count) == told
