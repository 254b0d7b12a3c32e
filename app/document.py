"""The open document: one immutable diagram after another, and what follows from each.

Every change goes through :meth:`Document.apply` and is one :class:`Edit` on the undo stack. The
analysis is made anew at once; the source follows when the user has paused for a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from graphcore import analysis as analyser
from graphcore.diagnostics import DiagramError
from graphcore.diagram import Definition, Diagram, Instance, Step, empty_diagram
from graphcore.edits import EditError
from graphcore.growing import with_room_for_growth
from graphcore.results import Analysis, BlockResult

if TYPE_CHECKING:
    from graphcore.codegen import Source

SOURCE_DELAY = 80
"""Milliseconds without a change before the source is written anew."""
FIRST_SOURCE_DELAY = 300
"""The first one waits until the window has been painted."""


class Place(NamedTuple):
    """What is shown: a block, and which of its instances (``()`` for one that is used nowhere)."""

    block: str
    instance: Instance

    def inside(self, node: str) -> Instance:
        """The instance of a node in it, of copies the first."""
        return (*self.instance, Step(node, 0))


class Edit(QUndoCommand):
    """One step of the undo stack: the diagram before and after, and where the user stood.

    Edits with equal ``merge_key`` (not None) that follow each other are one step.
    """

    def __init__(
        self,
        document: Document,
        before: Diagram,
        after: Diagram,
        label: str,
        merge_key: Hashable = None,
    ) -> None:
        super().__init__(label)
        self.document = document
        self.before = before
        self.after = after
        self.merge_key = merge_key
        self.place = document.place
        self.selection = document.selection

    def id(self) -> int:
        """Qt asks edits with the same id whether they merge; -1 never does."""
        return -1 if self.merge_key is None else 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over a later edit of the same gesture."""
        if not isinstance(other, Edit) or other.merge_key != self.merge_key:
            return False
        self.after = other.after
        return True

    def redo(self) -> None:
        """Go to the edit's place and show the diagram after it."""
        self.document._show(self.after, self.place, self.selection)

    def undo(self) -> None:
        """Go to the edit's place and show the diagram before it."""
        self.document._show(self.before, self.place, self.selection)


