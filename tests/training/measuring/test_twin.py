"""The twin: the same outputs and gradients bit for bit, and figures that agree with a hand
computation in float64."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import Tensor, nn
from torch.nn import functional as F

from graphcore.analysis import analyse
from graphcore.diagram import Diagram, Step
from graphcore.gallery import build
from graphcore.join import example
from graphcore.module import to_module
from graphcore.training.measuring.edge_file import NAMES
from graphcore.training.measuring.twin import Twin
from tests.diagrams import block, diagram, image, node, residual, wire
from tests.valid_diagrams import valid_diagrams

MODELS = [
    "resnet20-digits",
    "preact56-digits",
    "rezero56-digits",
    "stochastic-depth56-digits",
    "se-resnet20-digits",
    "densenet22-digits",
    "vit-digits",
    "gpt-chars",
    "encoder-post-ln",
    "unet-shapes",
]


def inputs_of(made: Diagram) -> list[Tensor]:
    stream = torch.Generator().manual_seed(0)
    root = analyse(made).root
    found = []
    for entry in made.main_block.graph.inputs():
        kind = root.nodes[entry.id][0].outputs["y"]
        assert kind is not None
        shape = example(kind, made.symbols)
        whole = torch.zeros(shape, dtype=torch.int64)
        real = kind.dtype.startswith("float")
        found.append(torch.randn(shape, generator=stream) if real else whole)
    return found


def one_step(module: nn.Module, inputs: list[Tensor]) -> list[Tensor]:
    """Outputs, gradients and buffers of a step with everything random from one seed."""
    torch.manual_seed(1)
    module.zero_grad()
    outputs = module(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    sum((y * y).mean() for y in outputs).backward()
    gradients = [torch.empty(0) if p.grad is None else p.grad for p in module.parameters()]
    buffers = [buffer.clone() for buffer in module.buffers()]
    return [*(y.detach() for y in outputs), *gradients, *buffers]


def check_equal(made: Diagram) -> Twin:
    torch.manual_seed(0)
    module = to_module(made).train()
    twin, inputs = Twin(module, made), inputs_of(made)
    state = {key: value.clone() for key, value in module.state_dict().items()}
    plain = one_step(module, inputs)
    module.load_state_dict(state)
    with twin.measuring(0):
        watched = one_step(module, inputs)
    assert len(plain) == len(watched)
    assert all(torch.equal(a, b) for a, b in zip(plain, watched, strict=True))
    return twin


@pytest.mark.parametrize("name", MODELS)
def test_a_measured_step_is_bit_equal_and_every_edge_with_a_gradient_is_measured(name: str) -> None:
    made = build(name)
    twin = check_equal(made)
    (measured,) = twin.arrived()
    found = dict(zip(twin.rows, np.isfinite(measured.figures[:, 0]), strict=True))
    missing = {(row.instance, row.edge) for row, there in found.items() if not there}
    graph = made.main_block.graph
    from_inputs = {
        ((), e.id) for e in graph.edges.values() if graph.nodes[e.source.node].kind == "Input"
    }
    assert len(missing) <= max(4, len(from_inputs)) < len(found)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(valid_diagrams())
def test_random_diagrams_compute_the_same_when_they_are_measured(made: Diagram) -> None:
    torch.manual_seed(0)
    module, inputs = to_module(made).train(), inputs_of(made)
    if not any(True for _ in module.parameters()):
        return
    twin = Twin(module, made)
    state = {key: value.clone() for key, value in module.state_dict().items()}
    plain = one_step(module, inputs)
    module.load_state_dict(state)
    with twin.measuring(0):
        watched = one_step(module, inputs)
    for a, b in zip(plain, watched, strict=True):
        # A value used three times, twice of it inside one layer, may be summed in another order.
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def residual_net() -> Diagram:
    nodes = (
        image(4),
        node("stem", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        node("res", "Residual", width=4, repeat=2),
        node("output", "Output"),
    )
    return diagram(block(*nodes), Residual=residual(shortcut="identity"))


def branch(module: Any, x: Tensor) -> Tensor:
    y = F.relu(F.batch_norm(module.conv1(x), None, None, module.bn1.weight, module.bn1.bias, True))
    made: Tensor = F.batch_norm(
        module.conv2(y), None, None, module.bn2.weight, module.bn2.bias, True
    )
    return made


def figures_of(twin: Twin) -> dict[tuple[tuple[Step, ...], str], dict[str, float]]:
    (measured,) = twin.arrived()
    return {
        (row.instance, row.edge): dict(zip(NAMES, map(float, values), strict=True))
        for row, values in zip(twin.rows, measured.figures, strict=True)
    }


def test_a_joins_two_gradients_agree_with_a_hand_computation() -> None:
    """g_s comes back along the shortcut, g_b through the branch; both, their cosine and the
    shares are those of torch.autograd.grad in float64."""
    made = residual_net()
    torch.manual_seed(3)
    module = to_module(made).double().train()
    (x,) = inputs_of(made)
    x = x.double()
    twin = Twin(module, made)
    with twin.measuring(7):
        module(x).square().mean().backward()
    found = figures_of(twin)

    model: Any = module
    h = model.stem(x)
    z1 = F.relu(branch(model.res[0], h) + h)
    by_branch, by_shortcut = z1.clone(), z1.clone()
    out = F.relu(branch(model.res[1], by_branch) + by_shortcut)
    g_b, g_s = torch.autograd.grad(out.square().mean(), (by_branch, by_shortcut))
    g = g_b + g_s
    instance = (Step("res", 1),)
    skip, flow = found[instance, "downsample"], found[instance, "flow_x_conv1_x"]
    assert skip["gradient"] == pytest.approx(float(g_s.norm()), rel=1e-9)
    assert flow["gradient"] == pytest.approx(float(g_b.norm()), rel=1e-9)
    cosine = float((g_s * g_b).sum() / (g_s.norm() * g_b.norm()))
    assert skip["cosine"] == pytest.approx(cosine, rel=1e-6)
    assert flow["cosine"] == pytest.approx(cosine, rel=1e-6)
    assert skip["share"] == pytest.approx(float((g_s * g).sum() / g.square().sum()), rel=1e-9)
    assert skip["share"] + flow["share"] == pytest.approx(1.0)
    assert skip["mean"] == pytest.approx(z1.mean().item(), rel=1e-9)
    assert skip["deviation"] == pytest.approx(z1.std(correction=0).item(), rel=1e-9)
    assert skip["zeros"] == pytest.approx(float((z1 == 0).double().mean()))


def test_an_edge_to_a_wall_carries_what_its_edges_inside_carry_together() -> None:
    made = residual_net()
    torch.manual_seed(3)
    module = to_module(made).double().train()
    (x,) = inputs_of(made)
    twin = Twin(module, made)
    with twin.measuring(0):
        module(x.double()).square().mean().backward()
    found = figures_of(twin)

    model: Any = module
    h = model.stem(x.double()).detach().requires_grad_()
    model.res(h).square().mean().backward()
    assert h.grad is not None
    outside = found[(), "flow_stem_res_x"]
    assert outside["gradient"] == pytest.approx(float(h.grad.norm()), rel=1e-9)
    assert outside["share"] == pytest.approx(1.0)
    assert np.isnan(outside["cosine"])
    inside = found[(Step("res", 0),), "flow_relu2_output_x"]
    between = found[(Step("res", 1),), "downsample"]
    assert inside["deviation"] == pytest.approx(between["deviation"])


@pytest.mark.parametrize("scale", [0.25, 1024.0])
def test_a_scaled_loss_is_told_as_it_was_meant(scale: float) -> None:
    made = residual_net()
    torch.manual_seed(0)
    module = to_module(made).double().eval()
    (x,) = inputs_of(made)
    twin = Twin(module, made)
    told = []
    for factor in (1.0, scale):
        with twin.measuring(0, factor):
            (module(x.double()).square().mean() * factor).backward()
        told.append(figures_of(twin)[(Step("res", 1),), "downsample"]["gradient"])
    assert told[0] == pytest.approx(told[1], rel=1e-12)


def test_the_module_is_itself_again_whatever_happens() -> None:
    module = to_module(residual_net())
    own = [type(part) for part in module.modules()]
    twin = Twin(module, residual_net())
    with pytest.raises(RuntimeError), twin.measuring(0):
        module(torch.zeros(1, 3, 8, 8))
    assert [type(part) for part in module.modules()] == own
    assert not list(twin.arrived())


def test_nothing_of_a_measured_step_is_kept() -> None:
    """Also where the garbage collector rests, as it does while a net is trained."""
    made = residual_net()
    module, (x,) = to_module(made), inputs_of(made)
    twin = Twin(module, made)
    kept = []
    part = module.get_submodule("stem")
    handle = part.register_forward_hook(lambda _m, _i, output: kept.append(weakref.ref(output)))
    gc.disable()
    try:
        with twin.measuring(0):
            module(x).square().mean().backward()
        assert [ref() for ref in kept] == [None]
    finally:
        gc.enable()
        handle.remove()


def test_a_twin_of_a_diagram_with_wires_of_every_kind_has_a_row_for_each() -> None:
    nodes = (
        image(4),
        node("a", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        node("b", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        node("c", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        node("output", "Output"),
    )
    extra = (wire("a", "c", "dense"), wire("b", "output", "skip", "skip"))
    made = diagram(block(*nodes, extra=extra))
    twin = check_equal(made)
    found = figures_of(twin)
    assert {edge for _, edge in found} == set(made.main_block.graph.edges)
    assert np.isfinite(found[(), "dense_a_c_x"]["gradient"])


def test_a_single_image_with_its_channels_last_is_computed_the_same() -> None:
    """Its strides alone tell how it lies in memory, and a view leaves them as they are."""
    made = build("densenet22-digits")
    torch.manual_seed(0)
    module = to_module(made).train()
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    twin, inputs = Twin(module, made), [inputs_of(made)[0][:1]]
    state = {key: value.clone() for key, value in module.state_dict().items()}
    plain = one_step(module, inputs)
    module.load_state_dict(state)
    with twin.measuring(0):
        watched = one_step(module, inputs)
    assert all(torch.equal(a, b) for a, b in zip(plain, watched, strict=True))
