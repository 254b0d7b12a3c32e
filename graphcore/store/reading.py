"""The strict reading of a file: every word of it is known and within its limits, or it is
refused with the line and the block. What is wrong with a diagram beyond that (a port that does not
exist, sizes that do not fit) is for the analysis to say on the canvas."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from graphcore.deferred import networkx as nx
from graphcore.diagram import (
    EMPTY,
    FORMAT_VERSION,
    MAX_NESTING,
    MAX_NODES,
    Block,
    Diagram,
    Edge,
    Graph,
    Node,
    Point,
    Scales,
    Tie,
)
from graphcore.layers import LAYERS
from graphcore.spec import MAX_SIZE, Param, ParamValue
from graphcore.store.declarations import declaration
from graphcore.store.error import MAX_BLOCKS, MAX_EDGES, NewerVersion
from graphcore.store.fields import (
    check_fields,
    elements,
    items,
    shown,
    text,
    whole,
)
from graphcore.store.items import Kinds, check_key, edge_of, node_of, point_of, tie_of, values_of
from graphcore.store.strict_json import Found, parse
from graphcore.store.writing import FORMAT
from graphcore.values import MAX_ITEMS


def diagram_of(content: str, *, newer: bool = False) -> Diagram:
    """The diagram that the text of a file is.

    Raises StoreError; :class:`NewerVersion` for a later version of the format, which ``newer``
    lets pass, unknown words being passed over.
    """
    found = parse(content)
    if not isinstance(found.value, dict) or found.value.get("format") != FORMAT:
        raise found.refuse(f'this is no diagram of Skipwright: it has no "format": "{FORMAT}"')
    if "version" not in found.value:
        raise found.refuse('the file has no "version"')
    version = whole(found.inner("version"), "the version", 1)
    if version > FORMAT_VERSION:
        if not newer:
            raise NewerVersion(
                f"the file is of version {version} of the format and this program knows "
                f"{FORMAT_VERSION}; update it, or open the file in the window to read it only",
                found.inner("version").refuse("").line,
            )
        found = Found(found.value, (), content, newer=True)
    return _diagram(found, version)


def _diagram(found: Found, version: int) -> Diagram:
    required = ("format", "version", "main", "blocks")
    check_fields(found, "the file", required, ("symbols", "recipe", "notes"))
    sources = dict(items(found.inner("blocks"), "the blocks"))
    if len(sources) > MAX_BLOCKS:
        raise found.inner("blocks").refuse(f"there are more than {MAX_BLOCKS:,} blocks")
    params = {called: _params_of(source, called) for called, source in sources.items()}
    kinds: dict[str, Collection[str]] = {kind: spec.by_name for kind, spec in LAYERS.items()}
    kinds |= {called: [param.name for param in own] for called, own in params.items()}
    blocks = {
        called: _block(found.inner("blocks").inner(called, called), params[called], kinds)
        for called in sources
    }
    _check_nesting(found.inner("blocks"), blocks)
    main = text(found.inner("main"), "the main block")
    if main not in blocks:
        raise found.inner("main").refuse(f"there is no block {main!r} to be the main one")
    return Diagram(
        blocks,
        main,
        _symbols(found.inner("symbols")) if "symbols" in found.value else {"N": 4},
        _recipe(found.inner("recipe")) if "recipe" in found.value else EMPTY,
        text(found.inner("notes"), "the notes") if "notes" in found.value else "",
        version,
    )


def _symbols(found: Found) -> dict[str, int]:
    symbols: dict[str, int] = {}
    for called, size in items(found, "the symbols"):
        check_key(size, called, "a symbol's name")
        symbols[called] = whole(size, f"the size of {called}", 1, MAX_SIZE)
    return symbols


def _recipe(found: Found) -> Mapping[str, ParamValue]:
    from graphcore.training.recipe import RECIPE

    return values_of(found, "the recipe", [param.name for param in RECIPE]) or EMPTY


def _params_of(found: Found, called: str) -> tuple[Param, ...]:
    """The declared parameters of a block, which its instances are checked against."""
    found = Found(found.value, found.path, found.text, called, found.newer)
    check_key(found, called, "a block's name")
    if called in LAYERS:
        raise found.refuse(f"'{called}' is the name of a layer; rename the block")
    check_fields(found, f"block '{called}'", ("nodes", "edges"), ("form", "doc", "params", "ties"))
    if "params" not in found.value:
        return ()
    params = tuple(
        declaration(each) for each in elements(found.inner("params"), "the parameters", MAX_ITEMS)
    )
    for index, param in enumerate(params):
        if any(param.name == other.name for other in params[:index]):
            raise (
                found.inner("params")
                .inner(index)
                .refuse(f"there are two parameters called '{param.name}'; rename one")
            )
    return params


def _block(found: Found, params: tuple[Param, ...], kinds: Kinds) -> Block:
    fields = found.value
    form = fields.get("form", "module")
    if form not in ("module", "sequential"):
        raise found.inner("form").refuse(f"a block is a module or sequential, not {shown(form)}")
    nodes: dict[str, Node] = {}
    positions: dict[str, Point] = {}
    ids: set[str] = set()
    labels: set[str] = set()
    for each in elements(found.inner("nodes"), "the nodes", MAX_NODES):
        node = node_of(each, kinds)
        _check_new(each, node.id, ids, labels, (node.label, *_labels_of(node.scales.values())))
        nodes[node.id] = node
        if "at" in each.value:
            positions[node.id] = point_of(each.inner("at"))
    edges: dict[str, Edge] = {}
    for each in elements(found.inner("edges"), "the edges", MAX_EDGES):
        edge = edge_of(each, nodes)
        _check_new(each, edge.id, ids, labels, (edge.label, *_labels_of([edge.scales])))
        edges[edge.id] = edge
    ties: tuple[Tie, ...] = ()
    if "ties" in fields:
        ties = tuple(
            tie_of(each, nodes) for each in elements(found.inner("ties"), "the ties", MAX_NODES)
        )
    _check_same_as(found.inner("nodes"), nodes)
    doc = text(found.inner("doc"), "the description") if "doc" in fields else ""
    return Block(Graph(nodes, edges, ties), params, form, doc, positions)


def _labels_of(chains: Iterable[Scales]) -> Iterator[str]:
    return (scale.label for chain in chains for scale in chain)


def _check_new(
    found: Found, item: str, ids: set[str], labels: set[str], called: Iterable[str]
) -> None:
    """Refuse an id or a label of a block that is taken, and take it."""
    if item in ids:
        raise found.refuse(f"the id '{item}' is there already; ids are unique in a block")
    ids.add(item)
    for label in filter(None, called):
        if label in labels:
            raise found.refuse(
                f"the label '{label}' is there already; labels are unique in a block"
            )
        labels.add(label)


def _check_same_as(found: Found, nodes: Mapping[str, Node]) -> None:
    for index, node in enumerate(nodes.values()):
        if node.same_as is not None and (node.same_as not in nodes or node.same_as == node.id):
            raise found.inner(index).refuse(
                f"'{node.id}' is to call the module of '{node.same_as}', and there is no such node"
            )


def _check_nesting(found: Found, blocks: Mapping[str, Block]) -> None:
    uses: nx.DiGraph[str] = nx.DiGraph()
    uses.add_nodes_from(blocks)
    for called, block in blocks.items():
        inner = {node.kind for node in block.graph.nodes.values()} & blocks.keys()
        uses.add_edges_from((called, kind) for kind in inner)
    if not nx.is_directed_acyclic_graph(uses):
        ring = [start for start, _ in nx.find_cycle(uses)]
        raise found.inner(ring[0], ring[0]).refuse(
            f"'{ring[0]}' contains itself (by way of {', '.join(ring)}); take one instance out"
        )
    if nx.dag_longest_path_length(uses) >= MAX_NESTING:
        raise found.refuse(f"blocks are nested deeper than {MAX_NESTING}")
