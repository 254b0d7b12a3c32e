"""``skipwright evaluate``: the figures of trained weights on held-out data."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from graphcore import store
from graphcore.cli.output import DONE, FAILED, Unusable, print_json, read_diagram
from graphcore.cli.progress import percent
from graphcore.cli.recipe import recipe_of
from graphcore.cli.train import METRICS, check_device_name, is_sound, trusted_digest
from graphcore.spec import Refused
from graphcore.training.data.datasets import DataError
from graphcore.training.recipe import names_a_file
from graphcore.training.run_folder import RunFolder, RunFolderError
from graphcore.training.weights.match import WeightsError
from graphcore.training.weights.record import BEST

if TYPE_CHECKING:
    from graphcore.training.evaluation import Evaluation, Subject


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``evaluate``."""
    parser.add_argument("file", metavar="FILE|RUN_DIR", help="a diagram (.skw), or a run's folder")
    parser.add_argument(
        "--weights",
        metavar="W",
        help="best (the default) or last of the run; or a file of weights, or another run's folder "
        "for its best",
    )
    parser.add_argument(
        "--data", metavar="NAME|PATH", help="other data than the recipe's; their held-out part"
    )
    parser.add_argument("--device", metavar="NAME", help="auto, cpu, cuda or cuda:N")
    parser.add_argument(
        "--trust-data",
        action="store_true",
        help="run the Python file that gives the data; without it such a program is not run",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(epochs=None, steps=None, seed=None)


def evaluate(options: argparse.Namespace) -> int:
    """Tell how well trained weights do on held-out data."""
    # torch takes seconds to load, which mistakes in the command need not wait for.
    from graphcore.training.evaluation import Evaluation, Measured
    from graphcore.training.evaluation import evaluate as measure
    from graphcore.training.faults.explaining import TrainingError
    from graphcore.training.faults.post_mortem import EXPECTED

    try:
        subject = _subject(options)
        trusted = trusted_digest(options, subject.recipe)
        if not is_sound(options.file, subject.diagram, subject.recipe, trusted):
            return FAILED
        check_device_name(subject.recipe.device)
        for told in measure(subject, trusted=trusted):
            if isinstance(told, Measured):
                _show(told.done, told.total)
            if isinstance(told, Evaluation):
                print_json(told.to_json()) if options.json else print(_in_words(told))
    except (RunFolderError, store.StoreError, WeightsError, DataError, Refused) as error:
        raise Unusable(str(error)) from error
    except (TrainingError, *EXPECTED) as error:
        print(f"skipwright: {error}", file=sys.stderr)
        return FAILED
    return DONE


def _subject(options: argparse.Namespace) -> Subject:
    from graphcore.training.evaluation import subject_of_diagram, subject_of_run

    if Path(options.file).is_dir():
        run = RunFolder.open(Path(options.file))
        data = options.data or ""
        data = str(Path(data).absolute()) if data and names_a_file(data) else data
        weights = options.weights or BEST
        return subject_of_run(run, weights, data=data, device=options.device or "")
    diagram = read_diagram(options.file)
    if not options.weights:
        raise Unusable(
            f"{options.file} is a diagram and holds no weights: say which by --weights, or give "
            "the folder of a run in its place"
        )
    return subject_of_diagram(diagram, recipe_of(options, diagram), Path(options.weights))


def _show(done: int, total: int) -> None:
    """How far it is, on a terminal."""
    if not sys.stderr.isatty():
        return
    line = "" if done == total else f"{done:,} of {total:,} samples"
    sys.stderr.write(f"\r\x1b[K{line}")
    sys.stderr.flush()


def _in_words(found: Evaluation) -> str:
    words = [f"loss {found.loss:.4f}"]
    if found.accuracy is not None:
        words.append(f"{percent(found.accuracy)} right")
    words += [METRICS[name].format(figure) for name, figure in found.metrics.items()]
    match = found.weights.match
    assert match is not None
    return (
        f"{'; '.join(words)}; {found.samples:,} held-out samples of {found.data}; "
        f"{found.weights.title} ({match.sentence()})"
    )
