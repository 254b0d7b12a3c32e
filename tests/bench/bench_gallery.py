"""Every model of the gallery: cold analysis (goal 0.3 s) and emission of code (goal 0.1 s); and
forward and backward of the generated module against the published code written by hand.

``python -m tests.bench.bench_gallery [NAME …]`` prints it, of the models named or of all. Both
modules of a pair have the same weights, loaded by position, give the same for the same batch, and
run in turn; the ratio is expected to be 1 within noise. The batches are small, so that what Python
does between the operations weighs as much as it ever can. Beside it stands whether both ask torch
for the same operations, which no noise touches.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence

import torch

from graphcore.analysis import analyse
from graphcore.codegen import emit
from graphcore.gallery import TEMPLATES, build
from graphcore.lowering import lower
from tests.bench.interleaved import interleaved, median_ratio, ratio
from tests.bench.operations import compared, operations, step
from tests.bench.published.pairs import PAIRS, both, made_equal, outputs_of


def report_times(names: Sequence[str], rounds: int = 5) -> None:
    """The median of ``rounds`` builds of every template, each a new value, so that nothing kept
    from the one before helps; time of the processor, which a busy machine does not stretch."""
    worst = {"analysis": (0.0, ""), "code": (0.0, "")}
    for name in names:
        analysing, writing = [], []
        for _ in range(rounds):
            diagram = build(name)
            start = time.process_time()
            result = analyse(diagram)
            between = time.process_time()
            emit(lower(diagram, result))
            analysing.append(between - start)
            writing.append(time.process_time() - between)
        cold, code = statistics.median(analysing), statistics.median(writing)
        worst["analysis"] = max(worst["analysis"], (cold, name))
        worst["code"] = max(worst["code"], (code, name))
        print(f"{name:28} analysis {1e3 * cold:6.1f} ms   code {1e3 * code:6.1f} ms", flush=True)
    for what, (longest, name) in worst.items():
        print(f"slowest {what}: {1e3 * longest:.0f} ms ({name})")


def report_ratio(name: str, rounds: int) -> float:
    """Prints generated against hand-written, the same weights and batch; returns the ratio."""
    torch.manual_seed(0)
    (ours, theirs), inputs = both(name), PAIRS[name].inputs()
    made_equal(ours, theirs)
    with torch.no_grad():
        found, wanted = (outputs_of(model.eval(), inputs) for model in (ours, theirs))
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)
    asked = [operations(model, inputs, training=True) for model in (ours, theirs)]
    a, b = interleaved(lambda: step(ours, inputs), lambda: step(theirs, inputs), rounds)
    print(
        f"{name:26} {1e3 * statistics.median(a):7.1f} ms; generated / hand-written {ratio(a, b)}; "
        f"{compared(*asked)}",
        flush=True,
    )
    return median_ratio(a, b)


def report_ratios(names: Sequence[str], rounds: int = 15) -> None:
    """Generated against hand-written of all that are named, and what the ratios are in sum."""
    ratios = sorted((report_ratio(name, rounds), name) for name in names)
    middle = statistics.median(found for found, _ in ratios)
    print(f"median of {len(ratios)} ratios {middle:.3f}x; slowest", end=" ")
    print(", ".join(f"{name} {found:.3f}x" for found, name in reversed(ratios[-3:])))


if __name__ == "__main__":
    torch.set_num_threads(1)
    chosen = sys.argv[1:] or list(TEMPLATES)
    report_times(chosen)
    report_ratios(chosen)
