"""One edit of a flat net to updated shapes, problems and code, against an analysis from scratch.

Goals: shapes and problems p95 16 ms at 200 blocks and 50 ms at 3,300; code within 250 ms.
"""

from __future__ import annotations

import gc
import random
from functools import partial

from app.__main__ import COLLECTOR
from graphcore import analysis as analysis_module
from graphcore import edits, ordering
from graphcore.analysis import analyse
from graphcore.codegen import to_source
from graphcore.diagram import Diagram
from graphcore.gallery.template import chained, layer, skip
from tests.bench.interleaved import milliseconds, ratio, seconds


def flat(blocks: int) -> Diagram:
    """A net of about ``blocks`` layers in one block: convolution, norm, activation, skips."""
    nodes = [layer("x", "Input", shape=("N", 8, 16, 16))]
    skips = []
    for index in range(blocks // 3):
        nodes += [
            layer(f"conv{index}", "Conv2d", out_channels=8, kernel_size=3, padding=1),
            layer(f"bn{index}", "BatchNorm2d"),
            layer(f"relu{index}", "ReLU"),
        ]
        if index % 2 and index > 1:
            skips.append(skip(f"relu{index - 2}", f"relu{index}", f"skip{index}"))
    nodes.append(layer("output", "Output"))
    return Diagram({"Flat": chained(nodes, skips)}, "Flat")


def measure(blocks: int, rounds: int) -> None:
    """Prints the times of ``rounds`` random parameter edits."""
    diagram = flat(blocks)
    analyse(diagram)
    chance = random.Random(0)
    warm: list[float] = []
    cold: list[float] = []
    code: list[float] = []
    for number in range(rounds):
        label = f"conv{chance.randrange(blocks // 3)}"
        width = 8 + number % 2 * 4
        diagram = edits.set_param(diagram, "Flat", label, "out_channels", width)
        warm.append(seconds(partial(analyse, diagram)))
        if analyse(diagram).ok:
            code.append(seconds(partial(to_source, diagram)))
        kept, order = dict(analysis_module._kept), dict(ordering._kept)
        analysis_module._kept.clear()
        ordering._kept.clear()
        cold.append(seconds(partial(analyse, diagram)))
        analysis_module._kept.clear()
        analysis_module._kept.update(kept)
        ordering._kept.update(order)
    print(f"{blocks} blocks, edit to shapes and problems: {milliseconds(warm)}")
    print(f"{blocks} blocks, against from scratch ({milliseconds(cold)}): {ratio(warm, cold)}")
    print(f"{blocks} blocks, code after an edit: {milliseconds(code)}")


if __name__ == "__main__":
    print("as Python collects garbage by default")
    measure(3300, 40)
    gc.set_threshold(*COLLECTOR)
    print("as the window has it")
    measure(200, 60)
    measure(3300, 40)
