"""The pieces that the inspector's pages are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme
from app.document import Document
from app.form import Form
from graphcore import edits
from graphcore.diagnostics import Diagnostic, Fix
from graphcore.diagram import Definition, Diagram, name_problem
from graphcore.expression import Value
from graphcore.spec import ParamValue, Resolved
from graphcore.tensor_type import TensorType


class Page(QWidget):
    """What the inspector shows of one thing; :meth:`refresh` brings it up to date."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("page")
        self.document = document
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(18, 16, 18, 16)
        self.column.setSpacing(8)

    def refresh(self) -> None:
        """Show the document as it is now."""
        raise NotImplementedError

    def add(self, *widgets: QWidget) -> None:
        """Put widgets below what is there; buttons keep their own width."""
        for widget in widgets:
            if isinstance(widget, QPushButton):
                self.column.addWidget(widget, 0, Qt.AlignmentFlag.AlignLeft)
            else:
                self.column.addWidget(widget)

    def close_column(self) -> None:
        """Push what was added to the top."""
        self.column.addStretch(1)


class Heading(QWidget):
    """A title and a quieter line below it; both elide in the middle and tell all on hover."""

    def __init__(self) -> None:
        super().__init__()
        self.title = Elided("title")
        self.subtitle = Elided("muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.subtitle)

    def tell(self, title: str, subtitle: str) -> None:
        """Show the two lines."""
        self.title.tell(title)
        self.subtitle.tell(subtitle)


class Elided(QLabel):
    """A line of text that is cut in the middle where there is no room for it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._text = ""

    def tell(self, text: str) -> None:
        """Show ``text``."""
        self._text = text
        self.setToolTip(text)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        self.ensurePolished()
        room = max(self.width(), 40)
        mode = Qt.TextElideMode.ElideMiddle
        self.setText(self.fontMetrics().elidedText(self._text, mode, room))


def paragraph(name: str = "muted") -> QLabel:
    """A label for running text."""
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label


def hairline() -> QFrame:
    """A horizontal line of one pixel."""
    line = QFrame()
    line.setObjectName("hairline")
    line.setFixedHeight(1)
    return line


class Card(QLabel):
    """Shapes and equations, in the face of code, on a quiet ground."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFont(theme.mono_font(12))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)

    def tell(self, lines: list[tuple[str, str]], headline: str = "") -> None:
        """A bold line, then pairs of what and its shape."""
        muted = theme.current().muted.name()
        rows = "".join(
            f"<tr><td style='color:{muted}; padding-right:10px'>{name}</td><td>{shape}</td></tr>"
            for name, shape in lines
        )
        first = f"<div style='margin-bottom:5px'>{headline}</div>" if headline else ""
        self.setText(f"{first}<table cellspacing='0' cellpadding='1'>{rows}</table>")


def spaced(type: TensorType | None) -> str:
    """A type with room between its dims: ``N × 16 × 8 × 8``."""
    return "not known yet" if type is None else str(type).replace("×", " × ")


class NameLine(QWidget):
    """A name that can be changed; ``renamed(name)`` carries legal names only, and "" where it is
    ``optional``."""

    renamed = Signal(str)

    def __init__(self, title: str, tip: str, *, optional: bool = False) -> None:
        super().__init__()
        self._optional = optional
        self._label = QLabel(title)
        self._label.setObjectName("muted")
        self._label.setFixedWidth(92)
        self.line = QLineEdit()
        self.line.setFont(theme.mono_font(12))
        self.line.setAccessibleName(title)
        self.line.setToolTip(tip)
        self._label.setBuddy(self.line)
        self._name = ""
        self._hint = paragraph("wrong")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._label)
        row.addWidget(self.line, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._hint)
        self._hint.hide()
        self.line.textEdited.connect(self._judge)
        self.line.editingFinished.connect(self._commit)

    def leave_room(self) -> None:
        """Give the field the room that a short title leaves, where buttons stand beside it."""
        self._label.setFixedWidth(44)

    def tell(self, name: str) -> None:
        """Show ``name`` unless another is being typed."""
        if name != self._name:
            self._name = name
            self.line.setText(name)
            # A long name is read from its beginning.
            self.line.setCursorPosition(0)
            self._hint.hide()

    def _problem(self, name: str) -> str | None:
        return None if self._optional and not name else name_problem(name)

    def _judge(self, text: str) -> None:
        problem = self._problem(text.strip())
        self._hint.setText(problem or "")
        self._hint.setVisible(problem is not None)

    def _commit(self) -> None:
        name = self.line.text().strip()
        if name == self._name:
            return
        if self._problem(name):
            self.line.setText(self._name)
            self._hint.hide()
            return
        self.renamed.emit(name)
        # Where the document refused, the old name stands.
        self.line.setText(self._name)


