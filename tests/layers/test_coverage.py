"""Every module of torch.nn, and every argument of those that are registered, is accounted for."""

from __future__ import annotations

import inspect

import pytest
from torch import nn

from graphcore.layers import LAYERS
from graphcore.layers.coverage import NOT_REGISTERED

MODULES = {
    name: thing
    for name, thing in vars(nn).items()
    if isinstance(thing, type) and issubclass(thing, nn.Module)
}
REGISTERED = sorted(set(MODULES) & set(LAYERS))

# Arguments that no parameter stands for, and why.
EVERYWHERE = {
    "device": "the module is moved as a whole",
    "dtype": "the module is converted as a whole",
    "inplace": "it would silently change what a skip connection still needs",
    "args": "ignored by torch",
    "kwargs": "ignored by torch",
}
INFERRED = {
    "in_channels",
    "in_features",
    "in1_features",
    "in2_features",
    "num_features",
    "num_channels",
    "num_parameters",
    "normalized_shape",
    "input_size",
    "embed_dim",
    "kdim",
    "vdim",
}
SINGLE = {
    "return_indices": "a second output, which only MaxUnpool takes",
    "min_value": "an old name of min_val",
    "max_value": "an old name of max_val",
    "recompute_scale_factor": "changes nothing while the factor is the only thing given",
    "_weight": "a tensor, not a setting",
    "_freeze": "a matter of training",
    "_random_samples": "a tensor, not a setting",
    "max_norm": "changes the weights while it runs",
    "norm_type": "belongs to max_norm",
    "scale_grad_by_freq": "a matter of training",
    "sparse": "a matter of training",
    "batch_first": "always on: the batch is the first axis everywhere",
    "add_bias_kv": "a learned further key, which no model of the field has",
    "add_zero_attn": "a further key of zeros, which no model of the field has",
}
NOT_IN_EVERY_TORCH = {
    "BatchNorm1d": {"bias"},
    "BatchNorm2d": {"bias"},
    "BatchNorm3d": {"bias"},
    "InstanceNorm1d": {"bias"},
    "InstanceNorm2d": {"bias"},
    "InstanceNorm3d": {"bias"},
    "GroupNorm": {"bias"},
}
ONLY_ZEROS = {f"ConvTranspose{axes}d": {"padding_mode"} for axes in (1, 2, 3)}


def test_every_module_of_torch_is_registered_or_has_a_reason() -> None:
    assert sorted(set(MODULES) - set(LAYERS) - set(NOT_REGISTERED)) == []


def test_nothing_is_both_registered_and_excused() -> None:
    assert sorted(set(LAYERS) & set(NOT_REGISTERED)) == []


def test_only_modules_of_torch_are_excused() -> None:
    assert sorted(set(NOT_REGISTERED) - set(MODULES)) == []


@pytest.mark.parametrize("name", sorted(NOT_REGISTERED))
def test_a_reason_is_a_reason(name: str) -> None:
    assert len(NOT_REGISTERED[name].split()) >= 4


@pytest.mark.parametrize("kind", REGISTERED)
def test_every_argument_of_torch_is_a_parameter_or_has_a_reason(kind: str) -> None:
    arguments = set(inspect.signature(MODULES[kind].__init__).parameters) - {"self"}
    covered = set(LAYERS[kind].by_name) | set(EVERYWHERE) | INFERRED | set(SINGLE)
    covered |= NOT_IN_EVERY_TORCH.get(kind, set()) | ONLY_ZEROS.get(kind, set())
    assert sorted(arguments - covered) == []


@pytest.mark.parametrize("kind", REGISTERED)
def test_defaults_are_torchs_or_deliberate(kind: str) -> None:
    """A parameter that torch gives a default has the same one here."""
    signature = inspect.signature(MODULES[kind].__init__).parameters
    differing = {
        param.name
        for param in LAYERS[kind].params
        if param.name in signature
        and signature[param.name].default is not inspect.Parameter.empty
        and signature[param.name].default != param.default
    }
    assert differing == set(DELIBERATE.get(kind, ()))


# What a fresh block does at once, where torch's default would be an error or a nuisance.
DELIBERATE = {
    **{f"Conv{axes}d": ["padding"] for axes in (1, 2, 3)},
    **{f"ConvTranspose{axes}d": ["stride"] for axes in (1, 2, 3)},
    **{kind: ["dim"] for kind in ("Softmax", "LogSoftmax", "Softmin")},
    "Upsample": ["align_corners", "scale_factor"],
    "Unfold": ["stride"],
    "Fold": ["stride"],
    "FractionalMaxPool2d": ["output_ratio"],
    "FractionalMaxPool3d": ["output_ratio"],
}
