"""The line at the bottom: sizes on the left; problems, saving and a run's progress on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from app import figures
from app.document import Document
from app.page_parts import spaced


class StatusLine(QWidget):
    """Follows the document; the window tells it of runs."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(29)
        self.document = document
        self.sizes = QLabel()
        self.sizes.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.state = QLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setFixedWidth(150)
        self.bar.setAccessibleName("Progress of the run")
        self.progress = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 0, 18, 0)
        row.setSpacing(5)
        row.addWidget(self.sizes, 1)
        row.addWidget(self.bar)
        row.addSpacing(8)
        row.addWidget(self.progress)
        row.addWidget(self.state)
        self.bar.hide()
        self.progress.hide()
        document.analysed.connect(self._tell_state)
        document.changed.connect(self._forget_run)
        document.clean_changed.connect(self._tell_state)
        document.path_changed.connect(self._tell_state)
        document.source_changed.connect(self._tell_sizes)
        self._tell_state()

    def tell_progress(self, text: str, fraction: float) -> None:
        """Show how far the run is; its last words stay until the diagram changes."""
        self.progress.setText(f"{text} ·" if text else "")
        self.progress.setVisible(bool(text))
        self.bar.setVisible(0 <= fraction < 1)
        self.bar.setValue(round(fraction * 1000))

    def end_progress(self) -> None:
        """Nothing runs any more; what was said last stays."""
        self.bar.hide()

    def _forget_run(self) -> None:
        """What was said last of a run is of a diagram that is no more."""
        if self.bar.isHidden():
            self.progress.hide()

    def _tell_sizes(self) -> None:
        analysis = self.document.analysis
        total = figures.of_diagram(analysis.diagram, analysis.root)
        outputs = ", ".join(spaced(t) for t in analysis.root.outputs.values() if t is not None)
        parts = [str(total), f"output {outputs}" if outputs else "no output yet"]
        self.sizes.setText(" · ".join(parts))
        self.sizes.setToolTip("Multiply–adds of one sample in the forward pass")

    def _tell_state(self) -> None:
        problems = self.document.analysis.diagnostics
        errors = sum(problem.severity == "error" for problem in problems)
        warnings = len(problems) - errors
        counted = ((errors, "error"), (warnings, "warning"))
        told = ", ".join(f"{n} {word}{'s' if n != 1 else ''}" for n, word in counted if n)
        if self.document.path is None:
            saved = "not saved yet"
        else:
            saved = "saved" if self.document.is_clean else "changed"
        self.state.setText(f"{told or 'No problems'} · {saved}")
