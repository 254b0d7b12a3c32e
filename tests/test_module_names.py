from __future__ import annotations

import pytest
from torch import nn

from graphcore import gallery
from graphcore.analysis import analyse
from graphcore.diagram import Step
from graphcore.module import to_module
from graphcore.module_names import module_names, parameter_keys


@pytest.mark.parametrize(
    "name", ["resnet20-digits", "densenet22-digits", "gpt-chars", "unet-shapes", "mlp-digits"]
)
def test_every_name_is_found_in_the_module(name: str) -> None:
    diagram = gallery.build(name)
    analysis, module = analyse(diagram), to_module(diagram)
    parts: dict[str, object] = {**dict(module.named_modules()), **dict(module.named_parameters())}
    names = module_names(analysis)
    assert set(names.values()) <= set(parts) | set(dict(module.named_buffers()))
    # Every module is an instance, but for containers of copies and shortcuts that a copy lacks.
    no_instance = (nn.Sequential, nn.ModuleList, nn.Identity)
    containers = {n for n, m in module.named_modules() if isinstance(m, no_instance)}
    assert set(dict(module.named_modules())) - set(names.values()) - containers - {""} == set()


def test_blocks_and_copies_have_names() -> None:
    names = module_names(analyse(gallery.build("resnet20-digits")))
    assert names[(Step("stage2", 1),)] == "stage2.1"
    inside = {name for instance, name in names.items() if instance[:1] == (Step("stage2", 1),)}
    assert "stage2.1.conv1" in inside


@pytest.mark.parametrize("name", ["resnet20-digits", "gpt-chars"])
def test_the_keys_of_all_instances_are_the_parameters(name: str) -> None:
    diagram = gallery.build(name)
    analysis, module = analyse(diagram), to_module(diagram)
    assert sorted(parameter_keys(analysis, ())) == sorted(
        key for key, _ in module.named_parameters()
    )
