"""The document: an immutable value.

An edit is a function ``Diagram -> Diagram`` (:mod:`graphcore.edits`); types, problems, code and
pictures are functions of the value and are held beside it, never inside it. Mappings are ordered
and are never changed after construction; an edit builds new ones and shares what it left alone,
so two blocks that are the same object have the same content.
"""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

from graphcore.deferred import networkx as nx
from graphcore.expression import Expr
from graphcore.spec import Param, ParamValue

INPUT = "Input"
OUTPUT = "Output"

FORMAT_VERSION = 1

MAX_NODES = 20_000
"""Nodes of one block."""
MAX_EXPANDED = 100_000
"""Nodes of the whole diagram with every repeat unrolled."""
MAX_NESTING = 12
MAX_REPEAT = 4_096
MAX_NAME = 60


class PortRef(NamedTuple):
    """A port of a node: an input where it is an edge's target, an output where its source."""

    node: str
    port: str


class Point(NamedTuple):
    """A place on the canvas, in pixels at 100 %."""

    x: int
    y: int


class Definition(NamedTuple):
    """Where something is drawn: an item (node or edge id, "" for the block itself) of a block."""

    block: str
    item: str


class Step(NamedTuple):
    """One step of an instance's path: a node and the copy of its repeat."""

    node: str
    copy: int


Instance = tuple[Step, ...]
"""Where something runs: the path of node ids with copy indices from the main block."""

EMPTY: Mapping[str, ParamValue] = MappingProxyType({})


@dataclass(frozen=True)
class Scale:
    """A registered unary layer that acts on a value before it is joined. ``label`` is its
    attribute's name in the code, unique among all labels of the block."""

    kind: str
    label: str
    params: Mapping[str, ParamValue] = field(default_factory=lambda: EMPTY)


Scales = tuple[Scale, ...]
NO_SCALES: Mapping[str, Scales] = MappingProxyType({})


@dataclass(frozen=True)
class Node:
    """A registered layer, an ``Input``, an ``Output``, or an instance of another block.

    ``kind`` is a layer's kind or a block's name. ``label`` is the attribute's name in the code,
    unique in its block. ``repeat`` chains copies; ``shared`` repeats one module. ``active`` false
    passes the first input on. ``scales`` act on F at a joining input port.
    """

    id: str
    kind: str
    label: str
    params: Mapping[str, ParamValue] = field(default_factory=lambda: EMPTY)
    repeat: int | Expr = 1
    shared: bool = False
    same_as: str | None = None
    active: bool | Expr = True
    scales: Mapping[str, Scales] = field(default_factory=lambda: NO_SCALES)
    copy_names: str = "{i}"


EdgeKindName = Literal["flow", "skip", "dense", "encoder_decoder"]


@dataclass(frozen=True)
class Edge:
    """A wire from an output port to an input port; joining kinds add or concatenate there.

    ``label`` names what the edge builds (its projection): ``downsample``. Empty for flow edges.
    """

    id: str
    source: PortRef
    target: PortRef
    kind: EdgeKindName = "flow"
    label: str = ""
    params: Mapping[str, ParamValue] = field(default_factory=lambda: EMPTY)
    active: bool | Expr = True
    scales: Scales = ()


@dataclass(frozen=True)
class Tie:
    """Two weights that are one: ``target`` uses the tensor of ``source`` (node id, weight name)."""

    source: tuple[str, str]
    target: tuple[str, str]


