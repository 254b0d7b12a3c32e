"""The table of README: every model of the gallery that has a published twin, and how they agree.

``python -m tests.gallery.table`` prints it.
"""

from __future__ import annotations

import json
from typing import Any

from graphcore.gallery import TEMPLATES, build
from graphcore.module import to_module
from tests.gallery.test_reference import BY_POSITION, COUNTS, FOLDER, MODELS, output_of, sample


def compared(name: str) -> str:
    """One row: parameters, names of the tensors, largest relative error of the output."""
    title = TEMPLATES[name].title
    model = to_module(build(name))
    parameters = sum(p.numel() for p in model.parameters())
    if name in COUNTS:
        agrees = "agrees" if parameters == COUNTS[name] else f"published: {COUNTS[name]:,}"
        return f"| {title} | {parameters:,} | {agrees} | – | – |"
    path = FOLDER / f"{MODELS[name]}.json"
    reference: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    held = [[key, list(tensor.shape)] for key, tensor in model.state_dict().items()]
    norm = output_of(model, sample(name, reference["input"][0])).norm().item()
    same = "agrees" if parameters == reference["parameters"] else "differs"
    keys = "key by key" if held == reference["state_dict"] else "differ"
    if name in BY_POSITION and shapes(held) == shapes(reference["state_dict"]):
        keys = "by position"
    error = abs(norm / reference["norm"] - 1)
    return f"| {title} | {parameters:,} | {same} | {keys} | {error:.0e} |"


def shapes(held: list[Any]) -> list[Any]:
    """The shapes alone of a ``state_dict``."""
    return [shape for _, shape in held]


if __name__ == "__main__":
    print("| model | parameters | count | `state_dict` | output, relative error |")
    print("|---|---|---|---|---|")
    for name in TEMPLATES:
        if name in MODELS or name in COUNTS:
            print(compared(name))
