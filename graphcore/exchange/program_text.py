"""The text of ``train.py``: the pieces of a recipe, put together in the order of nanoGPT's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphcore.exchange.augmentation_text import augmentation_text
from graphcore.exchange.data_text import data_text
from graphcore.exchange.device_text import device_text, scaler_text
from graphcore.exchange.experiment import Experiment
from graphcore.exchange.loop_text import evaluate_text, loop_text
from graphcore.exchange.model_text import OWN_MODULE, model_text
from graphcore.exchange.optimizer_text import optimizer_text
from graphcore.exchange.piece import Piece, import_block, joined, literal
from graphcore.exchange.schedule_text import functions
from graphcore.exchange.text_text import each_epoch
from graphcore.formatting import WIDTH

ALWAYS = ("import torch",)


@dataclass(frozen=True)
class Program:
    """A program in parts: its imports, its settings, and sections with a title each."""

    imports: tuple[str, ...]
    settings: tuple[str, ...]
    sections: tuple[tuple[str, tuple[Piece, ...]], ...]

    def parts(self) -> Iterator[str]:
        """The settings and the sections, each as text."""
        yield joined([["# The recipe", *self.settings]])
        for title, pieces in self.sections:
            yield joined(_titled(title, pieces))

    def text(self, doc: str) -> str:
        """The whole as a module."""
        head = [f'"""{doc}"""'.split("\n"), import_block(self.imports, OWN_MODULE).split("\n")]
        bodies = [["# The recipe", *self.settings]]
        for title, pieces in self.sections:
            bodies += _titled(title, pieces)
        return joined([*head, *bodies])


def program_of(experiment: Experiment) -> Program:
    """The program of an experiment. Raises ExportError for data that cannot be written."""
    recipe = experiment.recipe
    *data_functions, data = data_text(experiment)
    optimizer = optimizer_text(recipe)
    loop, end = loop_text(experiment, optimizer, each_epoch(experiment))
    sections = (
        ("", tuple(device_text(experiment))),
        ("", tuple(data_functions)),
        ("Data", (data,)),
        ("", tuple(augmentation_text(experiment))),
        ("Model", (model_text(experiment),)),
        ("Optimizer", (optimizer.piece, scaler_text(recipe))),
        ("", (*functions(recipe), evaluate_text(experiment))),
        ("Training", (loop, end)),
    )
    pieces = [piece for _, group in sections for piece in group]
    settings = {name: value for one in _settings_first(pieces, loop) for name, value in one}
    return Program(
        imports=(*ALWAYS, *(name for piece in pieces for name in piece.imports)),
        settings=tuple(_setting(name, literal(value)) for name, value in settings.items()),
        sections=tuple((title, group) for title, group in sections if any(p.lines for p in group)),
    )


def _setting(name: str, value: str) -> str:
    """``name = value``, as a formatter would leave it where that is long."""
    line = f"{name} = {value}"
    fits_below = len(line) > WIDTH >= len(f"    {value}")
    return f"{name} = (\n    {value}\n)" if fits_below else line


def _settings_first(pieces: list[Piece], loop: Piece) -> Iterator[list[tuple[str, object]]]:
    """How long is trained comes first."""
    for piece in (loop, *pieces):
        yield list(piece.settings.items())


def _titled(title: str, pieces: tuple[Piece, ...]) -> list[list[str]]:
    bodies = [piece.lines for piece in pieces if piece.lines]
    if title:
        bodies[0] = [f"# {title}", *bodies[0]]
    return bodies