class Document(QObject):
    """The diagram, where in it the user is, what is selected, and the file it belongs to.

    ``changed(before, after)`` and ``analysed(analysis)`` follow each other at once, and then comes
    ``edited(before, after)``, unless a step was only taken back or made again;
    ``source_changed(source)`` comes later, with None while the diagram has errors.
    ``refused(message)`` tells why an edit was not made.
    """

    changed = Signal(object, object)
    edited = Signal(object, object)
    analysed = Signal(object)
    source_changed = Signal(object)
    place_changed = Signal()
    selection_changed = Signal()
    path_changed = Signal()
    clean_changed = Signal(bool)
    refused = Signal(str)
    renewed = Signal()
    """Another diagram is about to be shown: what belongs to the one before is over."""

    def __init__(
        self,
        diagram: Diagram | None = None,
        parent: QObject | None = None,
        *,
        read_only: bool = False,
    ) -> None:
        super().__init__(parent)
        self.read_only = read_only
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self.clean_changed)
        self._diagram = diagram or empty_diagram()
        self._analysis = analyser.analyse(self._diagram)
        self._place = Place(self._diagram.main, ())
        self._selection: frozenset[str] = frozenset()
        self._path: Path | None = None
        self._gesture = 0
        self.is_retracing = False
        """Whether a step is being taken back or made again, which leads to where it was made."""
        self.on_paper: tuple[Place, ...] = ()
        """What a canvas shows all at once: a block is looked for there first."""
        self._source: Source | None = None
        self._good_source: Source | None = None
        self._source_timer = QTimer(self)
        self._source_timer.setSingleShot(True)
        self._source_timer.setInterval(FIRST_SOURCE_DELAY)
        self._source_timer.timeout.connect(self._write_source)
        self._source_timer.start()

    @property
    def diagram(self) -> Diagram:
        """The diagram as it is now."""
        return self._diagram

    @property
    def analysis(self) -> Analysis:
        """The analysis of :attr:`diagram`."""
        return self._analysis

    @property
    def source(self) -> Source | None:
        """The code as last written; None where the diagram has errors."""
        return self._source

    @property
    def good_source(self) -> Source | None:
        """The code of the last diagram that had no errors."""
        return self._good_source

    @property
    def place(self) -> Place:
        """The block that is shown and its instance."""
        return self._place

    @property
    def block(self) -> str:
        """The name of the block that is shown."""
        return self._place.block

    @property
    def instance(self) -> Instance:
        """Which instance of the block is shown; ``()`` is the main block."""
        return self._place.instance

    @property
    def result(self) -> BlockResult | None:
        """What the analysis found inside the instance that is shown."""
        result = self._analysis.at(self.instance)
        return result if result is not None and result.block == self.block else None

    @property
    def selection(self) -> frozenset[str]:
        """The ids of the selected nodes and edges of the block that is shown."""
        return self._selection

    @property
    def path(self) -> Path | None:
        """The file that the document was read from or saved to."""
        return self._path

    @property
    def is_clean(self) -> bool:
        """Whether the file holds the diagram as it is."""
        return self.undo_stack.isClean()

    def apply(
        self, label: str, edit: Callable[[Diagram], Diagram], merge_key: Hashable = None
    ) -> bool:
        """Make an edit, one undo step called ``label``; whether the diagram changed.

        Edits with the same ``merge_key`` in a row become one step, until :meth:`seal`. An edit that
        raises EditError changes nothing and is told by :attr:`refused`.
        """
        if self.read_only:
            self.refused.emit("This diagram can only be looked at; save it under another name.")
            return False
        before = self._diagram
        try:
            after = with_room_for_growth(before, edit(before))
        except EditError as error:
            self.refused.emit(str(error))
            return False
        if _is_same(before, after):
            return False
        key = None if merge_key is None else (merge_key, self._gesture)
        self.undo_stack.push(Edit(self, before, after, label, key))
        self.edited.emit(before, after)
        return True

    def seal(self) -> None:
        """End the gesture: the next edit is a step of its own, whatever its merge key."""
        self._gesture += 1

    def enter(self, instance: Instance) -> None:
        """Show the block instance at ``instance``, or the nearest one around it that exists."""
        self._go(nearest_place(self._diagram, self._analysis, instance))

    def leave(self) -> None:
        """Show what is around the block that is shown, with the block selected."""
        instance = self.instance
        self.enter(instance[:-1])
        self.select([step.node for step in instance[-1:]])

    def show_block(self, name: str) -> None:
        """Show a block by its name: at its first instance, if it has any."""
        if name == self.block or name not in self._diagram.blocks:
            return
        seen = next((place for place in self.on_paper if place.block == name), None)
        instances = () if seen is not None else self._analysis.instances_of(name)
        self._go(seen or Place(name, instances[0] if instances else ()))

    def reveal(self, definition: Definition) -> None:
        """Show the block of ``definition`` and select its item."""
        self.show_block(definition.block)
        self.select([definition.item] if definition.item else [])

    def select(self, ids: Iterable[str]) -> None:
        """Make the selection these nodes and edges of the block that is shown."""
        graph = self._diagram.blocks[self.block].graph
        selection = frozenset(id for id in ids if id in graph.nodes or id in graph.edges)
        if selection != self._selection:
            self._selection = selection
            self.selection_changed.emit()

    def new(self, diagram: Diagram, *, path: Path | None = None) -> None:
        """Begin anew with ``diagram``, which nobody has changed yet."""
        self.renewed.emit()
        self.read_only = False
        self._path = path
        self._source = self._good_source = None
        self.undo_stack.clear()
        self._show(diagram, Place(diagram.main, ()), frozenset())
        self.path_changed.emit()

    def restore(self, diagram: Diagram, path: Path | None) -> None:
        """Go on with work that a crash interrupted; the file of ``path`` does not hold it."""
        self.new(diagram, path=path)
        self.undo_stack.resetClean()

    def open(self, path: Path) -> str:
        """Read a file; returns a notice where it is open for reading only.

        Raises StoreError or OSError, and then the document is as before.
        """
        # Reading and writing are imported with the first file, after the first paint.
        from graphcore import store

        opened = store.open_file(path)
        self.new(opened.diagram, path=path)
        self.read_only = opened.read_only
        return opened.notice

    def save(self, path: Path) -> None:
        """Write the diagram to a file, which becomes the document's. Raises OSError."""
        from graphcore import store

        store.write(self._diagram, path)
        self.undo_stack.setClean()
        if path != self._path:
            self._path = path
            self.path_changed.emit()

    def hold_source(self) -> None:
        """Write no code until :meth:`write_source_soon`, unless something changes."""
        self._source_timer.stop()

    def write_source_soon(self) -> None:
        """Write the code of the diagram as it is when nothing else is to be done."""
        self._source_timer.start()

    def current_source(self) -> Source:
        """The code of the diagram as it is now. Raises DiagramError where it has errors."""
        source = self._to_source()
        self._source_timer.stop()
        self._publish(source)
        return source

    def _show(self, diagram: Diagram, place: Place, selection: frozenset[str]) -> None:
        """Go to ``place`` as far as it exists, then replace the diagram."""
        if _exists(self._diagram, place):
            self.is_retracing = True
            self._go(place)
            self.is_retracing = False
        before, was_place, was_selection = self._diagram, self._place, self._selection
        self._diagram = diagram
        self._analysis = analyser.analyse(diagram)
        # Whoever hears of the change finds a place and a selection that exist in the new diagram.
        self._place = _settled(diagram, self._analysis, place)
        graph = diagram.blocks[self.block].graph
        self._selection = frozenset(i for i in selection if i in graph.nodes or i in graph.edges)
        self._source_timer.start()
        self.changed.emit(before, diagram)
        self.analysed.emit(self._analysis)
        if self._place != was_place:
            self.place_changed.emit()
        if self._selection != was_selection:
            self.selection_changed.emit()

    def _go(self, place: Place) -> None:
        if place == self._place:
            return
        self._place = place
        self._selection = frozenset()
        self.place_changed.emit()
        self.selection_changed.emit()

    def _write_source(self) -> None:
        self._source_timer.setInterval(SOURCE_DELAY)
        try:
            source = self._to_source()
        except DiagramError as error:
            if self._analysis.ok:  # What one class cannot say is only found while it is written.
                told = (*self._analysis.diagnostics, *error.diagnostics)
                self._analysis = self._analysis._replace(diagnostics=told)
                self.analysed.emit(self._analysis)
            self._publish(None)
        else:
            self._publish(source)

    def _to_source(self) -> Source:
        # The window is painted before any code is written, and need not wait for the generator.
        from graphcore.codegen import to_source

        return to_source(self._diagram, self._analysis)

    def _publish(self, source: Source | None) -> None:
        self._source = source
        if source is not None:
            self._good_source = source
        self.source_changed.emit(source)


