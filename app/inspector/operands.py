"""The operands of a join in the inspector: what meets at a port, in which order, and what each
brings."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme
from app.canvas.painting.look import STROKES
from app.document import Document
from app.inspector.scales import through
from graphcore import edits
from graphcore.diagram import EdgeKindName, Graph, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.operands import Operand, operands_at
from graphcore.spec import ChoiceParam

_JOINING = tuple(k for k in get_args(EdgeKindName) if EDGE_KINDS[k].join != "none")
KIND = ChoiceParam(
    name="kind",
    doc="What happens where it ends: the value itself, a sum, or a concatenation.",
    default="flow",
    choices=get_args(EdgeKindName),
    titles=tuple(EDGE_KINDS[kind].word.capitalize() for kind in get_args(EdgeKindName)),
)
JOIN_KIND = ChoiceParam(
    name="kind",
    doc="What all of these connections do at the block where they meet.",
    default="skip",
    choices=_JOINING,
    titles=tuple(EDGE_KINDS[kind].word.capitalize() for kind in _JOINING),
)


class OperandList(QWidget):
    """The operands at a port, each a row that can be moved; a click on one selects its edge. Rows
    are made anew only when there are others, so that the keyboard stays where it is."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.target: PortRef | None = None
        self.rows: list[OperandRow] = []
        self.caption = QLabel("Operands, in the order in which they are joined")
        self.caption.setObjectName("family")
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.caption)
        column.addLayout(self._list)

    def tell(self, target: PortRef) -> None:
        """Show what meets at ``target`` now; nothing where there is nothing to join."""
        self.target = target
        graph = self.document.diagram.blocks[self.document.block].graph
        operands = operands_at(graph, self.document.result, target)
        if len(self.rows) != len(operands):
            self._make_rows(len(operands))
        joins = any(not operand.is_flow for operand in operands)
        for row, operand in zip(self.rows, operands, strict=True):
            chosen = operand.edge.id in self.document.selection
            row.tell(operand, chosen=chosen, is_branch=joins and operand.is_flow)
        self.setVisible(len(operands) > 1)

    def _make_rows(self, count: int) -> None:
        for row in self.rows:
            # It may be in the middle of telling the document what the user did.
            row.hide()
            row.deleteLater()
        self.rows = [OperandRow(index, count) for index in range(count)]
        for row in self.rows:
            row.moved.connect(self._move)
            row.chosen.connect(lambda edge: self.document.select([edge]))
            self._list.addWidget(row)

    def _move(self, edge: str, steps: int) -> None:
        block = self.document.block
        at = next(i for i, row in enumerate(self.rows) if row.edge == edge)
        if not self.document.apply(
            "Reorder operands", lambda d: edits.move_operand(d, block, edge, steps)
        ):
            return
        # The keyboard goes along with the operand, so that pressing again moves it on.
        if at + steps < len(self.rows):
            self.rows[at + steps].take_keyboard(steps)


class OperandRow(QWidget):
    """One operand: its place, where it comes from, what it brings and how."""

    moved = Signal(str, int)
    """The edge, and by how many places it is to move."""
    chosen = Signal(str)

    def __init__(self, index: int, count: int) -> None:
        super().__init__()
        self.edge = ""
        self.place = QLabel(str(index + 1))
        self.place.setObjectName("hint")
        self.place.setFixedWidth(14)
        self.sign = QLabel()
        self.name = OperandButton()
        self.name.clicked.connect(lambda: self.chosen.emit(self.edge))
        self.brings = QLabel()
        self.brings.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.brings.setObjectName("muted")
        self.brings.setFont(theme.mono_font(11))
        self.up = _arrow("up", "Join it earlier", lambda: self.moved.emit(self.edge, -1))
        self.down = _arrow("down", "Join it later", lambda: self.moved.emit(self.edge, 1))
        self.up.setEnabled(index > 0)
        self.down.setEnabled(index < count - 1)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.name)
        words.addWidget(self.brings)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 2)
        row.setSpacing(6)
        row.addWidget(self.place)
        row.addWidget(self.sign)
        row.addLayout(words, 1)
        row.addWidget(self.up)
        row.addWidget(self.down)

    def tell(self, operand: Operand, *, chosen: bool, is_branch: bool) -> None:
        """Show the operand that stands here now; the one that others are joined to is F(x)."""
        kind = EDGE_KINDS[operand.edge.kind]
        self.edge = operand.edge.id
        color = getattr(theme.current(), STROKES[operand.edge.kind].color)
        self.sign.setPixmap(icons.pixmap(_SIGNS[operand.edge.kind], color, 14))
        self.sign.setToolTip(kind.title)
        title = f"{operand.source} · F(x)" if is_branch else operand.source
        self.name.tell(operand.edge.label or title, chosen=chosen)
        self.name.setToolTip(_told(operand))
        self.name.setAccessibleName(f"{kind.title} from {_told(operand)}")
        self.brings.setText(_brings(operand))

    def take_keyboard(self, steps: int) -> None:
        """Put the keyboard on the arrow that moved it, or on the other where that is at its end."""
        first, second = (self.up, self.down) if steps < 0 else (self.down, self.up)
        (first if first.isEnabled() else second).setFocus(Qt.FocusReason.OtherFocusReason)


