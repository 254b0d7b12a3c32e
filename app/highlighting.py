"""Python code in the quiet colours of the theme: weight and grey rather than a rainbow."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from app import theme

Span = tuple[int, int, str]
"""Start and length in its line, and a style."""

_STRING = {False: "#3F6650", True: "#9CC3AB"}
_NUMBER = {False: "#4C5596", True: "#A9B2EA"}


class PythonHighlighter(QSyntaxHighlighter):
    """Colours a document by spans that one pass of pygments found for the whole text."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._spans: list[list[Span]] = []
        self._styles = _styles()

    def read(self, text: str) -> None:
        """Take ``text``, which the document is about to hold."""
        self._spans = spans_of(text)

    def restyle(self) -> None:
        """Take the colours of the theme that is shown now."""
        self._styles = _styles()
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        line = self.currentBlock().blockNumber()
        for start, length, style in self._spans[line] if line < len(self._spans) else ():
            self.setFormat(start, length, self._styles[style])


def spans_of(text: str) -> list[list[Span]]:
    """The styled spans of every line of a Python text."""
    # Imported with the first code that is shown, which is after the window is.
    from pygments.lexers.python import PythonLexer
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    kinds = (
        (String, "string"),
        (Comment, "comment"),
        (Keyword, "keyword"),
        (Operator.Word, "keyword"),
        (Number, "number"),
        (Name.Class, "name"),
        (Name.Function, "name"),
        (Name.Builtin.Pseudo, "comment"),
    )
    lines: list[list[Span]] = [[]]
    column = 0
    for token, piece in PythonLexer(stripnl=False).get_tokens(text):
        style = next((style for kind, style in kinds if token in kind), "")  # type: ignore[comparison-overlap]
        for index, part in enumerate(piece.split("\n")):
            if index:
                lines.append([])
                column = 0
            if part and style:
                lines[-1].append((column, len(part), style))
            column += len(part)
    return lines


def _styles() -> Mapping[str, QTextCharFormat]:
    colors = theme.current()
    return {
        "string": _style(QColor(_STRING[colors.is_dark])),
        "comment": _style(colors.muted),
        "number": _style(QColor(_NUMBER[colors.is_dark])),
        "keyword": _style(colors.text, QFont.Weight.Bold),
        "name": _style(colors.text, QFont.Weight.Bold),
    }


def _style(color: QColor, weight: QFont.Weight = QFont.Weight.Normal) -> QTextCharFormat:
    style = QTextCharFormat()
    style.setForeground(color)
    style.setFontWeight(weight)
    return style
