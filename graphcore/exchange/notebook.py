"""An experiment as a notebook (nbformat 4.5): the network, then the program part by part."""

from __future__ import annotations

import json

from graphcore.exchange.experiment import Experiment
from graphcore.exchange.model_text import OWN_MODULE
from graphcore.exchange.piece import import_block
from graphcore.exchange.program_text import Program

CHECK = '\n\nif __name__ == "__main__":'
"""Where a module's check of itself begins."""


def notebook(experiment: Experiment, program: Program, title: str) -> str:
    """The text of an ``.ipynb`` file."""
    own = f"from {OWN_MODULE} import "
    imports = [line for line in program.imports if not line.startswith(own)]
    code = [
        experiment.source.text.split(CHECK)[0],
        import_block(imports, OWN_MODULE),
        *program.parts(),
    ]
    cells = [_markdown(0, title), *(_code(n, text) for n, text in enumerate(code, 1))]
    value = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _markdown(number: int, text: str) -> dict[str, object]:
    return {
        "cell_type": "markdown",
        "id": f"cell-{number}",
        "metadata": {},
        "source": _lines(text),
    }


def _code(number: int, text: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"cell-{number}",
        "metadata": {},
        "outputs": [],
        "source": _lines(text),
    }


def _lines(text: str) -> list[str]:
    return list(text.strip("\n").splitlines(keepends=True))
