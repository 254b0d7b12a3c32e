"""The scales of a branch or a shortcut, in the inspector: what acts before the sum, in order."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme
from app.canvas.gestures.add_popup import AddPopup
from app.canvas.gestures.scale_offers import scale_offers
from app.canvas.gestures.scaling import add_scale, scale_places, scaled_type
from app.document import Document
from app.form import Form
from app.page_parts import Elided, NameLine, connect_form, names_of, paragraph
from graphcore import edits
from graphcore.diagram import Diagram, Scale, Scales
from graphcore.edits.scales import ScalePlace, joins_at, scales_at
from graphcore.layers import LAYERS
from graphcore.spec import ParamValue
from graphcore.wording import literal_args


class ScaleList(QWidget):
    """Every place of a node or an edge where scales stand or can stand. Rows are made anew only
    when there are others, so that what is being typed stays."""

    def __init__(self, document: Document, item: str) -> None:
        super().__init__()
        self.document = document
        self.item = item
        self.sections: dict[ScalePlace, ScaleSection] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)

    def refresh(self) -> None:
        """Show the scales as they are now."""
        places = scale_places(self.document, self.item)
        for gone in self.sections.keys() - set(places):
            self.sections.pop(gone).deleteLater()
        for place in places:
            if place not in self.sections:
                self.sections[place] = ScaleSection(self.document, place)
                self._column.addWidget(self.sections[place])
            self.sections[place].refresh(alone=len(places) == 1)
        self.setVisible(bool(places))

    def row(self, label: str) -> ScaleRow | None:
        """The row of the scale called ``label``."""
        rows = (section.rows.get(label) for section in self.sections.values())
        return next((row for row in rows if row is not None), None)


class ScaleSection(QWidget):
    """The scales at one place, and a button that adds one."""

    def __init__(self, document: Document, place: ScalePlace) -> None:
        super().__init__()
        self.document = document
        self.place = place
        self.rows: dict[str, ScaleRow] = {}
        self.caption = QLabel()
        self.caption.setObjectName("family")
        self.hint = paragraph("hint")
        self.add = QPushButton()
        self.add.setObjectName("link")
        self.add.clicked.connect(self._ask)
        self._popup: AddPopup | None = None
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.caption)
        column.addWidget(self.hint)
        column.addLayout(self._list)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)

    def refresh(self, *, alone: bool) -> None:
        """Show the scales as they are now; with other sections beside it, say which input it is."""
        graph = self.document.diagram.blocks[self.document.block].graph
        chain = scales_at(graph, self.place)
        what = "Branch" if self.place.port else "Shortcut"
        self.caption.setText(what if alone else f"{what} at {self.place.port}")
        self.add.setText(f"Scale the {what.lower()}…")
        self.add.setToolTip(
            "A gain (ReZero, LayerScale), stochastic depth, squeeze-and-excitation, or any layer "
            "that keeps the type"
        )
        signature = [(scale.label, scale.kind) for scale in chain]
        if signature != [(label, row.kind) for label, row in self.rows.items()]:
            self._make_rows(chain)
        for index, scale in enumerate(chain):
            self.rows[scale.label].tell(scale, index, len(chain))
        idle = self.place.port and self.place.port not in joins_at(graph, self.place.item)
        self.add.setHidden(bool(idle))
        self.hint.setText("Nothing is joined here, so these do nothing." if idle else "")
        self.hint.setVisible(bool(idle))

    def _make_rows(self, chain: tuple[Scale, ...]) -> None:
        for row in self.rows.values():
            # It may be in the middle of telling the document what the user did.
            row.hide()
            row.deleteLater()
        self.rows = {scale.label: ScaleRow(self.document, scale) for scale in chain}
        for row in self.rows.values():
            self._list.addWidget(row)

    def _ask(self) -> None:
        """Open the search for what can scale here."""
        offers = {o.title: o for o in scale_offers(scaled_type(self.document, self.place))}
        if self._popup is None:
            self._popup = AddPopup(self.window())
        corner = self.add.mapTo(self.window(), QPoint(0, self.add.height() + 2))
        self._popup.ask(
            corner,
            [offer.as_offer() for offer in offers.values()],
            "Search what scales",
            lambda title: self._take(add_scale(self.document, self.place, offers[title])),
        )

    def _take(self, label: str) -> None:
        row = self.rows.get(label)
        if row is not None:
            row.point_out()

    @property
    def popup(self) -> AddPopup | None:
        """The search, once it was asked for."""
        return self._popup


class ScaleRow(QWidget):
    """One scale: what it is, its name in the code, its place among the others, its parameters."""

    def __init__(self, document: Document, scale: Scale) -> None:
        super().__init__()
        self.document = document
        self.label, self.kind = scale.label, scale.kind
        spec = LAYERS[scale.kind]
        self.title = Elided("card_title")
        self.name = NameLine("Label", "The attribute's name in the code")
        self.name.tell(scale.label)
        self.name.renamed.connect(self._rename)
        self.up = self._button("up", "Let it act earlier", self._move_up)
        self.down = self._button("down", "Let it act later", self._move_down)
        self.remove = self._button("close", "Remove this scale", self._remove)
        self.form = Form(spec.params, scale.params)
        connect_form(document, self.form, self._set_param, ("scale", document.block, scale.label))
        self.index = 0
        self._lay()

    def _lay(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        for button in (self.up, self.down, self.remove):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.name)
        column.addWidget(self.form)

    def tell(self, scale: Scale, index: int, count: int) -> None:
        """Show the scale as it is now, the ``index``-th of ``count``."""
        self.index = index
        spec, result = LAYERS[self.kind], self.document.result
        title = spec.title(literal_args(spec.params, scale.params)) if spec.title else spec.kind
        self.title.tell(title)
        self.title.setToolTip(spec.doc)
        self.form.set_values(dict(scale.params))
        self.form.set_names(names_of(result.args if result is not None else None))
        self.up.setEnabled(index > 0)
        self.down.setEnabled(index < count - 1)
        for button in (self.up, self.down):
            button.setVisible(count > 1)

    def point_out(self) -> None:
        """Bring it into view and put the keyboard on its first parameter."""
        first = next(iter(self.form.rows.values()), None)
        (first.field if first is not None else self.name.line).setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    def _button(self, sign: str, tip: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setIcon(icons.icon(sign, theme.current().muted))
        button.setIconSize(QSize(14, 14))
        button.setStyleSheet("padding: 0")
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        button.setFixedSize(22, 24)
        button.clicked.connect(act)
        return button

    def _set_param(self, diagram: Diagram, name: str, value: ParamValue) -> Diagram:
        return edits.set_scale_param(diagram, self.document.block, self.label, name, value)

    def _move_up(self) -> None:
        self._move(self.index - 1)

    def _move_down(self) -> None:
        self._move(self.index + 1)

    def _move(self, to: int) -> None:
        block, label = self.document.block, self.label
        self.document.apply("Move the scale", lambda d: edits.move_scale(d, block, label, to))

    def _remove(self) -> None:
        block, label = self.document.block, self.label
        self.document.apply("Remove the scale", lambda d: edits.remove_scale(d, block, label))

    def _rename(self, name: str) -> None:
        block, label = self.document.block, self.label
        self.document.apply("Rename the scale", lambda d: edits.rename_scale(d, block, label, name))


def through(scales: Scales, value: str) -> str:
    """``value`` as it leaves the scales: ``drop_path(se(F(x)))``."""
    return reduce(lambda inner, scale: f"{scale.label}({inner})", scales, value)
