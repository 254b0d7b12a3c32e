"""``skipwright export -o w.safetensors``: the weights of a diagram or of a run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from graphcore import store
from graphcore.cli.output import (
    DONE,
    FAILED,
    Unusable,
    print_json,
    print_problems,
    read_diagram,
    reason,
)
from graphcore.diagnostics import DiagramError
from graphcore.spec import Refused
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder, RunFolderError
from graphcore.training.weights.match import WeightsError
from graphcore.training.weights.record import BEST, WEIGHTS

SUFFIX: Final = ".safetensors"


def export_weights(options: argparse.Namespace) -> int:
    """Write weights under the names of the diagram: those that training begins with, those of a
    run, or those of another file."""
    # torch takes seconds to load, which mistakes in the command need not wait for.
    is_run = Path(options.file).is_dir()
    try:
        if is_run:
            run = RunFolder.open(Path(options.file))
            diagram, recipe = store.loads(run.diagram_text()), run.recipe()
        else:
            diagram = read_diagram(options.file)
            seed = {} if options.seed is None else {"seed": options.seed}
            recipe = resolve_recipe({**diagram.recipe, **seed})
        weights = _chosen(options, is_run=is_run)
        from graphcore.exchange.first_weights import write_weights

        found = write_weights(diagram, recipe, weights, Path(options.output))
    except DiagramError as error:
        print_problems(options.file, error.diagnostics)
        return FAILED
    except (RunFolderError, store.StoreError, WeightsError, Refused) as error:
        raise Unusable(str(error)) from error
    except OSError as error:
        raise Unusable(f"{options.output}: cannot be written: {reason(error)}") from error
    told = found.match.sentence() if found and found.match else "as training begins with them"
    if options.json:
        source = found.file if found else None
        print_json({"file": options.output, "format": "safetensors", "from": source, "told": told})
    else:
        source = found.title if found else f"the weights of {options.file}"
        print(f"{options.output}: {source}, {told}")
    return DONE


def _chosen(options: argparse.Namespace, *, is_run: bool) -> Path | None:
    """The file that the weights are taken from; None for those that training begins with."""
    if not is_run:
        return Path(options.weights) if options.weights else None
    asked = options.weights or BEST
    return Path(options.file, WEIGHTS[asked]) if asked in WEIGHTS else Path(asked)