def _is_same(before: Diagram, after: Diagram) -> bool:
    """Whether nothing changed; the order of things, which mappings do not compare, counts."""
    if after is before or after != before:
        return after is before
    return all(
        old is new
        or (list(old.graph.nodes), list(old.graph.edges))
        == (list(new.graph.nodes), list(new.graph.edges))
        for old, new in zip(before.blocks.values(), after.blocks.values(), strict=True)
    )


def _exists(diagram: Diagram, place: Place) -> bool:
    if place.block not in diagram.blocks:
        return False
    return not place.instance or _block_at(diagram, place.instance) == place.block


def _block_at(diagram: Diagram, instance: Instance) -> str | None:
    block = diagram.main
    for step in instance:
        node = diagram.blocks[block].graph.nodes.get(step.node)
        if node is None or node.kind not in diagram.blocks:
            return None
        block = node.kind
    return block


def _settled(diagram: Diagram, analysis: Analysis, place: Place) -> Place:
    if _exists(diagram, place) and not place.instance:
        return place
    return nearest_place(diagram, analysis, place.instance)


def nearest_place(diagram: Diagram, analysis: Analysis, instance: Instance) -> Place:
    """The longest beginning of ``instance`` that exists, copies that are gone replaced by 0."""
    block, steps = diagram.main, list[Step]()
    result: BlockResult | None = analysis.root
    for step in instance:
        node = diagram.blocks[block].graph.nodes.get(step.node)
        if node is None or node.kind not in diagram.blocks:
            break
        copies = result.nodes.get(step.node, ()) if result else ()
        copy = step.copy if step.copy < len(copies) or not copies else 0
        steps.append(Step(step.node, copy))
        result = copies[copy].body if copies else None
        block = node.kind
    return Place(block, tuple(steps))
