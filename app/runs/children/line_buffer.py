"""What a child has written and nobody has read yet: whole lines, and never more than there is room
for."""

from __future__ import annotations

from typing import Final

LONGEST_LINE: Final = 4_000_000
"""Bytes of a line; a child that writes more without an end does not speak the protocol."""

BACKLOG: Final = 4_000_000
"""Bytes that may wait. Of a child that writes faster than the window reads, steps are left out:
the newest says where it is, and the figures of all of them are in the step file."""

MOST: Final = 4 * BACKLOG
"""Bytes that may wait when no step is left that could be left out."""

_STEP: Final = b'{"event": "step",'


class FloodError(ValueError):
    """A child writes what cannot be read; the message says what, as half a sentence."""


class LineBuffer:
    """Bytes in, lines out."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._begin = 0
        self.dropped = 0
        """How many steps were left out."""

    def __len__(self) -> int:
        return len(self._bytes) - self._begin

    def add(self, more: bytes) -> None:
        """Keep what was written. Raises FloodError where that would be too much."""
        self._bytes += more
        if len(self) > BACKLOG:
            self._leave_out_steps()
        if len(self) > MOST:
            raise FloodError(
                f"more than {MOST:,} bytes of messages that no window can read in time"
            )

    def take(self) -> bytes | None:
        """The next whole line without its end; None where none waits. Raises FloodError where a
        line has no end."""
        end = self._bytes.find(b"\n", self._begin)
        if end < 0:
            self._shorten()
            if len(self._bytes) > LONGEST_LINE:
                raise FloodError(f"a message of more than {LONGEST_LINE:,} bytes")
            return None
        line = bytes(self._bytes[self._begin : end])
        self._begin = end + 1
        if self._begin > BACKLOG:
            self._shorten()
        return line

    def clear(self) -> None:
        """Forget all of it."""
        self._bytes.clear()
        self._begin = 0

    def _shorten(self) -> None:
        del self._bytes[: self._begin]
        self._begin = 0

    def _leave_out_steps(self) -> None:
        """Leave out every step but the last of those that wait."""
        self._shorten()
        *lines, rest = self._bytes.split(b"\n")
        steps = [index for index, line in enumerate(lines) if line.startswith(_STEP)]
        gone = set(steps[:-1])
        self.dropped += len(gone)
        kept = [line for index, line in enumerate(lines) if index not in gone]
        self._bytes = bytearray(b"\n").join([*kept, rest])
