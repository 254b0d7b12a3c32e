"""Pointer events as plain values, and the runner that feeds them to a gesture.

A gesture is a generator that reads like the sentence it implements: it yields to wait for the
next event, shows previews on the way, clears them in ``finally``, and changes the document once,
at its end. Closing it cancels it.
"""

from __future__ import annotations

from collections.abc import Generator
from types import GeneratorType
from typing import Literal, NamedTuple

from PySide6.QtCore import QPoint, QPointF, Qt

PointerKind = Literal["press", "move", "release"]


class Pointer(NamedTuple):
    """One event: where in the scene and on the screen, and which keys are held."""

    kind: PointerKind
    at: QPointF
    screen: QPoint
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def is_release(self) -> bool:
        """Whether the button went up: the end of the gesture."""
        return self.kind == "release"

    def holds(self, key: Qt.KeyboardModifier) -> bool:
        """Whether a modifier key is held."""
        return bool(self.keys & key)


Gesture = Generator[None, Pointer, None]


class GestureRunner:
    """Runs at most one gesture at a time."""

    def __init__(self) -> None:
        self._gesture: Gesture | None = None
        self._last: Pointer | None = None

    @property
    def is_running(self) -> bool:
        """Whether a gesture is under way."""
        return self._gesture is not None

    @property
    def last(self) -> Pointer | None:
        """The last event that the running gesture was given."""
        return self._last if self.is_running else None

    def start(self, gesture: Gesture, press: Pointer) -> None:
        """Begin a gesture; one that was under way is cancelled."""
        self.cancel()
        self._gesture, self._last = gesture, press
        self._advance(None)

    def send(self, pointer: Pointer) -> None:
        """Give the gesture its next event."""
        self._last = pointer
        self._advance(pointer)

    def cancel(self) -> bool:
        """Abandon the gesture; whether there was one."""
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return False
        # One that is just making its change ends by itself.
        if not (isinstance(gesture, GeneratorType) and gesture.gi_running):
            gesture.close()
        return True

    def _advance(self, pointer: Pointer | None) -> None:
        gesture = self._gesture
        if gesture is None:
            return
        try:
            if pointer is None:
                next(gesture)
            else:
                gesture.send(pointer)
        except StopIteration:
            if self._gesture is gesture:
                self._gesture = None
        except BaseException:
            self._gesture = None
            raise
