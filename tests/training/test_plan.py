"""What cannot be done is refused before the run, on the field that is to blame."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from graphcore.diagram import Diagram
from graphcore.training import plan as plans
from graphcore.training.events import Failed
from graphcore.training.faults.explaining import TrainingError
from graphcore.training.fit import fit
from graphcore.training.plan import prepare
from graphcore.training.recipe import Recipe
from tests.diagrams import block, diagram, node
from tests.training.nets import digits_net

CPU = torch.device("cpu")


def table_net() -> Diagram:
    return diagram(
        block(
            node("x", "Input", shape=("N", 64)),
            node("fc", "Linear", out_features=10),
            node("output", "Output"),
        )
    )


@pytest.mark.parametrize(
    ("recipe", "param", "said"),
    [
        ({"precision": "fp16"}, "precision", "fp16 needs an NVIDIA GPU"),
        ({"precision": "tf32"}, "precision", "tf32 is a mode of NVIDIA GPUs"),
        ({"zero_branches": True}, "zero_branches", "no skip's branch ends in a norm"),
        ({"shift": 8}, "shift", "cannot be shifted by 8"),
        ({"nesterov": True, "momentum": 0.0}, "nesterov", "a momentum above 0"),
    ],
)
def test_a_recipe_that_does_not_suit_diagram_data_or_device_is_refused(
    recipe: dict[str, Any], param: str, said: str
) -> None:
    with pytest.raises(TrainingError) as refused:
        prepare(digits_net(), Recipe(**recipe), CPU)
    assert refused.value.failed.param == param
    assert said in str(refused.value)
    assert f"the recipe's {param.replace('_', ' ')} cannot be used" in str(refused.value)


def test_a_missing_compiler_is_refused_on_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "missing_compiler", lambda: "there is no compiler")
    with pytest.raises(TrainingError) as refused:
        prepare(digits_net(), Recipe(compile=True), CPU)
    assert refused.value.failed.param == "compile"


def test_a_warm_up_longer_than_the_run_is_told() -> None:
    *_, last = fit(digits_net(), Recipe(schedule="cosine", warm_up=10_000, device="cpu"))
    assert isinstance(last, Failed)
    assert last.param == "warm_up"
    assert "leaves nothing of the run's 176" in last.message


def test_a_gpu_may_have_what_the_cpu_has_not() -> None:
    gpu = torch.device("cuda", 0)
    for precision in ("fp16", "tf32"):
        assert prepare(digits_net(), Recipe(precision=precision), gpu).info is not None
