"""What may know what (imports run one way), and what must appear nowhere."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator

import networkx as nx
import pytest

from tests.source_tree import ROOT, Import, SourceFile, files

GRAPHCORE = files("graphcore")
APP = files("app")
TESTS = files("tests")
PROGRAM = APP + GRAPHCORE

# The only places where torch may be imported.
TORCH_FILES = re.compile(
    r"graphcore/(module|summary|engine"
    r"|training/(assembly|best_weights|checkpoint|device|evaluation|fit|initialisation|learner|loop"
    r"|losses|optimizers|plan|precision|worker"
    r"|data/(augmentation|draws|minibatches)"
    r"|faults/(not_finite|post_mortem)"
    r"|measuring/(edge_watch|histogram|memory|meters|probes|step_timer|twin|update_watch"
    r"|value_figures)"
    r"|parallel/(peer|ranks|reins)"
    r"|weights/(first|file|questions))"
    r"|exchange/(first_weights))\.py"
)
# The places that may import those while they run, never while they are loaded.
LAZY_DOORS = re.compile(r"graphcore/(__init__|__main__)\.py|graphcore/cli/.*\.py")

TORCH = {"torch", "torchinfo", "torchvision", "safetensors.torch", "onnx", "onnxscript"}
QT = {"PySide6", "shiboken6", "pyqtgraph"}
UNPICKLERS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}

# Each stage may know those before it.
STAGES = (
    r"graphcore\.(tensor_type|expression|spec|diagram|edge_kinds|diagnostics|results)",
    r"graphcore\.layers(\..*)?",
    r"graphcore\.(analysis(\..*)?|join)",
    r"graphcore\.lowering(\..*)?",
    r"graphcore\.codegen",
    r"graphcore\.module",
    # Recipe and events are values that anyone may hold; the rest of training is the last stage.
    r"graphcore\.(training(?!\.(recipe\w*|optimizer_kinds|events)$)|exchange)(\..*)?",
)

# Parts of the window that must not know each other; a folder counts as one part.
PANELS = {
    "palette",
    "inspector",
    "code_panel",
    "problems_panel",
    "summary_panel",
    "gallery_page",
    "first_minute",
    "runs",
}


def by_name(group: Iterable[SourceFile]) -> pytest.MarkDecorator:
    """Parametrises a test over files, each under its own name."""
    return pytest.mark.parametrize("file", [pytest.param(file, id=file.name) for file in group])


def within(target: str, roots: Iterable[str]) -> bool:
    """Whether a module is one of the roots or below one."""
    return any(target == root or target.startswith(root + ".") for root in roots)


def is_torch_file(file: SourceFile) -> bool:
    """Whether the design lets this file import torch."""
    return TORCH_FILES.fullmatch(file.name) is not None


def told(file: SourceFile, found: Iterable[Import]) -> list[str]:
    """The imports as ``file:line imports target``."""
    return [f"{file.name}:{i.line} imports {i.target} ({i.when})" for i in found]


def import_graph(group: Iterable[SourceFile], *when: str) -> nx.DiGraph[str]:
    """Module -> imported module, for the imports that run at the given times."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for file in group:
        graph.add_node(file.module)
        graph.add_edges_from((file.module, i.target) for i in file.imports if i.when in when)
    return graph


class TestTheReaderSeesTheTree:
    """Guards against rules that hold because nothing was read."""

    def test_files_of_every_part_are_found(self) -> None:
        names = {file.name for file in PROGRAM + TESTS}
        assert {
            "graphcore/diagram.py",
            "graphcore/layers/__init__.py",
            "graphcore/module.py",
            "graphcore/training/worker.py",
            "app/__main__.py",
            "app/window.py",
            "app/canvas/view.py",
            "tests/conftest.py",
        } <= names

    def test_torch_and_qt_are_seen_where_they_belong(self) -> None:
        torch_users = {f.name for f in GRAPHCORE if any(within(i.target, TORCH) for i in f.imports)}
        qt_users = {f.name for f in APP if any(within(i.target, QT) for i in f.imports)}
        assert {"graphcore/module.py", "graphcore/training/loop.py"} <= torch_users
        assert {"app/window.py", "app/canvas/view.py"} <= qt_users

    def test_the_time_of_an_import_is_told_apart(self) -> None:
        this = next(file for file in TESTS if file.module == "tests.test_architecture")
        seen = {(i.target, i.when) for i in this.imports}
        assert ("tests.source_tree", "load") in seen
        assert ("PySide6.QtCore", "call") in seen

    def test_every_stage_has_modules(self) -> None:
        modules = [file.module for file in GRAPHCORE]
        assert [stage for stage in STAGES if not any(re.fullmatch(stage, m) for m in modules)] == []


