"""Learned values, recurrence, pieces and positions: the text reads as people write it and computes
what a few lines of hand-written torch compute."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from textwrap import dedent
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from graphcore.analysis import analyse, leaves
from graphcore.codegen import to_source
from graphcore.diagram import Diagram, Tie
from graphcore.expression import Expr
from graphcore.module import to_module
from graphcore.spec import BoolParam, IntParam
from graphcore.summary import disagreements
from tests.diagrams import block, diagram, node, wire
from tests.sequences import SEQUENCE, net, out, sequence, text_of


def vision(init: str = "normal") -> Diagram:
    """A class token, positions and a head on what the token has become."""
    return net(
        sequence(length=6),
        node("head", "Linear", out_features=3),
        node("class_token", "Parameter", shape=(1, 1, 16), init=init),
        node("token", "ExpandBatch"),
        node("cat", "Concat"),
        node("pos_embedding", "Parameter", shape=(1, 7, 16), init=init),
        node("add", "Add", broadcast=True),
        node("pick", "Select"),
        node("scale", "Buffer", shape=(16,), fill=2.0),
        node("multiply", "Multiply"),
        out(),
        wires="class_token token, x token.like, token cat, x cat, cat add, pos_embedding add, "
        "add pick, pick multiply, scale multiply, multiply head, head output",
    )


class TestLearnedValues:
    def test_they_are_attributes_and_read_as_such(self) -> None:
        assert text_of(vision("zeros")) == dedent(
            """\
            def __init__(self) -> None:
                super().__init__()
                self.class_token = nn.Parameter(torch.zeros(1, 1, 16))
                self.pos_embedding = nn.Parameter(torch.zeros(1, 7, 16))
                self.scale = nn.Buffer(torch.full((16,), 2.0))
                self.head = nn.Linear(16, 3)

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                token = self.class_token.expand(x.shape[0], -1, -1)
                x = torch.cat((token, x), dim=1)
                x = x + self.pos_embedding
                x = x[:, 0]
                x = x * self.scale
                return self.head(x)"""
        )

    def test_they_come_first_in_the_state_dict_and_in_the_leaves(self) -> None:
        keys = ["class_token", "pos_embedding", "scale", "head.weight", "head.bias"]
        assert list(to_module(vision()).state_dict()) == keys
        found = leaves(analyse(vision()))
        assert [weight.below(leaf.module) for leaf in found for weight in leaf.weights] == keys
        assert [leaf.parameters for leaf in found] == [16, 112, 0, 51]
        assert disagreements(vision()) == ()

    @pytest.mark.parametrize("init", ["normal", "trunc_normal"])
    def test_they_may_start_at_random(self, init: str) -> None:
        made = net(
            node("x", "Input", shape=("N", 4)),
            node("table", "Parameter", shape=(100, 100), init=init, std=0.5),
            out(),
            out("other"),
            wires="x output, table other",
        )
        text = f"nn.Parameter(nn.init.{init}_(torch.empty(100, 100), std=0.5))"
        assert text in text_of(made)
        torch.manual_seed(0)
        (table,) = to_module(made).parameters()
        assert table.std().item() == pytest.approx(0.5, abs=0.02)

    @pytest.mark.parametrize("batch", [1, 2])
    def test_they_compute_what_they_say(self, batch: int) -> None:
        made: Any = to_module(vision())
        y = (made.class_token + made.pos_embedding[:, :1])[:, 0].expand(batch, -1) * made.scale
        torch.testing.assert_close(made(SEQUENCE[:batch]), made.head(y))

    def test_their_gradient_is_that_of_all_samples(self) -> None:
        made: Any = to_module(vision())
        made(SEQUENCE).sum().backward()
        expected = 2 * 2.0 * made.head.weight.sum(0)
        torch.testing.assert_close(made.class_token.grad[0, 0], expected)

    def test_a_parameter_may_be_what_a_skip_adds_to(self) -> None:
        made = net(
            node("x", "Input", shape=(1, 4)),
            node("bias", "Parameter", shape=(1, 4), init="ones"),
            out(),
            wires="bias output, x output skip",
        )
        x = torch.arange(4.0).view(1, 4)
        assert torch.equal(to_module(made)(x), x + 1)

    def test_what_some_copies_only_add_to_it_does_not_change_it(self) -> None:
        inner = block(
            node("x", "Input"),
            node("bias", "Parameter", shape=(1, 4), init="ones"),
            node("act", "Identity"),
            out(),
            edges=[
                wire("bias", "act"),
                wire("act", "output"),
                replace(wire("x", "act", "skip", "shortcut"), active=Expr("joined")),
            ],
            params=(BoolParam(name="joined", doc="Add x.", default=True),),
        )
        made = diagram(
            block(
                node("x", "Input", shape=(1, 4)),
                node("one", "Shift"),
                node("two", "Shift", joined=False),
                out(),
                edges=[
                    wire("x", "one"),
                    wire("one.output", "two"),
                    wire("two.output", "output"),
                ],
            ),
            Shift=inner,
        )
        assert "act = self.bias\n    if self.has_shortcut:" in text_of(made, "Shift")
        module: Any = to_module(made)
        assert torch.equal(module.one(torch.ones(1, 4)), torch.full((1, 4), 2.0))
        assert torch.equal(module(torch.ones(1, 4)), torch.ones(1, 4))

    def test_a_layer_can_be_tied_to_it(self) -> None:
        made = net(
            sequence(),
            node("table", "Parameter", shape=(3, 16), init="normal"),
            node("head", "Linear", out_features=3, bias=False),
            out(),
            out("rows"),
            wires="x head, head output, table rows",
        )
        graph = replace(
            made.main_block.graph, ties=(Tie(source=("table", ""), target=("head", "weight")),)
        )
        tied = replace(made, blocks={"Net": replace(made.main_block, graph=graph)})
        assert "self.head.weight = self.table" in text_of(tied)
        module: Any = to_module(tied)
        assert torch.equal(module(SEQUENCE)[0], SEQUENCE @ module.table.T)
        assert [leaf.parameters for leaf in leaves(analyse(tied))] == [48, 0]

    def test_nothing_can_be_passed_on_instead_of_a_parameter(self) -> None:
        bias = replace(node("bias", "Parameter", shape=(1, 4)), active=False)
        made = net(
            node("x", "Input", shape=("N", 4)),
            bias,
            node("add", "Add", broadcast=True),
            out(),
            wires="x add, bias add, add output",
        )
        (problem,) = analyse(made).diagnostics
        assert "bias: it has no input to pass on instead" in problem.message

    def test_its_size_may_be_that_of_the_block(self) -> None:
        inner = block(
            node("x", "Input"),
            node("shift", "Parameter", shape=(1, 1, Expr("in_channels"))),
            node("add", "Add", broadcast=True),
            out(),
            edges=[wire("x", "add"), wire("add", "output"), wire("shift", "add")],
        )
        made = diagram(
            block(
                sequence(),
                node("one", "Shift"),
                node("less", "Linear", out_features=8),
                node("two", "Shift"),
                out(),
                edges=[
                    wire("x", "one"),
                    wire("one.output", "less"),
                    wire("less", "two"),
                    wire("two.output", "output"),
                ],
            ),
            Shift=inner,
        )
        assert "self.shift = nn.Parameter(torch.zeros(1, 1, in_channels))" in text_of(made, "Shift")
        assert next(tuple(p.shape) for p in to_module(made).parameters()) == (1, 1, 16)


class TestRecurrence:
    def test_states_are_outputs_and_inputs(self) -> None:
        made = net(
            sequence(),
            node("encoder", "LSTM", hidden_size=8),
            node("decoder", "LSTM", hidden_size=8),
            node("gru", "GRU", hidden_size=5, bidirectional=True),
            node("last", "Select", index=-1),
            out(),
            out("state"),
            wires="x encoder, x decoder, encoder.h decoder.h0, encoder.c decoder.c0, "
            "decoder gru, gru last, last output, gru.h state",
        )
        assert dedent(text_of(made).split("Tensor]:\n")[1]) == dedent(
            """\
                _, (h, c) = self.encoder(x)
                x, _ = self.decoder(x, (h, c))
                x, h = self.gru(x)
                x = x[:, -1]
                return x, h"""
        )
        module: Any = to_module(made)
        _, states = module.encoder(SEQUENCE)
        y, h = module.gru(module.decoder(SEQUENCE, states)[0])
        found = module(SEQUENCE)
        assert torch.equal(found[0], y[:, -1])
        assert torch.equal(found[1], h)

    def test_both_states_or_none(self) -> None:
        made = net(
            sequence(),
            node("encoder", "LSTM", hidden_size=8),
            node("decoder", "LSTM", hidden_size=8),
            out(),
            wires="x encoder, x decoder, encoder.h decoder.h0, decoder output",
        )
        (problem,) = analyse(made).diagnostics
        assert problem.message == (
            "decoder: LSTM begins with both states or with none; wire h0 and c0"
        )


class TestPieces:
    @pytest.mark.parametrize(
        ("kind", "params", "written"),
        [
            ("Slice", {"start": 1}, "x[:, 1:]"),
            ("Slice", {"stop": -1}, "x[:, :-1]"),
            ("Slice", {"step": 2}, "x[:, ::2]"),
            ("Slice", {"dim": 2, "start": 1, "stop": 5, "step": 2}, "x[:, :, 1:5:2]"),
            ("Slice", {"dim": -2, "start": -3}, "x[..., -3:, :]"),
            ("Slice", {"dim": -1, "stop": Expr("keep")}, "x[..., : self.keep]"),
            ("Slice", {"start": 1, "stop": Expr("keep")}, "x[:, 1 : self.keep]"),
            ("Slice", {"start": Expr("keep")}, "x[:, self.keep :]"),
            ("Slice", {"start": Expr("keep"), "step": 2}, "x[:, self.keep :: 2]"),
            ("Select", {}, "x[:, 0]"),
            ("Select", {"dim": -1, "index": -1}, "x[..., -1]"),
            ("Select", {"dim": 2, "index": Expr("keep")}, "x[:, :, self.keep]"),
            ("SplitAt", {"index": Expr("keep")}, "torch.tensor_split(x, (self.keep,), dim=1)"),
        ],
    )
    def test_they_are_written_as_people_do_and_as_a_formatter_would(
        self, kind: str, params: dict[str, Any], written: str
    ) -> None:
        made = net(
            sequence(),
            node("piece", kind, **params),
            out(),
            wires=f"x piece, piece{'.y1' if kind == 'SplitAt' else ''} output",
            params=(IntParam(name="keep", doc="How many.", default=4),),
        )
        source = to_source(made).text
        assert written in source
        command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "-"]
        done = subprocess.run(command, input=source, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
        first = to_module(made)(SEQUENCE)
        x, scope = SEQUENCE, {"self": type("Net", (), {"keep": 4}), "torch": torch}
        found = eval(written, scope, {"x": x})  # noqa: S307  The line of the table above.
        assert torch.equal(first, found[0] if kind == "SplitAt" else found)

    def test_branches_keep_the_names_of_their_ports(self) -> None:
        made = net(
            sequence(),
            node("chunk", "Chunk2", dim=-1),
            node("gate", "Sigmoid"),
            node("multiply", "Multiply"),
            out(),
            wires="x chunk, chunk.y2 gate, chunk.y1 multiply, gate multiply, multiply output",
        )
        assert dedent(text_of(made).split("Tensor:\n")[1]) == dedent(
            """\
                y1, y2 = torch.chunk(x, 2, dim=-1)
                y2 = self.gate(y2)
                return y1 * y2"""
        )
        torch.testing.assert_close(to_module(made)(SEQUENCE), nn.GLU()(SEQUENCE))


def test_positions_are_counted_at_run_time() -> None:
    made = net(
        node("x", "Input", shape=("N", "L"), dtype="int64"),
        node("wte", "Embedding", num_embeddings=50, embedding_dim=16),
        node("positions", "Positions"),
        node("wpe", "Embedding", num_embeddings=20, embedding_dim=16),
        node("add", "Add", broadcast=True),
        out(),
        wires="x wte, x positions, positions wpe, wte add, wpe add, add output",
    )
    assert "torch.arange(x.shape[1], device=x.device)" in text_of(made)
    module: Any = to_module(made)
    for length in (1, 7, 20):
        tokens = torch.arange(2 * length).view(2, length) % 50
        expected: Tensor = module.wte(tokens) + module.wpe.weight[:length]
        assert torch.equal(module(tokens), expected)
