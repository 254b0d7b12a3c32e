"""The buses of a sheet: one item for many edges, whose own items hide as long as they agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from app.canvas.bus_flow import bus_flow
from app.canvas.edge_look import edge_look
from app.canvas.painting.bus_item import BusItem, BusLook
from app.canvas.painting.edge_painter import EdgeLook
from app.canvas.placing.buses import bus_of
from graphcore.results import EdgeResult

if TYPE_CHECKING:
    from app.canvas.scene import Sheet


class BusLayer:
    """Keeps a :class:`BusItem` for every bus of the geometry."""

    def __init__(self, add: Callable[[BusItem], None], remove: Callable[[BusItem], None]) -> None:
        self.items: dict[str, BusItem] = {}
        self._add = add
        self._remove = remove
        self._members: dict[str, frozenset[str]] = {}
        self._bus_of: Mapping[str, str] = {}

    def lay(self, bus_of: Mapping[str, str]) -> None:
        """Take which edges belong together now."""
        members: dict[str, set[str]] = {}
        for edge, bus in bus_of.items():
            members.setdefault(bus, set()).add(edge)
        for gone in self.items.keys() - members.keys():
            self._remove(self.items.pop(gone))
        self._bus_of = bus_of
        self._members = {bus: frozenset(edges) for bus, edges in members.items()}

    def of(self, edge: str) -> frozenset[str]:
        """The edges of the bus that ``edge`` belongs to; none where it belongs to none."""
        return self._members.get(self._bus_of.get(edge, ""), frozenset())

    def hides(self, edge: str, state: EdgeLook, selection: frozenset[str]) -> bool:
        """Whether the bus stands for ``edge``: not where it has something of its own to say."""
        bus = self._bus_of.get(edge)
        if bus is None:
            return False
        alone = state.selected and not self._members[bus] <= selection
        return not (alone or state.speaks_for_itself)

    def show(self, touched: Iterable[str], sheet: Sheet) -> None:
        """Bring the buses of the ``touched`` edges of ``sheet`` up to date."""
        if not self._bus_of:
            return
        edges, routes, found = sheet.block.graph.edges, sheet.geometry.routes, sheet.found.edges
        for bus in {self._bus_of[edge] for edge in touched if edge in self._bus_of}:
            # In the order of the graph, so that the same picture comes of the same diagram.
            members = {name: edges[name] for name in edges if name in self._members[bus]}
            states = [edge_look(sheet, name) for name in members]
            lie = bus_of(
                members,
                {name: routes[name].corners for name in members},
                {name: _channels(found.get(name)) for name in members},
            )
            chosen = [state.selected for state in states]
            new = BusLook(
                states[0].kind,
                lie,
                selected=all(chosen),
                hovered=any(state.hovered for state in states),
                dimmed=any(chosen) != all(chosen) or all(state.dimmed for state in states),
                flow=bus_flow(lie, sheet.flow) if sheet.flow is not None else None,
            )
            if bus not in self.items:
                self.items[bus] = BusItem(sheet.look, new)
                self._add(self.items[bus])
            self.items[bus].show_state(new)


def _channels(found: EdgeResult | None) -> int:
    """What an edge carries: 0 where it is switched off, 1 where it is not known."""
    if found is None or found.type is None or not isinstance(found.type.channels, int):
        return 1
    return found.type.channels if found.active else 0
