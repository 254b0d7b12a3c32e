"""A failure in plain words above the plots; the window goes on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.icons import icon, pixmap
from graphcore.diagram import Definition
from graphcore.training.events import Failed

GO_ON = "Go on with the run from its last checkpoint"
BEGIN_ANEW = "Begin the run anew, with its recipe and seed: it had not come to its first checkpoint"


class FailureBanner(QFrame):
    """What went wrong, with *Resume* where that may help, *Show block* where there is one and
    *Details* for experts.

    ``show_block(Instance | None, Definition | None)`` asks for the block to be shown,
    ``resume_asked()`` for the run to go on.
    """

    show_block = Signal(object, object)
    resume_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._failed: Failed | None = None
        self.is_refusal = False
        """Whether it tells what kept a run from beginning."""
        self._sign = QLabel()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.resume_button = QPushButton("Resume")
        self.resume_button.clicked.connect(self.resume_asked)
        self.resume_button.hide()
        self.block_button = QPushButton("Show block")
        self.block_button.clicked.connect(self._ask_for_block)
        self.details_button = QPushButton("Details")
        self.details_button.setCheckable(True)
        self.close_button = QToolButton()
        self.close_button.setObjectName("small")
        self.close_button.setAccessibleName("Dismiss")
        self.close_button.setToolTip("Dismiss")
        self.close_button.clicked.connect(self.dismiss)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setFont(theme.mono_font(11))
        self.details.setFixedHeight(140)
        self.details.hide()
        self.details_button.toggled.connect(self.details.setVisible)
        self._arrange()
        theme.signals.changed.connect(self._dress)
        self._dress()
        self.hide()

    def tell(self, failed: Failed, title: str = "") -> None:
        """Show a failure; ``title`` names the run where there are several."""
        self._failed = failed
        self.is_refusal = False
        text = failed.message[:1].upper() + failed.message[1:]
        self.message.setText(f"{title}: {text}" if title else text)
        self.block_button.setVisible(_has_block(failed.definition) or bool(failed.instance))
        self.details.setPlainText(failed.trace)
        self.details_button.setVisible(bool(failed.trace))
        self.details_button.setChecked(False)
        self.show()

    def offer_resume(self, possible: bool, *, anew: bool = False) -> None:
        """Show *Resume*, or not; ``anew`` where it means from the beginning."""
        self.resume_button.setVisible(possible)
        self.resume_button.setToolTip(BEGIN_ANEW if anew else GO_ON)

    def dismiss(self) -> None:
        """Show nothing any more."""
        self._failed = None
        self.details_button.setChecked(False)
        self.hide()

    def forget_refusal(self) -> None:
        """What kept a run from beginning may be mended; the next try says what still does."""
        if self.is_refusal:
            self.is_refusal = False
            self.dismiss()

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.message, 1)
        for button in (
            self.resume_button,
            self.block_button,
            self.details_button,
            self.close_button,
        ):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 12, 10)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.details)

    def _dress(self) -> None:
        colors = theme.current()
        self._sign.setPixmap(pixmap("error", colors.error))
        self.close_button.setIcon(icon("close", colors.muted))
        self.setStyleSheet(
            f"#banner {{ background: {colors.field.name()}; border: none; "
            f"border-left: 3px solid {colors.error.name()}; }}"
        )

    def _ask_for_block(self) -> None:
        if self._failed is not None:
            self.show_block.emit(self._failed.instance, self._failed.definition)


def _has_block(definition: Definition | None) -> bool:
    return definition is not None and bool(definition.item)
