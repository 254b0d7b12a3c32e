"""The training recipe as a form: every change is an undo step of the document."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.disclosure import Disclosure
from app.document import Document
from app.fields import Field
from app.form import Form, Row
from app.runs.setup.data_chooser import DataChooser
from app.runs.setup.recipe_advice import DEFAULTS, notes_on, refusals_of, suggested
from app.runs.setup.weights_chooser import WeightsChooser
from graphcore import edits
from graphcore.diagram import Diagram
from graphcore.spec import ParamValue, Refused
from graphcore.training.data.adapt import adapted
from graphcore.training.data.arrays import DataError, DataInfo, Demand
from graphcore.training.data.datasets import data_info
from graphcore.training.data.match import demand_of, mismatch
from graphcore.training.recipe import GROUPS, Recipe, resolve_recipe

PANEL_WIDTH = 316
FOLDED = ("Advanced",)
"""Groups that are shown only when they are asked for."""

TITLES = {"warm_up": "Warm-up"}
"""What stands before a field where the parameter's name is not the best word."""

LOOK_MS = 150
"""How long the diagram must rest before it is compared with the data."""


class RecipeForm(QWidget):
    """The recipe of ``document``'s diagram, in groups. ``preview_asked()`` asks for samples."""

    preview_asked = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.info: DataInfo | None = None
        self.demand = Demand()
        self._told: dict[str, str] = {}
        self.data = DataChooser()
        self.data.chosen.connect(lambda data: self._set("data", data))
        self.data.adapt_asked.connect(self._adapt)
        self.data.preview_asked.connect(self.preview_asked)
        self.forms: dict[str, Form] = {}
        self._look = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._look.timeout.connect(self.look_at_data)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        for title in GROUPS:
            self._add_group(title)
        document.changed.connect(self._follow)
        document.path_changed.connect(self._show)
        self._show()
        self.look_at_data()

    @property
    def rows(self) -> dict[str, Row]:
        """The rows of all groups by parameter, but that of the data."""
        return {name: row for form in self.forms.values() for name, row in form.rows.items()}

    def field(self, name: str) -> Field:
        """The widget of the parameter ``name``."""
        return self.rows[name].field

    def showEvent(self, event: QShowEvent) -> None:
        """What changed meanwhile is looked at."""
        super().showEvent(event)
        self._look.start()

    def show_refusal(self, name: str, message: str) -> None:
        """Say below a field why the run that was asked for could not begin, until the recipe is
        changed."""
        self._told = {name: message[:1].upper() + message[1:] + "."}
        self._refuse()

    def look_at_data(self) -> None:
        """Tell what is known of the data and whether the diagram suits them."""
        known, message, can_adapt = self._compared()
        self.info = known if isinstance(known, DataInfo) else None
        self.data.tell(known)
        self.data.tell_misfit(message, can_adapt=can_adapt)
        self._note()
        self._refuse()

    def _compared(self) -> tuple[DataInfo | DataError, str, bool]:
        """What is known of the data, why the diagram does not suit them, and if a click does."""
        analysis, recipe = self._document.analysis, self._recipe()
        try:
            self.demand = demand_of(analysis, recipe)
            known = data_info(recipe.data, self.demand)
        except DataError as error:
            return error, "", False
        problem = mismatch(analysis, known, recipe.loss) if analysis.ok else None
        if problem is None or self._document.read_only:
            return known, "", False
        can = adapted(self._document.diagram, recipe, data_info) is not None
        return known, problem.message, can

    def _recipe(self) -> Recipe:
        """The recipe; where its values clash, that of the data alone."""
        values = self._document.diagram.recipe
        try:
            return resolve_recipe(values)
        except Refused:
            kept = {name: values[name] for name in ("data", "tokens") if name in values}
            try:
                return resolve_recipe(kept)
            except Refused:
                return Recipe()

    def _adapt(self) -> None:
        recipe = self._recipe()

        def fit(diagram: Diagram) -> Diagram:
            return adapted(diagram, recipe, data_info) or diagram

        self._document.apply("Fit the diagram to the data", fit)

    def _add_group(self, title: str) -> None:
        params = [param for param in GROUPS[title] if param.name != "data"]
        form = Form(params, self._document.diagram.recipe, titles=TITLES)
        form.edited.connect(self._set)
        form.finished.connect(lambda _: self._document.seal())
        self.forms[title] = form
        if self._column.count():
            self._column.addSpacing(10)
        if title in FOLDED:
            form.hide()
            self._column.addWidget(_unfolding(title, form), alignment=Qt.AlignmentFlag.AlignLeft)
        else:
            heading = QLabel(title)
            heading.setFont(theme.ui_font(12, 600))
            self._column.addWidget(heading)
        if title == next(iter(GROUPS)):
            self._column.addWidget(self.data)
        self._column.addWidget(form)

    def _follow(self, before: Diagram, after: Diagram) -> None:
        if before.recipe is not after.recipe:
            self._told = {}
            self._show()
        if self.isVisible():
            self._look.start()

    def _show(self) -> None:
        recipe = self._document.diagram.recipe
        self.data.show_data(str(recipe.get("data", DEFAULTS["data"])))
        self._note()
        for form in self.forms.values():
            form.set_values(recipe)
            form.set_read_only(self._document.read_only)
        self._refuse()

    def _note(self) -> None:
        """Remarks on the recipe, some of which depend on the network."""
        values = {**DEFAULTS, **self._document.diagram.recipe}
        notes = notes_on(values, self._document.analysis)
        for form in self.forms.values():
            form.set_notes(notes)

    def _refuse(self) -> None:
        refusals = {**self._told, **refusals_of(self._document.diagram.recipe, self.info)}
        for title, form in self.forms.items():
            form.set_refusals(refusals)
            if title in FOLDED and any(name in refusals for name in form.rows):
                form.show()

    def _set(self, name: str, value: ParamValue) -> None:
        values = {**DEFAULTS, **self._document.diagram.recipe}

        def change(diagram: Diagram) -> Diagram:
            for each, given in suggested(values, name, value).items():
                diagram = edits.set_recipe(diagram, each, given)
            return diagram

        title = f"Change {name.replace('_', ' ')} of the recipe"
        self._document.apply(title, change, merge_key=("recipe", name))
        if name == "data":
            self.look_at_data()


def _unfolding(title: str, form: Form) -> QPushButton:
    """A link that shows and hides a group."""
    button = Disclosure(title, "Show or hide how weights begin, the seed and determinism")
    button.toggled.connect(form.setVisible)
    return button


class RecipePanel(QFrame):
    """The form beside the plots, with a heading, scrolling where it is higher than they are."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recipe_panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(PANEL_WIDTH)
        self.weights = WeightsChooser(document)
        self.recipe = RecipeForm(document)
        heading = QLabel("Recipe of the next run")
        heading.setFont(theme.ui_font(13, 600))
        page = QWidget()
        page.setObjectName("page")
        inside = QVBoxLayout(page)
        inside.setContentsMargins(16, 16, 16, 16)
        inside.setSpacing(10)
        inside.addWidget(heading)
        inside.addWidget(self.weights)
        inside.addWidget(self.recipe)
        inside.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.addWidget(scroll)
        theme.signals.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        colors = theme.current()
        self.setStyleSheet(f"#recipe_panel {{ border-left: 1px solid {colors.line.name()}; }}")