_SIGNS = {
    "flow": "wire",
    "skip": "skip",
    "dense": "dense",
    "encoder_decoder": "encoder_decoder",
}


class OperandButton(QPushButton):
    """Where an operand comes from, cut where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("words")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def tell(self, text: str, *, chosen: bool) -> None:
        """Show ``text``, underlined where its edge is selected."""
        self.setText(text)
        font = self.font()
        font.setUnderline(chosen)
        self.setFont(font)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as the style does, with as much of the words as fits."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        mode = Qt.TextElideMode.ElideMiddle
        option.text = self.fontMetrics().elidedText(self.text(), mode, self.width() - 4)
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)


def join_title(kind: str) -> str:
    """What a join of edges of ``kind`` is called."""
    return "Sum" if EDGE_KINDS[kind].join == "add" else "Concatenation"


def equation(graph: Graph, operands: tuple[Operand, ...], target: PortRef) -> str:
    """What the join computes: ``y = F(x) + shortcut(x)``, ``y = [x, crop(enc), F(x)]``."""
    scales = graph.nodes[target.node].scales.get(target.port, ())
    joining = [operand for operand in operands if not operand.is_flow]
    terms = []
    for operand in operands:
        if not operand.active or operand.caption == "absent":
            continue
        plain = "x" if len(joining) == 1 else operand.source
        if operand.is_flow:
            terms.append(through(scales, "F(x)"))
        elif EDGE_KINDS[operand.edge.kind].join == "add":
            is_plain = operand.caption in ("", "identity")
            terms.append(through(operand.edge.scales, plain if is_plain else f"shortcut({plain})"))
        else:
            aligned = operand.aligned if operand.aligned not in ("none", "pad") else ""
            terms.append(through(operand.edge.scales, f"{aligned}({plain})" if aligned else plain))
    adds = any(EDGE_KINDS[operand.edge.kind].join == "add" for operand in joining)
    if adds:
        # F first, as it is written in the papers; the sum is the same.
        terms.sort(key=lambda term: "F(x)" not in term)
        return "y = " + " + ".join(terms)
    return f"y = [{', '.join(terms)}]" if len(terms) > 1 else f"y = {''.join(terms)}"


def _told(operand: Operand) -> str:
    parts = [operand.source, operand.caption, str(operand.type) if operand.type else ""]
    return " · ".join(part for part in parts if part) + ("" if operand.active else " · off")


def _brings(operand: Operand) -> str:
    """``12 ch``, and how it is aligned; what becomes of a shortcut; "off"."""
    if not operand.active:
        return "off"
    if EDGE_KINDS[operand.edge.kind].join == "add":
        return operand.caption
    aligned = f"{operand.aligned} · " if operand.aligned != "none" else ""
    return f"{aligned}{operand.channels} ch" if operand.channels is not None else "?"


def _arrow(sign: str, tip: str, act: Callable[[], None]) -> QToolButton:
    button = QToolButton()
    button.setIcon(icons.icon(sign, theme.current().muted))
    button.setIconSize(QSize(14, 14))
    button.setStyleSheet("padding: 0")
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFixedSize(22, 24)
    button.clicked.connect(lambda: act())
    return button