@dataclass(frozen=True)
class Graph:
    """The inside of a block: nodes and edges by id, in order, and ties of weights."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    edges: Mapping[str, Edge] = field(default_factory=dict)
    ties: tuple[Tie, ...] = ()

    def __eq__(self, other: object) -> bool:
        """Whether all is the same, and in the same order: operands are joined in the order of the
        edges, and layers are registered in that of the nodes, which mappings do not compare."""
        if self is other or not isinstance(other, Graph):
            return self is other
        in_order = [*self.nodes] == [*other.nodes] and [*self.edges] == [*other.edges]
        mine, its = (self.nodes, self.edges, self.ties), (other.nodes, other.edges, other.ties)
        return in_order and mine == its

    def inputs(self) -> tuple[Node, ...]:
        """The ``Input`` nodes, in order: the block's input ports, named by their labels."""
        return tuple(node for node in self.nodes.values() if node.kind == INPUT)

    def outputs(self) -> tuple[Node, ...]:
        """The ``Output`` nodes, in order: the block's output ports, named by their labels."""
        return tuple(node for node in self.nodes.values() if node.kind == OUTPUT)

    def into(self, node: str, port: str | None = None) -> tuple[Edge, ...]:
        """The edges that end at ``node`` (at ``port``), in order."""
        edges = self._arriving.get(node, ())
        return edges if port is None else tuple(e for e in edges if e.target.port == port)

    def out_of(self, node: str, port: str | None = None) -> tuple[Edge, ...]:
        """The edges that start at ``node`` (at ``port``), in order."""
        edges = self._leaving.get(node, ())
        return edges if port is None else tuple(e for e in edges if e.source.port == port)

    @cached_property
    def _arriving(self) -> Mapping[str, tuple[Edge, ...]]:
        return _grouped((edge.target.node, edge) for edge in self.edges.values())

    @cached_property
    def _leaving(self) -> Mapping[str, tuple[Edge, ...]]:
        return _grouped((edge.source.node, edge) for edge in self.edges.values())

    def networkx(self) -> nx.MultiDiGraph[str]:
        """The graph as networkx sees it: node ids, edges keyed by edge id with ``kind``.

        Every question about structure (order, cycles, reachability, paths) is asked of it. Edges
        whose ends do not exist are left out.
        """
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        graph.add_nodes_from(self.nodes)
        for edge in self.edges.values():
            if edge.source.node in self.nodes and edge.target.node in self.nodes:
                graph.add_edge(edge.source.node, edge.target.node, key=edge.id, kind=edge.kind)
        return graph


def _grouped(pairs: Iterable[tuple[str, Edge]]) -> Mapping[str, tuple[Edge, ...]]:
    found: dict[str, list[Edge]] = {}
    for node, edge in pairs:
        found.setdefault(node, []).append(edge)
    return {node: tuple(edges) for node, edges in found.items()}


BlockForm = Literal["module", "sequential"]


@dataclass(frozen=True)
class Block:
    """A definition: declared parameters, a graph, and where its nodes stand.

    ``form`` is ``module`` (a class of its own) or ``sequential`` (a chain without joins that
    becomes an ``nn.Sequential``). ``positions`` is layout and changes nothing else.
    """

    graph: Graph = field(default_factory=Graph)
    params: tuple[Param, ...] = ()
    form: BlockForm = "module"
    doc: str = ""
    positions: Mapping[str, Point] = field(default_factory=dict)


@dataclass(frozen=True)
class Diagram:
    """The whole document. ``main`` names the block that is the model.

    ``symbols`` holds an example value of every symbol; ``recipe`` the training recipe's values
    (:mod:`graphcore.training.recipe` declares them).
    """

    blocks: Mapping[str, Block]
    main: str
    symbols: Mapping[str, int] = field(default_factory=lambda: {"N": 4})
    recipe: Mapping[str, ParamValue] = field(default_factory=lambda: EMPTY)
    notes: str = ""
    version: int = FORMAT_VERSION

    @property
    def main_block(self) -> Block:
        """The block that is the model."""
        return self.blocks[self.main]


def empty_diagram(name: str = "Net") -> Diagram:
    """A diagram whose main block has nothing in it yet."""
    return Diagram(blocks={name: Block()}, main=name)


RESERVED = frozenset(
    # Attributes of nn.Module, and of the nn.Sequential that a block may become, that a layer of
    # that name would shadow, as of torch 2.13; a test compares this list with the installed torch.
    [
        "T_destination",
        "add_module",
        "append",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extend",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "insert",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "pop",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
        "self",
        "super",
        "torch",
        "nn",
        "math",
        "min",
        "max",
        "range",
    ]
)


@lru_cache(maxsize=1 << 16)
def name_problem(name: str) -> str | None:
    """Why ``name`` cannot be a label or the name of a block or parameter, or None if it can.

    The one gate through which a name becomes a Python identifier: ASCII, so that what the file
    says and what Python reads are the same string; no keyword, no private name, and nothing that
    would shadow an attribute of ``nn.Module``.
    """
    if not name:
        return "a name is needed"
    if len(name) > MAX_NAME:
        return f"the name is longer than {MAX_NAME} characters"
    if not name.isascii() or unicodedata.normalize("NFKC", name) != name:
        return f"'{name}' may use only the letters a-z, digits and underscores"
    if not name.isidentifier():
        return f"'{name}' is not a Python name: use letters, digits and underscores, no digit first"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return f"'{name}' is a word of the Python language; try '{name}_'"
    if name.startswith("_"):
        return f"'{name}' begins with an underscore, which nn.Module keeps for itself"
    if name in RESERVED:
        return f"'{name}' would shadow something of nn.Module; try '{name}_1'"
    return None
