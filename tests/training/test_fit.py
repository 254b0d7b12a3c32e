"""From a diagram to a trained network, or to a reason in plain words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file

from graphcore import edits
from graphcore.analysis import analyse
from graphcore.codegen import to_source
from graphcore.diagram import Definition, Diagram, Step
from graphcore.module import to_module
from graphcore.training.events import Evaluated, Failed, Finished, Started, StepDone
from graphcore.training.fit import fit
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.diagrams import block, diagram, image, node, residual
from tests.training.nets import digits_net

SHORT = Recipe(steps=3)


def small_resnet() -> Diagram:
    """A stem, two copies of a residual block, a head."""
    main = block(
        image(1),
        node("stem", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        node("stage", "Residual", repeat=2, width=4),
        node("pool", "AdaptiveAvgPool2d"),
        node("flatten", "Flatten"),
        node("head", "Linear", out_features=10),
        node("output", "Output"),
    )
    return diagram(main, Residual=residual())


def failure(network: Diagram, recipe: Recipe = SHORT, run: RunFolder | None = None) -> Failed:
    told = list(fit(network, recipe, run))
    assert isinstance(told[-1], Failed)
    return told[-1]


def test_a_diagram_is_trained_and_the_run_holds_all_of_it(tmp_path: Path) -> None:
    network = small_resnet()
    run = RunFolder.create(tmp_path / "run", "{}", SHORT)
    told = list(fit(network, SHORT, run))
    assert isinstance(told[0], Started)
    assert isinstance(told[-1], Finished)
    assert run.events() == tuple(told)
    assert run.source_path.read_text() == to_source(network).text
    to_module(network).load_state_dict(load_file(run.checkpoints / "last.safetensors"))


def test_rows_go_from_input_to_output_and_are_named_by_module_and_instance(tmp_path: Path) -> None:
    network = small_resnet()
    run = RunFolder.create(tmp_path / "run", "{}", SHORT)
    list(fit(network, SHORT, run))
    file = run.step_file()
    assert file.read_new().shape == (3, 3 + 10)
    assert [row.module for row in file.rows] == [
        "stem",
        *(f"stage.{i}.{name}" for i in range(2) for name in ("conv1", "bn1", "conv2", "bn2")),
        "head",
    ]
    assert file.rows[7].instance == (Step("stage", 1), Step("conv2", 0))
    named = dict(to_module(network).named_modules())
    sizes = [sum(p.numel() for p in named[row.module].parameters()) for row in file.rows]
    assert [row.numel for row in file.rows] == sizes


def test_digits_are_learnt() -> None:
    told = list(fit(small_resnet(), Recipe(epochs=6)))
    results = [event for event in told if isinstance(event, Evaluated)]
    assert (results[-1].accuracy or 0) > 0.7


def test_the_same_seed_gives_the_same_losses() -> None:
    losses = [
        [
            event.loss
            for event in fit(small_resnet(), replace(SHORT, seed=seed))
            if isinstance(event, StepDone)
        ]
        for seed in (1, 1, 2)
    ]
    assert losses[0] == losses[1] != losses[2]


class TestFailures:
    def test_a_diagram_with_errors(self, tmp_path: Path) -> None:
        network = edits.delete(digits_net(), "Net", ["relu"])
        run = RunFolder.create(tmp_path / "run", "{}", SHORT)
        problem = next(p for p in analyse(network).diagnostics if p.severity == "error")
        failed = failure(network, run=run)
        assert (failed.message, failed.definition) == (problem.message, problem.at)
        assert run.events() == (failed,)
        assert not run.steps_path.exists()

    def test_data_that_does_not_fit(self) -> None:
        failed = failure(digits_net(size=32))
        assert "the data Digits has 1×8×8 images and 10 classes" in failed.message
        assert failed.definition == Definition("Net", "x")

    @pytest.mark.parametrize(
        ("recipe", "said"),
        [
            (Recipe(data="mnist"), "there is no data set called 'mnist'"),
            (Recipe(data="nowhere.npz"), "the data file nowhere.npz does not exist"),
            (Recipe(device="cuda:99"), "there is no device 'cuda:99' here; there are: cpu"),
        ],
    )
    def test_what_is_not_there(self, recipe: Recipe, said: str) -> None:
        assert said in failure(digits_net(), recipe).message

    def test_nothing_to_train(self) -> None:
        network = diagram(block(image(1), node("flatten", "Flatten"), node("output", "Output")))
        assert "there is nothing to train" in failure(network).message

    def test_a_fault_inside_a_copy_names_the_copy(self) -> None:
        inside = block(node("x", "Input"), node("norm", "BatchNorm1d"), node("output", "Output"))
        main = block(
            image(1),
            node("flatten", "Flatten"),
            node("stage", "Normed", repeat=3),
            node("head", "Linear", out_features=10),
            node("output", "Output"),
        )
        failed = failure(diagram(main, Normed=inside), replace(SHORT, batch_size=1))
        assert "a batch normalisation at 'norm' got a single value a channel" in failed.message
        assert failed.definition == Definition("Normed", "norm")
        assert failed.instance == (Step("stage", 0), Step("norm", 0))
        assert "Expected more than 1 value per channel" in failed.trace

    def test_more_memory_than_there_is(self) -> None:
        # 2^53 bytes: beyond any machine's address space.
        network = diagram(
            block(
                image(1),
                node("vast", "Conv2d", out_channels=2**31, kernel_size=1024, padding=512),
                node("pool", "AdaptiveAvgPool2d"),
                node("flatten", "Flatten"),
                node("output", "Output"),
            )
        )
        message = failure(network).message
        assert "there was not enough memory" in message
        assert "most of it for 'vast'" in message
        assert "choose a smaller network" in message

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full is Linux's")
    @pytest.mark.parametrize("file", ["steps.f32", "events.jsonl"])
    def test_a_disk_that_is_full(self, tmp_path: Path, file: str) -> None:
        run = RunFolder.create(tmp_path / "run", "{}", SHORT)
        (run.path / file).symlink_to("/dev/full")
        *_, last = fit(digits_net(), SHORT, run)
        assert isinstance(last, Failed)
        assert "cannot be written" in last.message
        assert "No space left on device" in last.message
