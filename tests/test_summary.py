"""The figures of a network, and the check that the analysis told the truth."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import torch

from graphcore import edits, engine, store
from graphcore.diagnostics import DiagramError
from graphcore.diagram import Diagram, Step
from graphcore.gallery import TEMPLATES, build
from graphcore.module import to_module
from graphcore.summary import disagreements, summarise
from tests.diagrams import block, diagram, node
from tests.sequences import net, out, sequence
from tests.source_tree import ROOT
from tests.training.nets import digits_net


def linear(*shape: int | str) -> Diagram:
    return diagram(
        block(
            node("x", "Input", shape=("N", *shape)),
            node("fc", "Linear", out_features=8),
            node("output", "Output"),
        )
    )


@pytest.mark.parametrize(
    "name", ["mlp-digits", "resnet56-digits", "densenet121", "unet-bn", "gpt-chars", "vit-digits"]
)
def test_parameters_are_those_of_the_module(name: str) -> None:
    """One of each family; a head tied to an embedding among them."""
    with torch.device("meta"):
        summary, module = summarise(build(name)), to_module(build(name))
    assert summary.parameters == sum(p.numel() for p in module.parameters())
    assert summary.class_name == type(module).__name__


@pytest.mark.parametrize(
    ("network", "macs"),
    [
        (linear(16), 16 * 8),
        # torchinfo counts a sequence as if it had one element.
        (linear(5, 16), 5 * 16 * 8),
        (digits_net(), 64 * 9 * 4 + 4 * 10),
    ],
)
def test_multiplications_are_those_of_one_sample(network: Diagram, macs: int) -> None:
    assert summarise(network).macs == macs
    larger = edits.set_symbol(network, "N", 7)
    assert summarise(larger).macs == macs


def test_what_is_kept_for_the_backward_pass_is_counted_once() -> None:
    # The input; what leaves the convolution; what leaves the norm is not kept, what leaves the
    # ReLU is; the vector before the head (pooling keeps what it had, the ReLU's output).
    summary = summarise(digits_net())
    image, channels = 64 * 4, 4
    whole = image + 2 * channels * image + channels * 4
    statistics = 2 * channels * 4  # of the batch norm, once a batch of four
    assert summary.batch == 4
    assert summary.activations_bytes == whole + statistics // 4


def test_layers_are_listed_with_their_place_in_the_diagram() -> None:
    layers = {layer.module: layer for layer in summarise(build("resnet20-digits")).layers}
    conv = layers["stage2.1.conv1"]
    assert conv.instance == (Step("stage2", 1), Step("conv1", 0))
    assert (conv.kind, conv.depth, conv.output) == ("Conv2d", 3, (4, 32, 4, 4))
    assert (conv.parameters, conv.macs) == (32 * 32 * 9, 32 * 32 * 9 * 16)
    stage = layers["stage2"]
    assert stage.instance is None
    assert stage.parameters == sum(
        layer.parameters
        for name, layer in layers.items()
        if name.startswith("stage2.") and layer.instance
    )


def test_a_network_larger_than_any_memory_is_summed_up() -> None:
    vast = diagram(
        block(
            node("x", "Input", shape=("N", 2**30)),
            node("fc", "Linear", out_features=2**30, bias=False),
            node("output", "Output"),
        )
    )
    assert summarise(vast).parameters == 2**60


def test_a_diagram_with_errors_has_no_summary() -> None:
    broken = edits.delete(digits_net(), "Net", ["relu"])
    for ask in (summarise, disagreements):
        with pytest.raises(DiagramError):
            ask(broken)


DEEPEST = ("resnet1001-cifar", "resnet1202-cifar")
"""Left out for their length: they are the blocks of their shallower kin."""


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name not in DEEPEST])
def test_the_analysis_told_the_truth(name: str) -> None:
    assert disagreements(build(name)) == ()


def test_sequences_of_unnamed_length_have_a_summary_too() -> None:
    """Tuples that modules return, values that are no modules, symbols without an example."""
    made = net(
        sequence(),
        node("start", "Parameter", shape=(1, 1, 16)),
        node("add", "Add", broadcast=True),
        node("attention", "MultiheadAttention", num_heads=4),
        node("lstm", "LSTM", hidden_size=8),
        out(),
        wires="x add, start add, add attention, attention lstm, lstm output",
    )
    assert disagreements(made) == ()
    found = summarise(made)
    assert found.parameters == 16 + 4 * 16 * 17 + 4 * 8 * (16 + 8 + 2)
    outputs = {layer.module: layer.output for layer in found.layers}
    assert outputs["attention"] == (4, 4, 16)
    assert outputs["lstm"] == (4, 4, 8)


def test_an_analysis_that_did_not_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    forward = torch.nn.Conv2d.forward
    monkeypatch.setattr(torch.nn.Conv2d, "forward", lambda self, x: forward(self, x)[:, :, 1:-1])
    (found,) = [one for one in disagreements(digits_net()) if one.module == "stem"]
    assert (found.expected, found.found) == ("(4, 4, 8, 8)", "(4, 4, 6, 8)")


class TestEngine:
    def test_the_child_answers_line_by_line_and_exits_with_its_parent(self) -> None:
        requests = [
            {"id": 1, "verb": "summary", "diagram": store.dumps(digits_net())},
            {"id": 2, "verb": "check", "diagram": store.dumps(digits_net())},
            {"id": 3, "verb": "summary", "diagram": "{"},
        ]
        done = subprocess.run(
            [sys.executable, "-m", "graphcore.engine"],
            input="".join(json.dumps(request) + "\n" for request in requests),
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        ready, summary, check, broken = map(json.loads, done.stdout.splitlines())
        assert ready == {"event": "ready"}
        assert (summary["id"], summary["ok"]) == (1, True)
        assert summary["result"]["parameters"] == summarise(digits_net()).parameters
        assert summary["result"]["layers"][0]["instance"] == [["stem", 0]]
        assert check == {"id": 2, "ok": True, "result": {"agrees": True, "disagreements": []}}
        assert (broken["id"], broken["ok"]) == (3, False)
        assert "line 1" in broken["error"]

    @pytest.mark.parametrize(
        "line",
        [b"", b"nonsense", b"[]", b'{"id": 1}', b'{"id": 1, "verb": "eval", "diagram": ""}'],
    )
    def test_what_is_no_request_is_told(self, line: bytes) -> None:
        assert engine.answer(line)["error"].startswith("not a request")

    def test_a_fault_in_one_request_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(diagram: Diagram) -> dict[str, Any]:
            raise ZeroDivisionError("oops")

        monkeypatch.setattr(engine, "VERBS", {"summary": broken})
        request = {"id": 1, "verb": "summary", "diagram": store.dumps(digits_net())}
        answer = engine.answer(json.dumps(request).encode())
        assert answer["error"] == "a fault of the program: ZeroDivisionError: oops"


def test_a_tied_weight_is_counted_once_in_the_table_too() -> None:
    summary = summarise(build("gpt-chars"))
    assert summary.parameters == 351_072
    assert "Total params: 351,072" in summary.table
    assert "Trainable params: 351,072" in summary.table
