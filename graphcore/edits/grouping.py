"""Making a block of selected nodes: what crosses its wall becomes a port."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from graphcore.deferred import networkx as nx
from graphcore.diagram import (
    INPUT,
    OUTPUT,
    Block,
    Diagram,
    Edge,
    Graph,
    Node,
    PortRef,
    Tie,
)
from graphcore.edits.blocks import expressions_in
from graphcore.edits.editing import (
    EditError,
    block_of,
    inputs_of,
    is_edge,
    outputs_of,
    with_block,
)
from graphcore.edits.group_places import closed_up, is_arranged, placed_inside
from graphcore.edits.names import check_block_name, rename_in_block
from graphcore.edits.nodes import check_kind
from graphcore.edits.registration import ordered
from graphcore.edits.tie_paths import with_paths
from graphcore.expression import Expr, ExpressionError, names_in
from graphcore.layers import LAYERS
from graphcore.layout import arrange
from graphcore.naming import FreshLabels, fresh, fresh_id, fresh_label, labels_in
from graphcore.ordering import order_of
from graphcore.spec import IntParam, Param, ParamValue, path_of

_ENTRY = LAYERS[INPUT].outputs[0].name
_EXIT = LAYERS[OUTPUT].inputs[0].name


def group(diagram: Diagram, block: str, items: Collection[str], name: str) -> tuple[Diagram, str]:
    """Make the nodes among ``items`` a block called ``name`` with one instance in their place;
    returns the instance's id.

    Every value that comes in gets an ``Input``, every value that is used outside an ``Output``: a
    join whose edge comes from outside becomes a wire outside and the same join inside. Parameters
    of the surrounding block that the nodes refer to become parameters of the new one, passed on.
    Inputs and outputs among ``items`` stay where they are. Raises EditError where a path leaves
    the selection and comes back, where a module is shared across the wall, and where nothing would
    come in or go out.
    """
    inside = block_of(diagram, block)
    check_block_name(diagram, name)
    chosen = groupable(diagram, block, items)
    wall = _Wall(diagram, block, chosen)
    made, given = _with_outer_names(inside, wall.block(), wall)
    made = replace(made, positions=placed_inside(diagram, inside, made))
    defined = with_block(diagram, name, made)
    check_kind(defined, block, name)
    graph, node = wall.outer(name, given)
    outer = replace(inside, graph=graph, positions=closed_up(defined, inside, graph, chosen, node))
    if is_arranged(diagram, block):
        scratch = with_block(defined, block, outer)
        outer = replace(outer, positions=arrange(scratch, block))
    labels = {inside.graph.nodes[name].label for name in chosen}
    label = graph.nodes[node].label

    def nested(path: str) -> str:
        return f"{label}.{path}" if path.partition(".")[0] in labels else path

    return with_block(with_paths(defined, block, nested), block, outer), node


def groupable(diagram: Diagram, block: str, items: Collection[str]) -> tuple[str, ...]:
    """The nodes among ``items`` that can become a block, in the order in which they run.

    Raises EditError as :func:`group` does.
    """
    graph = block_of(diagram, block).graph
    chosen = {item for item in items if not is_edge(diagram, block, item)}
    chosen -= {node.id for node in (*graph.inputs(), *graph.outputs())}
    if not chosen:
        raise EditError("Select the blocks that are to become one; ends of a block stay outside.")
    _check_convex(graph, chosen)
    _check_sharing(graph, chosen)
    order, cyclic = order_of(graph)
    return tuple(name for name in (*order, *cyclic) if name in chosen)


def _check_convex(graph: Graph, chosen: set[str]) -> None:
    """Raise EditError where a path leaves the selection and comes back."""
    whole = graph.networkx()
    behind = set().union(*(nx.descendants(whole, node) for node in chosen)) - chosen
    before = set().union(*(nx.ancestors(whole, node) for node in chosen)) - chosen
    between = [node.label for node in graph.nodes.values() if node.id in behind & before]
    if between:
        raise EditError(
            f"{_listed(between)} {'stands' if len(between) == 1 else 'stand'} between the selected "
            "blocks: what leaves them goes through there and comes back. Select "
            f"{'it' if len(between) == 1 else 'them'} too."
        )


def _check_sharing(graph: Graph, chosen: set[str]) -> None:
    """Raise EditError where one module would be called on both sides of the wall."""
    for node in graph.nodes.values():
        other = graph.nodes.get(node.same_as) if node.same_as is not None else None
        if other is not None and (node.id in chosen) != (other.id in chosen):
            outside = other if node.id in chosen else node
            raise EditError(
                f"'{node.label}' calls the module of '{other.label}', which cannot go through a "
                f"block's wall; select '{outside.label}' too."
            )


@dataclass
class _Wall:
    """The nodes of a block that become one of their own, and what goes through its wall.

    ``inner`` and ``outer_edges`` are the edges of each side; a crossing one is on that side where
    it ends, plain on the other.
    """

    diagram: Diagram
    name: str
    chosen: tuple[str, ...]
    labels: FreshLabels = field(init=False)
    entries: dict[PortRef, str] = field(default_factory=dict)
    """What comes in: the outer source -> the id of its Input."""
    free: dict[str, PortRef] = field(default_factory=dict)
    """The id of an Input that nothing feeds yet -> the port inside that wants it."""
    exits: dict[PortRef, str] = field(default_factory=dict)
    """What goes out: the inner source -> the id of its Output."""

    def __post_init__(self) -> None:
        graph = self.graph
        within = self._within
        inner = Graph(
            {name: graph.nodes[name] for name in graph.nodes if name in within},
            {e.id: e for e in graph.edges.values() if e.target.node in within},
        )
        params = self.diagram.blocks[self.name].params
        # An input 'skip' would give the parameter 'skip_channels' another meaning inside.
        meant = {param.name.removesuffix("_channels") for param in params}
        self.labels = FreshLabels(labels_in(inner) | meant)
        place = {name: index for index, name in enumerate(self.chosen)}
        sources = dict.fromkeys(
            edge.source
            for edge in sorted(inner.edges.values(), key=lambda e: place[e.target.node])
            if edge.source.node not in within
        )
        for source in sources:
            self.entries[source] = self._take(self._entry_label(source, single=len(sources) == 1))
        for ref in self._unfed(inner):
            self.free[self._take("x")] = ref
        for source in self._used_outside():
            self.exits[source] = self._take(self._exit_label(source))
        self._check_ends()

    @property
    def graph(self) -> Graph:
        """The graph as it was."""
        return self.diagram.blocks[self.name].graph

    @property
    def _within(self) -> frozenset[str]:
        return frozenset(self.chosen)

    def _take(self, wanted: str) -> str:
        """A label, which is the id as well, that is free inside."""
        label = self.labels.take(wanted)
        taken = self.graph.edges.keys() | set(self.chosen)
        while label in taken:
            label = self.labels.take(wanted)
        return label

    def _entry_label(self, source: PortRef, *, single: bool) -> str:
        return "x" if single or not self.entries else self.graph.nodes[source.node].label

    def _exit_label(self, source: PortRef) -> str:
        plain = LAYERS[OUTPUT].stem
        return f"{self.graph.nodes[source.node].label}_out" if self.exits else plain

    def _unfed(self, inner: Graph) -> Iterable[PortRef]:
        """The inputs inside that something will have to feed."""
        for name in self.chosen:
            for port in inputs_of(self.diagram, self.name, self.graph.nodes[name]):
                if not port.optional and not inner.into(name, port.name):
                    yield PortRef(name, port.name)

    def _used_outside(self) -> list[PortRef]:
        """What goes out: the value of the last node first, then the others as they come. Where
        nothing does yet, what nothing uses."""
        graph, within = self.graph, self._within
        used = dict.fromkeys(
            edge.source
            for name in self.chosen
            for edge in graph.out_of(name)
            if edge.target.node not in within
        )
        if not used:
            last = [name for name in self.chosen if not graph.out_of(name)]
            used = dict.fromkeys(
                PortRef(name, port.name)
                for name in last
                for port in outputs_of(self.diagram, self.name, graph.nodes[name])[:1]
            )
        sources = list(used)
        return [*sources[-1:], *sources[:-1]]

    def _check_ends(self) -> None:
        for found, what, remedy in (
            ((*self.entries, *self.free), "Nothing comes into", "what feeds them"),
            (self.exits, "Nothing comes out of", "what they feed"),
        ):
            if not found:
                raise EditError(
                    f"{what} the selected blocks, so they cannot be a block; select {remedy} too."
                )

    def block(self) -> Block:
        """The new block, with its expressions as they are outside."""
        graph, within = self.graph, self._within
        ends = [*self.entries.values(), *self.free]
        nodes = {name: Node(name, INPUT, name) for name in ends}
        nodes |= {name: graph.nodes[name] for name in self.chosen}
        nodes |= {name: Node(name, OUTPUT, name) for name in self.exits.values()}
        edges: dict[str, Edge] = {}
        for edge in graph.edges.values():
            if edge.target.node in within:
                entry = self.entries.get(edge.source)
                edges[edge.id] = (
                    replace(edge, source=PortRef(entry, _ENTRY)) if entry is not None else edge
                )
        grown = Graph(nodes, edges)
        for name, ref in self.free.items():
            _add_flow(grown, edges, PortRef(name, _ENTRY), ref)
        for source, name in self.exits.items():
            _add_flow(grown, edges, source, PortRef(name, _EXIT))
        ties = tuple(tie for tie in graph.ties if {tie.source[0], tie.target[0]} <= within)
        return Block(Graph(nodes, edges, ties))

    def outer(self, kind: str, params: Mapping[str, ParamValue]) -> tuple[Graph, str]:
        """The graph outside with an instance of ``kind`` in it, and the instance's id."""
        graph, within = self.graph, self._within
        rest = Graph(
            {name: node for name, node in graph.nodes.items() if name not in within},
            {e.id: e for e in graph.edges.values() if e.target.node not in within},
        )
        label = fresh_label(kind, labels_in(rest))
        made = Node(fresh_id(label, rest), kind, label, dict(params))
        nodes: dict[str, Node] = {}
        for name, node in graph.nodes.items():
            if name in within:
                nodes.setdefault(made.id, made)
            else:
                nodes[name] = node
        edges: dict[str, Edge] = {}
        grown = Graph(nodes, edges)
        for edge in graph.edges.values():
            if edge.target.node not in within:
                exit_ = self.exits.get(edge.source)
                edges[edge.id] = (
                    replace(edge, source=PortRef(made.id, exit_)) if exit_ is not None else edge
                )
        for source, name in self.entries.items():
            _add_flow(grown, edges, source, PortRef(made.id, name))
        ties = tuple(
            Tie(self._tied(tie.source, made.id), self._tied(tie.target, made.id))
            for tie in graph.ties
            if not {tie.source[0], tie.target[0]} <= within
        )
        outer = Graph(nodes, edges, ties)
        return ordered(outer, self._outer_order(made.id)), made.id

    def _tied(self, end: tuple[str, str], made: str) -> tuple[str, str]:
        """An end of a tie as it is named outside."""
        node, path = end
        if node not in self._within:
            return end
        return made, path_of(self.graph.nodes[node].label, path)

    def _outer_order(self, made: str) -> list[str]:
        """The order as it was, the new node as early as what feeds it allows."""
        order, cyclic = order_of(self.graph)
        behind = set(nx.descendants(self.graph.networkx(), self.chosen[0]))
        for name in self.chosen[1:]:
            behind |= nx.descendants(self.graph.networkx(), name)
        first, last = (order.index(self.chosen[at]) for at in (0, -1))
        rest = [name for name in order[first:last] if name not in self._within]
        early = [name for name in rest if name not in behind]
        late = [name for name in rest if name in behind]
        return [*order[:first], *early, made, *late, *order[last + 1 :], *cyclic]


