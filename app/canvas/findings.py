"""What the analysis says of a block that is shown, and which of its items that leaves stale."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app.canvas.node_face import Face, Severity, face_of, problems_of
from app.canvas.placing.shapes_on_wires import changes_type, edges_with_new_shape
from app.document import Place
from graphcore.results import Analysis, BlockResult, EdgeResult, NodeResult
from graphcore.variation import variations
from graphcore.walls import kinds_behind_walls


class Findings:
    """Faces, results and problems by node; results by edge, what each is in which copies, and the
    wires that a shape stands on (``news``)."""

    def __init__(self) -> None:
        self.faces: dict[str, Face] = {}
        self.results: dict[str, tuple[NodeResult, ...]] = {}
        self.problems: dict[str, Severity] = {}
        self.edges: dict[str, EdgeResult] = {}
        self.variations: Mapping[str, str] = {}
        self.news: set[str] = set()
        self.kinds: Mapping[str, str] = {}
        """The kind of the joins to which a plain wire leads inside the block where it ends."""
        self._changing: set[str] = set()

    def forget(self, node: str) -> None:
        """Drop a node that is gone."""
        self.faces.pop(node, None)
        self.results.pop(node, None)

    def take(
        self, analysis: Analysis, place: Place, hidden: Collection[str], *, relaid: bool
    ) -> set[str]:
        """Take over a new analysis; returns the nodes and edges of which something else is said.
        Wires in ``hidden`` carry no words; ``relaid`` tells that these may be others now."""
        at = analysis.at(place.instance)
        result = at if at is not None and at.block == place.block else None
        diagram = analysis.diagram
        graph = diagram.blocks[place.block].graph
        found = problems_of(diagram, place.block, analysis.diagnostics)
        old, self.problems = self.problems, found
        stale = {id for id in old.keys() | found if old.get(id) != found.get(id)}
        troubled = frozenset(stale)
        drawn, self.kinds = self.kinds, kinds_behind_walls(diagram, graph)
        stale |= {edge for edge, _ in drawn.items() ^ self.kinds.items()}
        known = result.nodes if result else {}
        retyped = relaid
        for id, node in graph.nodes.items():
            results, last = known.get(id, ()), self.results.get(id)
            if id in troubled or (results is not last and not _same(last, results)):
                self.results[id] = results
                self.faces[id] = face_of(diagram, node, results, found.get(id, ""))
                (self._changing.add if changes_type(results) else self._changing.discard)(id)
                stale.add(id)
                retyped = True
        before, self.variations = self.variations, variations(analysis, place.block)
        stale |= {edge for edge, _ in before.items() ^ self.variations.items()}
        return stale | self._take_edges(result, place, analysis, hidden) if retyped else stale

    def _take_edges(
        self, result: BlockResult | None, place: Place, analysis: Analysis, hidden: Collection[str]
    ) -> set[str]:
        edges = analysis.diagram.blocks[place.block].graph.edges
        known = result.edges if result else {}
        order = result.order if result else ()
        before = self.news
        self.news = edges_with_new_shape(order, self._changing, edges, hidden)
        stale = before ^ self.news
        stale |= {id for id in edges if self.edges.get(id) is not known.get(id)}
        self.edges = {id: known[id] for id in edges if id in known}
        return stale


def _same(before: tuple[NodeResult, ...] | None, after: tuple[NodeResult, ...]) -> bool:
    """Whether the very same results came back, which the analysis remembers."""
    if before is None or len(before) != len(after):
        return False
    return all(a is b for a, b in zip(before, after, strict=True))
