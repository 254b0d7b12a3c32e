"""What the engine found out, in words for the summary panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from app.document import Document
from app.engine_client import EngineClient

MOST_TOLD = 2


class EngineAnswers(QObject):
    """Asks for the memory of the document's diagram and whether torch agrees with the analysis;
    ``tell(text)`` is given each answer."""

    def __init__(
        self, document: Document, client: EngineClient, tell: Callable[[str], None]
    ) -> None:
        super().__init__(client)
        self._document = document
        self._client = client
        self._tell = tell
        self._memory = ""

    def ask(self) -> None:
        """Find out about the diagram as it is now."""
        diagram = self._document.diagram

        def told(text: str) -> None:
            if self._document.diagram is diagram:
                self._tell(text)

        def on_summary(result: dict[str, Any]) -> None:
            self._memory = f"activations {size(result['activations_bytes'])} a sample"
            told(f"{self._memory} · asking torch …")

        def on_check(result: dict[str, Any]) -> None:
            told(" · ".join(filter(None, (self._memory, verdict(result)))))

        self._memory = ""
        told("asking torch …")
        self._client.ask("summary", diagram, on_summary, told)
        self._client.ask("check", diagram, on_check, told)


def verdict(result: dict[str, Any]) -> str:
    """Whether torch builds what the analysis said."""
    found = result["disagreements"]
    if not found:
        return "torch agrees with every shape"
    told = [f"{one['module']}: {one['expected']} here, {one['found']} in torch" for one in found]
    more = f" and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return f"torch disagrees: {'; '.join(told[:MOST_TOLD])}{more}"


def size(count: int) -> str:
    """A number of bytes: ``1.2 MB``."""
    for power, sign in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= power:
            return f"{count / power:.1f} {sign}"
    return f"{count} B"
