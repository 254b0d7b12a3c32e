"""``skipwright VERB``: the command line.

Exit status 0: done. 1: the diagram has errors, or the run failed. 2: bad usage or unreadable
input. torch is loaded by the verbs that need it, and by no other.
"""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from graphcore.cli import diagram as cli_diagram
from graphcore.cli import evaluate as cli_evaluate
from graphcore.cli import export as cli_export
from graphcore.cli import train as cli_train
from graphcore.cli.output import DONE, FAILED, UNUSABLE, Unusable

NOT_YET = {
    "import": "making a diagram of an existing module",
    "lesson": "running a lesson",
}
"""Verbs that a later version has."""

OPENS_WINDOW = "[FILE]"


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says. Returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    first = arguments[0] if arguments else ""
    if first in NOT_YET:
        print(f"skipwright: '{first}' ({NOT_YET[first]}) is not there yet", file=sys.stderr)
        return UNUSABLE
    if first not in VERBS and not first.startswith("-"):
        return _open_window(arguments)
    try:
        options = _parser().parse_args(arguments)
        work: Callable[[argparse.Namespace], int] = options.work
        return work(options)
    except SystemExit as exit_:  # argparse's way to end, with its status
        return exit_.code if isinstance(exit_.code, int) else UNUSABLE
    except Unusable as error:
        print(f"skipwright: {error}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("skipwright: interrupted", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # Whoever read our output has seen enough (``skipwright gallery | head -1``).
        sys.stdout = None
        return DONE


def _open_window(arguments: Sequence[str]) -> int:
    """The window is a program of its own: nothing in here imports it."""
    if arguments and not Path(arguments[0]).exists() and Path(arguments[0]).suffix != ".skw":
        verbs = ", ".join([*VERBS, *NOT_YET])
        print(
            f"skipwright: there is neither a verb nor a file called '{arguments[0]}'; the verbs "
            f"are {verbs}",
            file=sys.stderr,
        )
        return UNUSABLE
    sys.argv = ["skipwright", *arguments]
    try:
        runpy.run_module("app", run_name="__main__", alter_sys=True)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else UNUSABLE
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="skipwright",
        description="Draw neural networks, train them, see every layer's gradient, take the "
        "PyTorch code away. Without a verb: open the window, on FILE if one is given.",
        epilog="Exit status: 0 done, 1 the diagram has errors or the run failed, 2 bad usage or "
        "unreadable input.",
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for name, (summary, declare, work) in VERBS.items():
        verb = verbs.add_parser(name, help=summary, description=summary)
        declare(verb)
        verb.set_defaults(work=work)
    for name, summary in NOT_YET.items():
        verbs.add_parser(name, help=f"{summary} (not there yet)")
    return parser


Verb = tuple[str, Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]

VERBS: Mapping[str, Verb] = {
    "gallery": (
        "list the templates",
        cli_diagram.declare_gallery,
        cli_diagram.gallery,
    ),
    "new": (
        "make a diagram from a template",
        cli_diagram.declare_new,
        cli_diagram.new,
    ),
    "check": (
        "tell what is wrong with a diagram",
        cli_diagram.declare_check,
        cli_diagram.check,
    ),
    "summary": (
        "tell what a network costs: parameters, multiplications, memory",
        cli_diagram.declare_summary,
        cli_diagram.summary,
    ),
    "export": (
        "write a diagram as PyTorch code, alone or with its training",
        cli_export.declare,
        cli_export.export,
    ),
    "train": (
        "train a diagram's network",
        cli_train.declare,
        cli_train.train,
    ),
    "evaluate": (
        "tell how well trained weights do on held-out data",
        cli_evaluate.declare,
        cli_evaluate.evaluate,
    ),
}
"""Every verb: what it does, how it declares its arguments, and its work."""