def _add_flow(grown: Graph, edges: dict[str, Edge], source: PortRef, target: PortRef) -> None:
    name = fresh_id(f"{source.node}-{target.node}", grown)
    edges[name] = Edge(name, source, target)


def _with_outer_names(
    around: Block, made: Block, wall: _Wall
) -> tuple[Block, dict[str, ParamValue]]:
    """``made`` declaring what its expressions say of the block around it, and what an instance is
    given for that."""
    said = _names_said(made)
    params: list[Param] = [param for param in around.params if param.name in said]
    given: dict[str, ParamValue] = {param.name: Expr(param.name) for param in params}
    inputs = around.graph.inputs()
    sizes = ["in_channels", *(f"{node.label}_channels" for node in inputs[1:])]
    own = {f"{node.label}_channels" for node in made.graph.inputs()}
    for size, node in zip(sizes, inputs, strict=False):
        if size not in said or (
            size == "in_channels" and next(iter(wall.entries), None) == PortRef(node.id, _ENTRY)
        ):
            continue
        name = fresh("channels" if size == "in_channels" else size, {*given, *own, "in_channels"})
        params.append(IntParam(name=name, doc=f"Channels of {node.label} outside."))
        given[name] = Expr(size)
        made = rename_in_block(made, size, name)
    return replace(made, params=tuple(params)), given


def _names_said(block: Block) -> set[str]:
    """The names that expressions in ``block`` refer to."""
    said: set[str] = set()
    for _, expr in expressions_in(block):
        try:
            said |= names_in(expr)
        except ExpressionError:
            continue  # It is no expression and refers to nothing; the analysis says so.
    return said


def _listed(labels: list[str]) -> str:
    shown = [f"'{label}'" for label in labels[:3]]
    if len(labels) > 3:
        return f"{', '.join(shown)} and {len(labels) - 3} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
