from __future__ import annotations

import threading

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
