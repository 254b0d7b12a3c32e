"""``skipwright train``: a run with its progress on stderr and, if wanted, its events on stdout."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from graphcore import store
from graphcore.analysis import analyse
from graphcore.cli.output import DONE, FAILED, Unusable, print_problems, read_diagram
from graphcore.cli.progress import Progress, duration, percent
from graphcore.cli.recipe import IN_RECIPE, declare_recipe, recipe_of
from graphcore.diagnostics import Diagnostic
from graphcore.diagram import Diagram
from graphcore.spec import Refused
from graphcore.training.control import Control
from graphcore.training.data.datasets import DataError, data_info
from graphcore.training.data.match import demand_of, mismatch
from graphcore.training.data.sources.python_file import digest_of, is_program
from graphcore.training.events import Failed, Finished, TrainingEvent, to_json
from graphcore.training.parallel.apart import differences
from graphcore.training.parallel.seat import ALONE, torchrun_seat
from graphcore.training.recipe import Recipe, names_a_file, resolve_recipe
from graphcore.training.run_folder import RunFolder, RunFolderError, fresh_path, newest_path
from graphcore.training.weights.match import WeightsError

RUNS = Path("runs")
"""Where runs go unless told otherwise, below the current folder."""

SECONDS_TO_SPEAK = 1.0
"""How long a process of torchrun that failed waits, for when it ends torchrun ends the others, and
the first one has the reason to tell."""

ANEW = "had not come to its first checkpoint: it begins anew, with its recipe and seed"
"""What is said of a run that is resumed and has nothing to go on from."""

METRICS = {
    "mean_iou": "mean IoU {:.3f}",
    "bits_per_token": "{:.2f} bits per token",
    "perplexity": "perplexity {:.4g}",
    "mean_absolute_error": "mean absolute error {:.4g}",
    "r2": "R² {:.3f}",
}
"""How the end of a run tells the figures that go with a kind of data."""


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``train``."""
    parser.add_argument("file", metavar="FILE", help="a diagram (.skw)")
    declare_recipe(parser)
    parser.add_argument(
        "--devices",
        metavar="N",
        type=int,
        help="share every minibatch among N devices; under torchrun it says how many",
    )
    parser.add_argument(
        "--run-dir", metavar="DIR", help="the run's folder; by default runs/<name>-<n>"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run in --run-dir, or with the newest of this file",
    )
    parser.add_argument(
        "--weights",
        metavar="W",
        help="begin with these weights: a .safetensors, a .pt of tensors, or a run's folder for "
        "its best; matched by key, else by order and shape",
    )
    parser.add_argument(
        "--trust-data",
        action="store_true",
        help="run the Python file that --data names; without it such a program is not run",
    )
    parser.add_argument("--json", action="store_true", help="print events as JSON lines")


def train(options: argparse.Namespace) -> int:
    """Train a diagram's network; under torchrun, as one of several processes."""
    seat = torchrun_seat() or ALONE
    diagram = read_diagram(options.file)
    if options.resume and options.weights:
        raise Unusable(
            "a resumed run goes on with the weights of its checkpoint; leave --weights out, or "
            "start a new run without --resume"
        )
    try:
        run = _resumed(options) if options.resume else None
        if run is not None:
            diagram, recipe = store.loads(run.diagram_text()), run.recipe()
            _refuse_changes(options, recipe)
            if seat.is_first and not run.state_path.exists():
                print(f"skipwright: {run.path} {ANEW}", file=sys.stderr)
        else:
            recipe = recipe_of(options, diagram)
        recipe = _on_devices(options, recipe)
        if not seat.is_first:
            return _follow(options, diagram, recipe, run)
        if not is_sound(options.file, diagram, recipe, trusted_digest(options, recipe)):
            return FAILED
        check_device_name(recipe.device)
        if options.weights:
            _check_weights(diagram, Path(options.weights))
        if run is None:
            run = RunFolder.create(_run_path(options), store.dumps(diagram), recipe)
    except (RunFolderError, store.StoreError, DataError, Refused) as error:
        raise Unusable(str(error)) from error
    for remark in differences(analyse(diagram), recipe):
        print(f"skipwright: {recipe.devices} devices: {remark}", file=sys.stderr)
    return _run(options, diagram, recipe, run)


def _on_devices(options: argparse.Namespace, recipe: Recipe) -> Recipe:
    """The recipe for as many devices as are asked for, or as torchrun has started processes: also
    of a resumed run, for it goes on the same on any number. Raises Refused and Unusable."""
    seat, asked = torchrun_seat(), options.devices
    if seat is not None:
        if asked not in (None, seat.size):
            raise Unusable(
                f"torchrun has started {seat.size} processes, but --devices says {asked}: leave it "
                "out"
            )
        asked = seat.size
    return recipe if asked is None else resolve_recipe({**recipe.values(), "devices": asked})