class ProblemList(QWidget):
    """The problems of what is shown, each with its fixes as buttons."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._shown: tuple[Diagnostic, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def tell(self, problems: tuple[Diagnostic, ...]) -> None:
        """Show ``problems``."""
        self.setVisible(bool(problems))
        if problems == self._shown:
            return
        self._shown = problems
        while (item := self._column.takeAt(0)) is not None:
            if widget := item.widget():
                widget.deleteLater()
        for problem in problems:
            self._column.addWidget(self._row(problem))

    def _row(self, problem: Diagnostic) -> QWidget:
        holder = QWidget()
        colors = theme.current()
        sign = QLabel()
        color = colors.error if problem.severity == "error" else colors.warning
        sign.setPixmap(icons.pixmap(problem.severity, color, 14))
        sign.setAccessibleName(problem.severity)
        sign.setAlignment(Qt.AlignmentFlag.AlignTop)
        words = paragraph("")
        words.setText(told(problem))
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(words)
        for fix in problem.fixes:
            column.addLayout(_to_the_left(fix_button(self._document, fix)))
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(sign)
        row.addLayout(column, 1)
        return holder


def told(problem: Diagnostic) -> str:
    """The message of a problem, with the copies it is about."""
    copies = ", ".join(map(str, problem.copies))
    return problem.message + (f" (in copies {copies})" if copies else "")


def fix_button(document: Document, fix: Fix) -> QPushButton:
    """A button that mends a problem in one step."""
    button = ElidedButton(fix.title, "Mends it; one step that Ctrl+Z takes back")
    button.clicked.connect(lambda: document.apply(fix.title, fix.edit))
    return button


class ElidedButton(QPushButton):
    """A button whose words are cut at their end where there is no room for them."""

    def __init__(self, text: str, tip: str) -> None:
        super().__init__(text)
        self.setToolTip(f"{text}\n{tip}")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """It may be cut."""
        return QSize(64, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as the style does, with as much of the words as fits."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.width() - 26
        option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)


def _to_the_left(button: QPushButton) -> QHBoxLayout:
    """A row in which the button keeps its width, as long as there is room for it."""
    row = QHBoxLayout()
    row.addWidget(button)
    row.addStretch(1)
    return row


class SharedNote(QWidget):
    """Says how many copies an edit in the shown block changes, and offers to part them."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._words = paragraph()
        self._part = QPushButton("Make unique")
        self._part.setObjectName("link")
        self._part.setToolTip(
            "Give this place a definition of its own; the others stay as they are"
        )
        self._part.clicked.connect(self._make_unique)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._words)
        column.addWidget(self._part, 0, Qt.AlignmentFlag.AlignLeft)

    def tell(self) -> None:
        """Count where the block that is shown runs."""
        document = self._document
        copies = len(document.analysis.instances_of(document.block))
        places = places_of(document.diagram, document.block)
        self.setVisible(copies > 1)
        where = f"{places} places" if places > 1 else "1 place"
        self._words.setText(f"Shared block: a change here changes {copies} copies in {where}.")
        self._part.setVisible(places > 1 and bool(document.instance))

    def _make_unique(self) -> None:
        document = self._document
        instance = document.instance
        if not instance:
            return
        around = document.analysis.at(instance[:-1])
        block = around.block if around is not None else document.diagram.main
        document.apply("Make unique", lambda d: edits.make_unique(d, block, instance[-1].node)[0])


def places_of(diagram: Diagram, block: str) -> int:
    """The number of nodes, in all blocks, that are instances of ``block``."""
    nodes = (node for inside in diagram.blocks.values() for node in inside.graph.nodes.values())
    return sum(node.kind == block for node in nodes)


def problems_at(document: Document, item: str) -> tuple[Diagnostic, ...]:
    """The problems of an item of the block that is shown."""
    here = Definition(document.block, item)
    return tuple(problem for problem in document.analysis.diagnostics if problem.at == here)


def by_param(problems: tuple[Diagnostic, ...]) -> dict[str, str]:
    """The message of each parameter that has a problem."""
    return {problem.param: problem.message for problem in problems if problem.param}


def names_of(args: Mapping[str, Resolved] | None) -> dict[str, Value] | None:
    """The values that expressions may refer to; None where nothing is known."""
    if args is None:
        return None
    return {name: value for name, value in args.items() if not isinstance(value, tuple)}


def connect_form(
    document: Document,
    form: Form,
    edit: Callable[[Diagram, str, ParamValue], Diagram],
    key: object,
) -> None:
    """Let what is edited in ``form`` change the diagram, a gesture being one step."""

    def change(name: str, value: ParamValue) -> None:
        title = f"Set {name.replace('_', ' ')}"
        document.apply(title, lambda d: edit(d, name, value), merge_key=(key, name))

    form.edited.connect(change)
    form.finished.connect(lambda _: document.seal())