class TestQtAndTorchStayApart:
    """Qt in the window, torch in its children."""

    @by_name(GRAPHCORE)
    def test_graphcore_knows_neither_qt_nor_the_window(self, file: SourceFile) -> None:
        assert told(file, (i for i in file.imports if within(i.target, QT | {"app"}))) == []

    @by_name(APP)
    def test_the_window_knows_no_torch(self, file: SourceFile) -> None:
        torch_modules = {f.module for f in GRAPHCORE if is_torch_file(f)} | TORCH
        assert told(file, (i for i in file.imports if within(i.target, torch_modules))) == []

    @by_name(file for file in GRAPHCORE if not is_torch_file(file))
    def test_torch_is_imported_in_its_own_files_only(self, file: SourceFile) -> None:
        assert told(file, (i for i in file.imports if within(i.target, TORCH))) == []

    @by_name(file for file in GRAPHCORE if not is_torch_file(file))
    def test_files_with_torch_are_opened_lazily_by_few(self, file: SourceFile) -> None:
        allowed = {"call", "typing"} if LAZY_DOORS.fullmatch(file.name) else set()
        torch_modules = {f.module for f in GRAPHCORE if is_torch_file(f)}
        found = (i for i in file.imports if i.target in torch_modules and i.when not in allowed)
        assert told(file, found) == []

    def test_a_process_that_loads_the_whole_window_has_no_torch(self) -> None:
        modules = [f.module for f in APP] + [f.module for f in GRAPHCORE if not is_torch_file(f)]
        assert "app.window" in modules
        script = (
            "import importlib, sys\n"
            "for name in sys.argv[1:]: importlib.import_module(name)\n"
            "print(len(sys.argv) - 1, [m for m in sys.modules if m.split('.')[0] == 'torch'][:3])\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, *modules], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split("\n")[-2] == f"{len(modules)} []"


class TestImportsRunOneWay:
    """values <- layers <- analysis <- lowering <- codegen <- module <- training, exchange."""

    @pytest.mark.parametrize("stage", range(len(STAGES) - 1))
    def test_a_stage_never_reaches_a_later_one(self, stage: int) -> None:
        graph = import_graph(GRAPHCORE, "load", "call", "typing")
        own = [m for m in graph if re.fullmatch(STAGES[stage], m)]
        reached = {after for module in own for after in nx.descendants(graph, module)}
        later = [m for m in reached if any(re.fullmatch(s, m) for s in STAGES[stage + 1 :])]
        ways = [
            " -> ".join(nx.shortest_path(graph, module, end))
            for module in own
            for end in later
            if nx.has_path(graph, module, end)
        ]
        assert ways == []

    @pytest.mark.parametrize("group", [GRAPHCORE, APP], ids=["graphcore", "app"])
    def test_no_modules_import_each_other_in_a_circle(self, group: tuple[SourceFile, ...]) -> None:
        graph = import_graph(group, "load", "call")
        assert [sorted(c) for c in nx.strongly_connected_components(graph) if len(c) > 1] == []

    @by_name(APP)
    def test_panels_do_not_know_each_other(self, file: SourceFile) -> None:
        own = file.module.split(".")[1:2]
        if not own or own[0] not in PANELS:
            others = set[str]()
        else:
            others = {f"app.{panel}" for panel in PANELS - set(own)}
        found = [i for i in file.imports if within(i.target, others)]
        assert told(file, found) == []

    @by_name(file for file in APP if file.name not in {"app/window.py", "app/__main__.py"})
    def test_only_the_entry_knows_the_window(self, file: SourceFile) -> None:
        assert told(file, (i for i in file.imports if i.target == "app.window")) == []


def names_used(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Names that are read, bare or as an attribute of ``builtins``, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.lineno, node.id
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {
            "builtins",
            "__builtins__",
        }:
            yield node.lineno, node.attr


def strings_compared(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Literals that something is compared with or matched against, with their lines."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare | ast.MatchValue):
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                yield inner.lineno, inner.value


class TestNothingOfADocumentIsRun:
    """A diagram from a stranger is data; only the code generator's own text becomes code."""

    @by_name(PROGRAM)
    def test_only_the_module_loader_turns_text_into_code(self, file: SourceFile) -> None:
        banned = {"eval", "exec", "compile", "__import__"}
        used = [
            f"{file.name}:{line} {name}" for line, name in names_used(file.tree) if name in banned
        ]
        if file.name == "graphcore/module.py":
            assert used, "the loader is where the generated text is compiled"
        else:
            assert used == []

    @by_name(PROGRAM)
    def test_nothing_is_unpickled(self, file: SourceFile) -> None:
        assert told(file, (i for i in file.imports if within(i.target, UNPICKLERS))) == []

    @by_name(file for file in GRAPHCORE if is_torch_file(file))
    def test_weights_are_loaded_as_weights_only(self, file: SourceFile) -> None:
        calls = [n for n in ast.walk(file.tree) if isinstance(n, ast.Call)]
        loads = [call for call in calls if ast.unparse(call.func) == "torch.load"]
        safe = [c for c in loads if any(ast.unparse(k) == "weights_only=True" for k in c.keywords)]
        assert [f"{file.name}:{call.lineno}" for call in loads if call not in safe] == []


class TestTheCodeStaysReadable:
    """Sizes, and facts about layers in the registry alone."""

    @by_name(PROGRAM + TESTS)
    def test_a_file_has_one_idea(self, file: SourceFile) -> None:
        assert file.lines <= 420

    @by_name(PROGRAM + TESTS)
    def test_a_function_fits_on_a_screen(self, file: SourceFile) -> None:
        functions = [
            (node, (node.end_lineno or node.lineno) - node.lineno + 1)
            for node in ast.walk(file.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        assert [f"{file.name}:{f.lineno} {f.name} ({n})" for f, n in functions if n > 70] == []

    @by_name(
        f for f in PROGRAM if not f.module.startswith(("graphcore.layers", "graphcore.gallery"))
    )
    def test_only_the_registry_knows_a_layer_by_its_kind(self, file: SourceFile) -> None:
        from graphcore.layers import LAYERS

        assert LAYERS
        found = [(line, kind) for line, kind in strings_compared(file.tree) if kind in LAYERS]
        assert [f"{file.name}:{line} compares with {kind!r}" for line, kind in found] == []


class TestTheToolsAreSound:
    """Faults of what we build on that would bring the window down."""

    def test_qt_keeps_its_references_to_none(self) -> None:
        # PySide6 6.12.0 drops one at every void call; Python 3.11 aborts when the count reaches 0.
        from PySide6.QtCore import QObject

        thing = QObject()
        before = sys.getrefcount(None)
        for index in range(1000):
            thing.setObjectName(str(index))
        assert sys.getrefcount(None) > before - 500
