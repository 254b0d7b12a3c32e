from __future__ import annotations

import pytest
import torch
from torch import nn

from graphcore import gallery
from graphcore.module import to_module
from graphcore.training.precision import autocast, compile_blocks, missing_compiler, products
from graphcore.training.recipe import Recipe
from tests.diagrams import block, diagram, image, node
from tests.training.nets import digits_net

CPU = torch.device("cpu")


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[nn.Module]:
    """The modules that were asked to be compiled, which is not done."""
    found: list[nn.Module] = []
    monkeypatch.setattr(nn.Module, "compile", lambda self: found.append(self))
    return found


def test_each_repeated_block_is_compiled_and_nothing_else(compiled: list[nn.Module]) -> None:
    module = to_module(gallery.build("resnet20-digits"))
    names = compile_blocks(module)
    assert names == [f"stage{s}.{i}" for s in (1, 2, 3) for i in range(3)]
    assert compiled == [module.get_submodule(name) for name in names]


def test_a_network_without_repeats_is_compiled_whole(compiled: list[nn.Module]) -> None:
    module = to_module(digits_net())
    assert compile_blocks(module) == [""]
    assert compiled == [module]


def test_a_repeated_block_inside_another_is_compiled_with_it(compiled: list[nn.Module]) -> None:
    inner = block(node("x", "Input"), node("relu", "ReLU"), node("output", "Output"))
    outer = block(
        node("x", "Input"),
        node("one", "Inner"),
        node("two", "Inner"),
        node("output", "Output"),
    )
    main = block(image(), node("stage", "Outer", repeat=2), node("output", "Output"))
    module = to_module(diagram(main, Outer=outer, Inner=inner))
    assert compile_blocks(module) == ["stage.0", "stage.1"]


def test_a_missing_compiler_is_told_before_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._inductor import cpp_builder

    def search() -> str:
        raise RuntimeError("No working C++ compiler found")

    monkeypatch.setattr(cpp_builder, "get_cpp_compiler", search)
    assert "install one, such as g++, or switch compile off" in missing_compiler()


@pytest.mark.parametrize(("precision", "allowed"), [("float32", False), ("tf32", True)])
def test_tf32_is_allowed_only_where_it_is_asked_for(precision: str, allowed: bool) -> None:
    def state() -> tuple[str, bool]:
        return torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32

    before = state()
    with products(Recipe(precision=precision)):
        assert state() == ("high" if allowed else "highest", allowed)
    assert state() == before


@pytest.mark.parametrize(
    ("precision", "dtype"), [("float32", torch.float32), ("bf16", torch.bfloat16)]
)
def test_products_have_the_precision(precision: str, dtype: torch.dtype) -> None:
    with autocast(Recipe(precision=precision), CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype
