"""What a diagram can be written as, registered in one place."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from graphcore.analysis import analyse
from graphcore.codegen import to_source
from graphcore.diagram import Diagram
from graphcore.exchange.experiment import experiment_of
from graphcore.exchange.model_text import OWN_MODULE
from graphcore.exchange.notebook import notebook
from graphcore.exchange.program_text import program_of
from graphcore.formatting import plain
from graphcore.store import replace_file
from graphcore.training.data.datasets import data_info
from graphcore.training.data.match import demand_of
from graphcore.training.recipe import Recipe

COMMANDS = "python train.py\ntorchrun --standalone --nproc_per_node=2 train.py\n"
"""How the program is run."""


@dataclass(frozen=True)
class Written:
    """Files by name (the empty one is the file that was asked for), and the network's class."""

    files: Mapping[str, str]
    class_name: str

    def replaces(self, folder: Path) -> tuple[Path, ...]:
        """The files in ``folder`` whose names these have and whose content is another."""
        found = {folder / name: text.encode() for name, text in self.files.items()}
        return tuple(
            path for path, text in found.items() if path.exists() and path.read_bytes() != text
        )


@dataclass(frozen=True)
class Format:
    """A way to write a diagram. ``suffix`` is that of its file; empty: a folder of files.
    ``trains`` tells that the recipe is written as well.

    ``write`` takes the diagram and the recipe to train it by; it raises DiagramError where the
    diagram has errors, DataError and ExportError where the experiment cannot be written.
    """

    name: str
    title: str
    suffix: str
    trains: bool
    write: Callable[[Diagram, Recipe], Written]


def _code(diagram: Diagram, recipe: Recipe) -> Written:
    source = to_source(diagram)
    return Written({"": source.text}, source.class_name)


def _experiment(diagram: Diagram, recipe: Recipe) -> Written:
    info = data_info(recipe.data, demand_of(analyse(diagram), recipe))
    experiment = experiment_of(diagram, recipe, info)
    program = program_of(experiment)
    name = experiment.source.class_name
    title = f"{name} on {plain(info.title)}"
    doc = f"Train {title}, from random weights.\n\n{COMMANDS}"
    files = {
        f"{OWN_MODULE}.py": experiment.source.text,
        "train.py": program.text(doc),
        "experiment.ipynb": notebook(experiment, program, f"# {title}, from random weights"),
    }
    return Written(files, name)


CODE = Format("py", "PyTorch code", ".py", False, _code)
EXPERIMENT = Format("training", "Network, training and notebook", "", True, _experiment)

FORMATS = (CODE, EXPERIMENT)
"""Every format."""


def format_of(output: str, *, training: bool = False) -> Format:
    """The format that the name of a file or folder asks for: an existing folder, a name that ends
    in a slash, or ``training`` ask for a folder; else the suffix tells.

    Raises KeyError where there is no such format.
    """
    is_folder = training or output.endswith(("/", os.sep)) or Path(output).is_dir()
    suffix = "" if is_folder else Path(output).suffix.lower()
    if not is_folder and not suffix:
        raise KeyError(output)
    return {one.suffix: one for one in FORMATS}[suffix]


def write_down(written: Written, output: Path) -> tuple[Path, ...]:
    """Put the files in their places, each whole or not at all. Raises OSError."""
    paths = tuple(output / name if name else output for name in written.files)
    for path, text in zip(paths, written.files.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode("utf-8"))
    return paths
