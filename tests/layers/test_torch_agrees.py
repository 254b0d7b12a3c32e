"""Every registered layer says of itself what torch finds when it builds and runs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from graphcore.diagram import INPUT, OUTPUT
from graphcore.layers import LAYERS
from graphcore.spec import Args, Inputs, LayerSpec, Refused
from graphcore.tensor_type import DTYPES, TensorType
from tests.layers.cases import TRIALS
from tests.layers.oracle import Outcome, TorchRefuses, draws, resolve, run, told
from tests.layers.strictness import (
    is_limit_of_meta,
    is_not_counted,
    is_stricter_on_purpose,
    lacks_a_kernel,
)
from tests.layers.trial import Params

KINDS = [kind for kind in LAYERS if kind not in (INPUT, OUTPUT)]


def ours(spec: LayerSpec, args: Args, inputs: Inputs) -> Outcome | Refused:
    try:
        return told(spec, args, inputs)
    except Refused as refused:
        return refused


def torchs(spec: LayerSpec, args: Args, inputs: Inputs) -> Outcome | TorchRefuses:
    """What torch makes of it on the meta device, and on the CPU, which looks closer at sizes and
    dtypes; where they differ, the stricter of the two unless the other only lacks something."""
    found: dict[str, Outcome | TorchRefuses] = {}
    for device in ("meta", "cpu"):
        try:
            found[device] = run(spec, args, inputs, device)
        except TorchRefuses as refusal:
            found[device] = refusal
    meta, cpu = found["meta"], found["cpu"]
    if isinstance(meta, TorchRefuses):
        return cpu if is_limit_of_meta(meta) else meta
    if isinstance(cpu, TorchRefuses):
        return meta if lacks_a_kernel(cpu) else cpu
    # Fused kernels of the CPU are not counted.
    assert replace(meta, operations=0) == replace(cpu, operations=0)
    assert cpu.operations <= meta.operations
    return meta


def disagreement(spec: LayerSpec, args: Args, inputs: Inputs) -> str:
    """What differs between the spec and torch, or nothing."""
    said = ours(spec, args, inputs)
    found = torchs(spec, args, inputs)
    if isinstance(found, TorchRefuses):
        return "" if isinstance(said, Refused) else f"accepted, torch says {found}"
    if isinstance(said, Refused):
        fine = is_stricter_on_purpose(spec, args, inputs, found)
        return "" if fine else f"refused ({said}), torch makes {found.outputs}"
    if is_not_counted(spec, inputs):
        found = replace(found, operations=said.operations)
    return "" if said == found else f"said {said}, torch makes {found}"


def disagreements(kind: str, trial: Iterable[tuple[Params, Inputs]]) -> list[str]:
    spec = LAYERS[kind]
    found = []
    for params, inputs in trial:
        problem = disagreement(spec, resolve(spec, params), inputs)
        if problem:
            found.append(f"{kind} {dict(params)} on {', '.join(map(str, inputs))}: {problem}")
    return found


def accepted(kind: str, most: int) -> list[tuple[Params, Inputs]]:
    """Trials that the layer accepts, spread over its parameters."""
    spec = LAYERS[kind]
    fitting = [
        (params, inputs)
        for params, inputs in TRIALS[kind]
        if not isinstance(ours(spec, resolve(spec, params), inputs), Refused)
    ]
    return fitting[:: -(-len(fitting) // most)]


def with_dtypes(inputs: Inputs) -> list[Inputs]:
    """The inputs in every dtype, several of them in every pair of dtypes too."""
    choices = [(dtype,) * len(inputs) for dtype in DTYPES]
    if len(inputs) == 2:
        choices = [(a, b) for a in DTYPES for b in DTYPES]
    return [
        tuple(TensorType(x.dims, dtype) for x, dtype in zip(inputs, chosen, strict=True))
        for chosen in choices
    ]


def test_every_layer_is_tried() -> None:
    assert set(KINDS) == set(TRIALS)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_weights_and_operations_are_torchs(kind: str) -> None:
    assert disagreements(kind, TRIALS[kind]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_dtypes_are_torchs(kind: str) -> None:
    fitting = accepted(kind, most=5)
    assert fitting
    typed = [(params, change) for params, inputs in fitting for change in with_dtypes(inputs)]
    assert disagreements(kind, typed) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_refusal_names_the_layer_and_the_culprit(kind: str) -> None:
    spec = LAYERS[kind]
    ports = {port.name for port in spec.inputs}
    for params, inputs in TRIALS[kind]:
        said = ours(spec, resolve(spec, params), inputs)
        if isinstance(said, Refused):
            assert kind in str(said)
            assert said.param in spec.by_name or said.port in ports, said


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not LAYERS[kind].value])
def test_whether_it_draws_random_numbers_is_told(kind: str) -> None:
    spec = LAYERS[kind]
    trials = [(resolve(spec, params), inputs) for params, inputs in accepted(kind, most=12)]
    told = [spec.draws(args) for args, _ in trials]
    found = [draws(spec, args, inputs) for args, inputs in trials]
    # What drops everything, or a slope from a range of one number, is told and draws nothing.
    assert all(a or not b for a, b in zip(told, found, strict=True))
    assert any(told) == any(found)
