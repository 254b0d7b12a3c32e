"""``skipwright export``: a diagram as code, or the whole experiment."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from graphcore.cli.export_weights import SUFFIX as WEIGHTS_SUFFIX
from graphcore.cli.export_weights import export_weights
from graphcore.cli.output import (
    DONE,
    FAILED,
    UNUSABLE,
    Unusable,
    print_json,
    print_problems,
    read_diagram,
    reason,
)
from graphcore.cli.recipe import declare_recipe, recipe_of
from graphcore.diagnostics import DiagramError
from graphcore.exchange.experiment import ExportError
from graphcore.exchange.formats import format_of, write_down
from graphcore.spec import Refused
from graphcore.training.data.arrays import DataError
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from graphcore.training.weights.match import WeightsError
from graphcore.training.weights.record import WeightsRecord, read_record

LATER_SUFFIXES = (".onnx", ".pt2", ".svg", ".png", ".pdf")
"""What a later version exports."""


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``export``."""
    parser.add_argument(
        "file", metavar="FILE", help="a diagram (.skw); for weights a run's folder as well"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        required=True,
        help="where to write: a file, .py is code, .safetensors weights; or a folder (a name that "
        "ends in /), for the experiment: model.py, train.py and experiment.ipynb",
    )
    parser.add_argument(
        "--training", action="store_true", help="write the experiment, whatever OUT is called"
    )
    parser.add_argument(
        "--weights",
        metavar="W",
        help="which weights to write to a .safetensors: best or last of a run, or those of another "
        "file, with the diagram's names; without it those that training begins with, or a run's "
        "best",
    )
    declare_recipe(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def export(options: argparse.Namespace) -> int:
    """Write a diagram in the format that the output's name asks for."""
    output = Path(options.output)
    suffix = output.suffix.lower()
    if suffix == WEIGHTS_SUFFIX and not options.training:
        return export_weights(options)
    if options.weights:
        raise Unusable(
            f"--weights go into a {WEIGHTS_SUFFIX} file, and {options.output} is none; a network "
            "that is written begins with random weights"
        )
    try:
        chosen = format_of(options.output, training=options.training)
    except KeyError as error:
        if suffix in LATER_SUFFIXES:
            print(f"skipwright: export to {suffix} is not there yet; .py is", file=sys.stderr)
            return UNUSABLE
        raise Unusable(
            f"{options.output}: its suffix says what to write; .py is PyTorch code, .safetensors "
            "weights, and a name that ends in / is a folder for the experiment"
        ) from error
    diagram = read_diagram(options.file)
    try:
        recipe = recipe_of(options, diagram) if chosen.trains else Recipe()
        written = chosen.write(diagram, recipe)
        begun = _begun(Path(options.file)) if chosen.trains else None
        paths = write_down(written, output)
    except DiagramError as error:
        print_problems(options.file, error.diagnostics)
        return FAILED
    except (DataError, ExportError, Refused, WeightsError) as error:
        raise Unusable(str(error)) from error
    except OSError as error:
        raise Unusable(f"{options.output}: cannot be written: {reason(error)}") from error
    if begun is not None:
        print(
            f"skipwright: the run of this diagram began with {begun.title}; train.py begins with "
            "random weights",
            file=sys.stderr,
        )
    if options.json:
        told = {"file": options.output, "class": written.class_name, "format": chosen.name}
        if chosen.trains:
            told["files"] = [str(path) for path in paths]
        print_json(told)
    else:
        print(f"{options.output}: {written.class_name}")
    return DONE


def _begun(file: Path) -> WeightsRecord | None:
    """With which weights the run began whose diagram the file is; None where they were drawn, and
    for any other file. Raises WeightsError."""
    run = RunFolder(file.absolute().parent)
    is_of_run = run.holds_a_run and file.absolute() == run.diagram_path
    return read_record(run.path) if is_of_run else None
