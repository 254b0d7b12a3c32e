"""One question to a child: answered, refused, or given up."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.runs.children import answering_child
from app.runs.children.answering_child import AnsweringChild
from tests.runs.weights_answers import command

QUESTION = {"ask": "match", "weights": "a.pt", "data": "", "run_dir": "/runs/net-1"}


class Heard:
    """Collects what a child tells."""

    def __init__(self, child: AnsweringChild) -> None:
        self.answers: list[dict[str, Any]] = []
        self.reasons: list[str] = []
        self.progress: list[tuple[int, int]] = []
        child.answered.connect(self.answers.append)
        child.refused.connect(self.reasons.append)
        child.progressed.connect(lambda done, total: self.progress.append((done, total)))


def asked(qtbot: QtBot, scenario: str) -> Heard:
    child = AnsweringChild(command(scenario), "it could not be read")
    heard = Heard(child)
    child.ask(QUESTION)
    assert child.is_busy
    qtbot.waitUntil(lambda: not child.is_busy, timeout=20_000)
    return heard


def test_an_answer_after_its_progress(qtbot: QtBot) -> None:
    heard = asked(qtbot, "evaluate")
    assert heard.progress == [(128, 359)]
    assert [answer["samples"] for answer in heard.answers] == [359]
    assert heard.reasons == []


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        ("refuse", "w.pt has nothing for this network"),
        ("die", "it could not be read: Segmentation fault"),
    ],
)
def test_a_reason_where_there_is_no_answer(qtbot: QtBot, scenario: str, reason: str) -> None:
    heard = asked(qtbot, scenario)
    assert (heard.answers, heard.reasons) == ([], [reason])


def test_a_child_that_cannot_be_started(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        answering_child,
        "start_python",
        lambda process, arguments: process.start("/nowhere/python", list(arguments)),
    )
    heard = asked(qtbot, "echo")
    [reason] = heard.reasons
    assert reason.startswith("it could not be read: ")
    assert heard.answers == []


def test_only_the_last_question_is_answered(qtbot: QtBot) -> None:
    child = AnsweringChild(command("echo"), "it could not be read")
    heard = Heard(child)
    for name in ("a.pt", "b.pt"):
        child.ask({**QUESTION, "weights": name})
    qtbot.waitUntil(lambda: not child.is_busy, timeout=20_000)
    assert heard.answers == [{"sentence": "match b.pt"}]


def test_nothing_follows_what_is_given_up(qtbot: QtBot) -> None:
    child = AnsweringChild(command("hang"), "it could not be read")
    heard = Heard(child)
    child.ask(QUESTION)
    qtbot.waitUntil(lambda: heard.progress == [(1, 359)], timeout=20_000)
    child.give_up()
    assert not child.is_busy
    qtbot.wait(50)
    assert (heard.answers, heard.reasons) == ([], [])
