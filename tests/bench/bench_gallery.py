"""Every model of the gallery: cold analysis (goal 0.3 s) and emission of code (goal 0.1 s); and for
some, forward and backward of the generated module against the published code written by hand.

``python -m tests.bench.bench_gallery`` prints it. Both modules of a pair have the same weights,
loaded by position, get the same batch, and run in turn; the ratio is expected to be 1 within noise.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from graphcore.analysis import analyse
from graphcore.codegen import emit
from graphcore.gallery import TEMPLATES, build
from graphcore.lowering import lower
from graphcore.module import to_module
from tests.bench import published
from tests.bench.interleaved import interleaved, milliseconds, ratio
from tests.bench.published_gpt import GPT2

PAIRS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "resnet50": (published.ResNet50, (2, 3, 96, 96)),
    "densenet121": (published.DenseNet121, (2, 3, 96, 96)),
    "efficientnet-b0": (published.EfficientNetB0, (2, 3, 96, 96)),
    "resnet164-cifar": (published.PreActResNet164, (4, 3, 32, 32)),
    "unet-bn": (published.UNet, (1, 3, 96, 96)),
    "gpt2": (GPT2, (1, 64)),
}


def report_times(rounds: int = 5) -> None:
    """The median of ``rounds`` builds of every template, each a new value, so that nothing kept
    from the one before helps; time of the processor, which a busy machine does not stretch."""
    worst = {"analysis": (0.0, ""), "code": (0.0, "")}
    for name in TEMPLATES:
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
        print(f"{name:28} analysis {1e3 * cold:6.1f} ms   code {1e3 * code:6.1f} ms")
    for what, (longest, name) in worst.items():
        print(f"slowest {what}: {1e3 * longest:.0f} ms ({name})")


def step(model: nn.Module, x: Tensor) -> None:
    """Forward and backward."""
    model.zero_grad(set_to_none=True)
    model(x).square().mean().backward()


def report_ratios(rounds: int = 15) -> None:
    """Generated against hand-written, the same weights and batch."""
    for name, (written, shape) in PAIRS.items():
        ours, theirs = to_module(build(name)), written()
        loaded = zip(theirs.state_dict(), ours.state_dict().values(), strict=True)
        theirs.load_state_dict(dict(loaded))
        tokens = len(shape) == 2
        x = torch.randint(0, 50257, shape) if tokens else torch.randn(shape)
        assert torch.allclose(ours.eval()(x), theirs.eval()(x), atol=1e-5)
        ours.train()
        theirs.train()
        a, b = interleaved(lambda: step(ours, x), lambda: step(theirs, x), rounds)  # noqa: B023
        print(f"{name:18} {milliseconds(a)}; generated / hand-written {ratio(a, b)}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    report_times()
    report_ratios()
