"""Letting other rules of the stylesheet hold for a widget that is already shown."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def restyle(widget: QWidget, name: str) -> None:
    """Let the rules for ``#name`` hold for a widget."""
    if widget.objectName() != name:
        widget.setObjectName(name)
        _polish(widget)


def mark(widget: QWidget, quality: str, holds: bool) -> None:
    """Let the rules for ``[quality="true"]`` hold for a widget, or no longer."""
    if widget.property(quality) != holds:
        widget.setProperty(quality, holds)
        _polish(widget)


def _polish(widget: QWidget) -> None:
    widget.style().unpolish(widget)
    widget.style().polish(widget)