def _follow(
    options: argparse.Namespace, diagram: Diagram, recipe: Recipe, run: RunFolder | None
) -> int:
    """Train the share of a process that is not the first, and be silent."""
    from graphcore.training.fit import fit
    from graphcore.training.parallel.ranks import LOST

    control = Control()
    trusted = trusted_digest(options, recipe)
    with _interrupts(control.stop, patient=True):
        events = fit(diagram, recipe, run, control, resume=options.resume, trusted=trusted)
        last = deque(events, maxlen=1).pop()
    if isinstance(last, Finished):
        return DONE
    time.sleep(SECONDS_TO_SPEAK)
    if isinstance(last, Failed) and last.message != LOST:
        print(f"skipwright: a further process failed: {last.message}", file=sys.stderr)
    return FAILED


def _run(options: argparse.Namespace, diagram: Diagram, recipe: Recipe, run: RunFolder) -> int:
    # torch takes seconds to load, which mistakes in the command need not wait for.
    from graphcore.training.fit import fit

    control, progress = Control(), Progress(sys.stderr)
    last: TrainingEvent | None = None
    trusted = trusted_digest(options, recipe)
    weights = Path(options.weights) if options.weights else None
    with _interrupts(control.stop, patient=torchrun_seat() is not None):
        for event in fit(
            diagram,
            recipe,
            run,
            control,
            resume=options.resume,
            trusted=trusted,
            weights=weights,
        ):
            if options.json:
                print(json.dumps(to_json(event), allow_nan=False), flush=True)
            progress.show(event)
            last = event
    if isinstance(last, Finished):
        print(_ending(last, recipe, run), file=sys.stderr if options.json else sys.stdout)
        return DONE
    message = last.message if isinstance(last, Failed) else "the run ended without a reason"
    print(f"skipwright: the run failed: {message}", file=sys.stderr)
    return FAILED


def trusted_digest(options: argparse.Namespace, recipe: Recipe) -> str:
    """The digest of the program that may be run for its data; empty where none may."""
    is_one = names_a_file(recipe.data) and is_program(Path(recipe.data))
    return digest_of(Path(recipe.data)) if options.trust_data and is_one else ""


def is_sound(file: str, diagram: Diagram, recipe: Recipe, trusted: str) -> bool:
    """Whether the diagram can be trained on its data; tells why not. Raises DataError."""
    analysis = analyse(diagram)
    info = data_info(recipe.data, demand_of(analysis, recipe, trusted))
    problem = mismatch(analysis, info, recipe.loss) if analysis.ok else None
    if problem is not None:
        print_problems(file, [Diagnostic("error", problem.message, problem.at)])
    else:
        print_problems(file, (one for one in analysis.diagnostics if one.severity == "error"))
    return analysis.ok and problem is None


def check_device_name(name: str) -> None:
    """Raises Unusable where there is no such device."""
    from graphcore.training.device import DeviceError, choose_device

    try:
        choose_device(name)
    except DeviceError as error:
        raise Unusable(str(error)) from error


def _check_weights(diagram: Diagram, path: Path) -> None:
    """Raises Unusable where the network cannot take the weights."""
    from graphcore.training.weights.first import compare, without_memory

    try:
        compare(without_memory(diagram), path)
    except WeightsError as error:
        raise Unusable(str(error)) from error


def _run_path(options: argparse.Namespace) -> Path:
    if options.run_dir:
        return Path(options.run_dir)
    return fresh_path(RUNS, Path(options.file).stem)


def _resumed(options: argparse.Namespace) -> RunFolder:
    """The run to go on with. Raises Unusable and RunFolderError where there is none."""
    if options.run_dir:
        return RunFolder.open(Path(options.run_dir))
    stem = Path(options.file).stem
    path = newest_path(RUNS, stem)
    if path is None:
        raise Unusable(f"there is no run of {stem} in {RUNS}; say which with --run-dir")
    return RunFolder.open(path)


def _refuse_changes(options: argparse.Namespace, recipe: Recipe) -> None:
    for name in IN_RECIPE:
        asked: Any = getattr(options, name)
        if name == "data" and asked is not None and names_a_file(asked):
            asked = str(Path(asked).absolute())
        if asked is not None and asked != getattr(recipe, name):
            raise Unusable(
                f"a resumed run keeps its recipe, whose {name} is {getattr(recipe, name)}; leave "
                f"--{name} out, or start a new run"
            )


def _ending(event: Finished, recipe: Recipe, run: RunFolder) -> str:
    words = []
    if event.stopped:
        words.append(f"stopped after {event.steps:,} steps")
    else:
        words.append(f"{event.steps:,} steps in {duration(event.seconds)}")
    if event.accuracy is not None:
        words.append(f"{percent(event.accuracy)} of the held-out samples right")
    elif event.loss is not None:
        words.append(f"held-out loss {event.loss:.4g}")
    words += [METRICS[name].format(figure) for name, figure in event.metrics.items()]
    words.append(f"the run is in {run.path}")
    if event.stopped:
        words.append("go on with --resume")
    return "; ".join(words)


@contextmanager
def _interrupts(stop: Callable[[], None], *, patient: bool = False) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the run after its step; another one at once, unless it is
    to be ``patient``: torchrun passes on a signal that its processes have had already."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def handle(number: int, frame: FrameType | None) -> None:
        stop()
        if not patient:
            for each, handler in before.items():
                signal.signal(each, handler)

    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
