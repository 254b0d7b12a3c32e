from __future__ import annotations

import threading

from graphcore.diagram import Step
from graphcore.training.control import Control


def test_a_stop_ends_a_pause_for_good() -> None:
    control = Control()
    control.pause()
    assert control.is_paused
    threading.Timer(0.05, control.stop).start()
    control.wait_while_paused()
    assert control.is_stopped
    control.pause()
    assert not control.is_paused


def test_a_resume_ends_a_pause() -> None:
    control = Control()
    control.pause()
    threading.Timer(0.05, control.resume).start()
    control.wait_while_paused()
    assert not control.is_paused
    assert not control.is_stopped


def test_a_question_is_heard_in_a_pause_and_answered_once() -> None:
    control = Control()
    assert control.asked() is None
    control.pause()
    threading.Timer(0.05, lambda: control.ask((Step("stem", 0),))).start()
    control.wait_while_paused()
    assert control.is_paused
    assert control.asked() == (Step("stem", 0),)
    assert control.asked() is None
