"""First weights from a file: what torch's own ``load_state_dict`` would have loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file, save_model
from torch import Tensor, nn

from graphcore import gallery, store
from graphcore.module import to_module
from graphcore.training.checkpoint import save_weights
from graphcore.training.events import Started, WeightsTaken
from graphcore.training.fit import fit
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from graphcore.training.weights.first import compare, slots_of, take_up, without_memory
from graphcore.training.weights.match import WeightsError
from graphcore.training.weights.record import WeightsRecord, read_record, write_record
from tests.training.nets import digits_net, small_net


class Other(nn.Module):
    """A SmallNet under other names."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        net = small_net(seed=1)
        self.entry, self.body = net.stem, net.blocks
        self.classifier = nn.Linear(4, classes)


class Tied(nn.Module):
    """A net whose first and last matrix are one."""

    def __init__(self, last: str = "head") -> None:
        super().__init__()
        self.embed = nn.Embedding(5, 4)
        self.norm = nn.LayerNorm(4)
        self.add_module(last, nn.Linear(4, 5, bias=False))
        self.get_submodule(last).weight = self.embed.weight


def equal(net: nn.Module, expected: Mapping[str, Tensor]) -> bool:
    found = net.state_dict()
    return found.keys() == expected.keys() and all(
        torch.equal(found[name], value) for name, value in expected.items()
    )


def loaded(net: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What torch makes of it."""
    net.load_state_dict(state)
    return net.state_dict()


class TestAgainstTorch:
    @pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
    def test_by_key(self, tmp_path: Path, suffix: str) -> None:
        state, path = small_net(seed=1).state_dict(), tmp_path / f"w{suffix}"
        save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
        net = small_net()
        record = take_up(net, path)
        assert equal(net, loaded(small_net(), state))
        assert record.match is not None
        assert record.match.is_whole

    def test_keys_in_another_order(self, tmp_path: Path) -> None:
        state = small_net(seed=1).state_dict()
        torch.save(dict(sorted(state.items(), reverse=True)), tmp_path / "w.pt")
        net = small_net()
        take_up(net, tmp_path / "w.pt")
        assert equal(net, state)

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
    def test_other_floats_are_cast(self, tmp_path: Path, dtype: torch.dtype) -> None:
        state = {
            name: value.to(dtype) if value.is_floating_point() else value
            for name, value in small_net(seed=1).state_dict().items()
        }
        save_file(state, tmp_path / "w.safetensors")
        net = small_net()
        take_up(net, tmp_path / "w.safetensors")
        assert equal(net, loaded(small_net(), state))
        assert {p.dtype for p in net.parameters()} == {torch.float32}

    def test_a_file_that_was_cast_as_a_whole(self, tmp_path: Path) -> None:
        source = small_net(seed=1)
        source.blocks[0].norm.num_batches_tracked += 100_000  # type: ignore[operator,union-attr]
        state = {name: value.half() for name, value in source.state_dict().items()}
        torch.save(state, tmp_path / "w.pt")
        net = small_net()
        take_up(net, tmp_path / "w.pt", whole=True)
        assert torch.equal(net.stem.weight, source.stem.weight.half().float())
        assert int(net.blocks[0].norm.num_batches_tracked) == 65_504  # type: ignore[arg-type,union-attr]

    def test_data_parallel_and_compiled_nets(self, tmp_path: Path) -> None:
        source = small_net(seed=1)
        wrapped = nn.DataParallel(source)
        assert next(iter(wrapped.state_dict())).startswith("module.")
        torch.save({"state_dict": wrapped.state_dict(), "epoch": 3}, tmp_path / "dp.pt")
        compiled = {"_orig_mod." + name: value for name, value in source.state_dict().items()}
        torch.save(compiled, tmp_path / "compiled.pt")
        for name in ("dp.pt", "compiled.pt"):
            net = small_net()
            take_up(net, tmp_path / name)
            assert equal(net, source.state_dict())

    def test_other_names_by_order_and_shape(self, tmp_path: Path) -> None:
        source = Other()
        torch.save(source.state_dict(), tmp_path / "w.pt")
        net = small_net()
        record = take_up(net, tmp_path / "w.pt")
        in_order = dict(zip(net.state_dict(), source.state_dict().values(), strict=True))
        assert equal(net, loaded(small_net(), in_order))
        assert record.match is not None
        assert record.match.by == "order"

    def test_other_names_with_a_new_head(self, tmp_path: Path) -> None:
        torch.save(Other(classes=1000).state_dict(), tmp_path / "w.pt")
        net, fresh = small_net(), small_net()
        take_up(net, tmp_path / "w.pt")
        assert torch.equal(net.stem.weight, small_net(seed=1).stem.weight)
        assert torch.equal(net.head.weight, fresh.head.weight)

    @pytest.mark.parametrize("kind", ["save_model", "both", "by order"])
    def test_tied_weights(self, tmp_path: Path, kind: str) -> None:
        torch.manual_seed(1)
        source = Tied("other" if kind == "by order" else "head")
        path = tmp_path / ("w.safetensors" if kind == "save_model" else "w.pt")
        save_model(source, str(path)) if kind == "save_model" else torch.save(
            source.state_dict(), path
        )
        net = Tied()
        record = take_up(net, path)
        assert torch.equal(net.get_submodule("head").weight, source.embed.weight)  # type: ignore[arg-type]
        assert net.get_submodule("head").weight is net.embed.weight
        assert record.match is not None
        assert record.match.is_whole
        assert record.match.total == 3

    def test_our_own_weights_go_to_a_net_of_other_names(self, tmp_path: Path) -> None:
        path = save_weights(tmp_path, "best.safetensors", Other())
        net = small_net()
        take_up(net, path)
        assert torch.equal(net.stem.weight, Other().entry.weight)
        assert load_file(path).keys() == Other().state_dict().keys()

    def test_a_file_that_a_plain_script_saved(self, tmp_path: Path) -> None:
        script = (
            "import torch; from torch import nn; torch.manual_seed(3)\n"
            "net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(),\n"
            "    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10))\n"
            "torch.save({'model': net.state_dict(), 'epoch': 1}, 'w.pth')\n"
        )
        subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
        net = to_module(digits_net())
        record = take_up(net, tmp_path / "w.pth", whole=True)
        state = torch.load(tmp_path / "w.pth", weights_only=True)["model"]
        assert equal(net, dict(zip(net.state_dict(), state.values(), strict=True)))
        assert record.match is not None
        assert record.match.sentence() == "9 of 9 tensors, by order and shape"


class TestSlots:
    @pytest.mark.parametrize("name", ["resnet20-digits", "gpt-chars"])
    def test_a_network_without_memory_has_the_same(self, name: str) -> None:
        diagram = gallery.build(name)
        assert slots_of(without_memory(diagram)) == slots_of(to_module(diagram))

    def test_a_tie_is_seen_on_the_meta_device(self) -> None:
        with torch.device("meta"):
            tied = [slot for slot in slots_of(Tied()) if slot.same_as]
        assert [(slot.name, slot.same_as) for slot in tied] == [("head.weight", "embed.weight")]


class TestRefusals:
    def test_what_is_not_finite_changes_nothing(self, tmp_path: Path) -> None:
        state = small_net(seed=1).state_dict()
        state["head.bias"] = torch.tensor([0.0, float("nan"), 1.0])
        torch.save(state, tmp_path / "w.pt")
        net = small_net()
        with pytest.raises(WeightsError, match=r"head\.bias is not finite"):
            take_up(net, tmp_path / "w.pt")
        assert equal(net, small_net().state_dict())

    def test_what_is_too_large_for_float32(self, tmp_path: Path) -> None:
        state = {"stem.bias": torch.full((4,), 1e300, dtype=torch.float64)}
        torch.save(state, tmp_path / "w.pt")
        with pytest.raises(WeightsError, match=r"stem.bias is not finite \(as float32\)"):
            take_up(small_net(), tmp_path / "w.pt")

    def test_two_values_for_a_tied_weight(self, tmp_path: Path) -> None:
        state = Tied().state_dict()
        state["head.weight"] = state["head.weight"] + 1
        torch.save(state, tmp_path / "w.pt")
        with pytest.raises(WeightsError, match=r"embed.weight and head.weight, .*untie"):
            take_up(Tied(), tmp_path / "w.pt")

    def test_what_must_be_whole(self, tmp_path: Path) -> None:
        torch.save(Other(classes=1000).state_dict(), tmp_path / "w.pt")
        with pytest.raises(WeightsError, match=r"does not have all weights .*head.weight \(3×4\)"):
            take_up(small_net(), tmp_path / "w.pt", whole=True)

    def test_a_match_can_be_seen_before_anything_is_built(self, tmp_path: Path) -> None:
        torch.save(Other(classes=1000).state_dict(), tmp_path / "w.pt")
        with torch.device("meta"):
            net = small_net()
        found = compare(net, tmp_path / "w.pt")
        assert found.sentence() == (
            "20 of 22 tensors, by order and shape; of another shape, so at their first values: "
            "head.weight (3×4), in the file 1000×4, head.bias (3), in the file 1000"
        )


class TestRuns:
    def begun(self, tmp_path: Path, weights: Path | None, **more: bool) -> RunFolder:
        diagram, recipe = digits_net(), Recipe(steps=2, device="cpu")
        path = tmp_path / "run"
        run = RunFolder(path)
        if not run.holds_a_run:
            run = RunFolder.create(path, store.dumps(diagram), recipe)
        events = list(fit(diagram, recipe, run, weights=weights, **more))  # type: ignore[arg-type]
        assert type(events[-1]).__name__ == "Finished"
        return run

    def test_a_run_begins_with_them_and_says_so(self, tmp_path: Path) -> None:
        torch.manual_seed(5)
        source = to_module(digits_net())
        path = tmp_path / "w.pt"
        torch.save(source.state_dict(), path)
        run = self.begun(tmp_path, path)
        told, started = run.events()[:2]
        assert isinstance(told, WeightsTaken)
        assert isinstance(started, Started)
        assert (told.matched, told.total) == (9, 9)
        assert told.message == "begins with w.pt: 9 of 9 tensors, by key"
        record = read_record(run.path)
        assert record is not None
        assert (record.file, len(record.digest)) == (str(path), 64)
        assert record.match == compare(source, path)

    def test_the_first_step_is_made_from_them(self, tmp_path: Path) -> None:
        recipe = Recipe(steps=1, device="cpu", learning_rate=1e-9, schedule="constant")
        torch.manual_seed(5)
        source = to_module(digits_net())
        torch.save(source.state_dict(), tmp_path / "w.pt")
        run = RunFolder.create(tmp_path / "run", store.dumps(digits_net()), recipe)
        list(fit(digits_net(), recipe, run, weights=tmp_path / "w.pt"))
        after = load_file(run.checkpoints / "last.safetensors")
        for name, parameter in source.named_parameters():
            assert torch.allclose(after[name], parameter, atol=1e-6)

    def test_a_resumed_run_does_not_read_the_file_again(self, tmp_path: Path) -> None:
        torch.save(to_module(digits_net()).state_dict(), tmp_path / "w.pt")
        run = self.begun(tmp_path, tmp_path / "w.pt")
        (tmp_path / "w.pt").unlink()
        self.begun(tmp_path, tmp_path / "w.pt", resume=True)
        assert sum(isinstance(event, WeightsTaken) for event in run.events()) == 1

    def test_a_runs_folder_stands_for_its_best_weights(self, tmp_path: Path) -> None:
        run = self.begun(tmp_path, None)
        net = to_module(digits_net())
        record = take_up(net, run.path)
        assert record.title == "best weights of run"
        assert equal(net, load_file(run.checkpoints / "best.safetensors"))

    def test_weights_that_do_not_fit_end_the_run_with_the_reason(self, tmp_path: Path) -> None:
        torch.save({"x": torch.ones(1)}, tmp_path / "w.pt")
        *_, end = fit(digits_net(), Recipe(steps=1, device="cpu"), weights=tmp_path / "w.pt")
        assert "has nothing for this network" in end.message  # type: ignore[union-attr]


class TestRecord:
    def test_it_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        torch.save(Other(classes=1000).state_dict(), tmp_path / "w.pt")
        torch.save(Tied().state_dict(), tmp_path / "t.pt")
        asked = WeightsRecord("/somewhere/w.pt")
        for record in (
            asked,
            take_up(small_net(), tmp_path / "w.pt"),
            take_up(Tied(), tmp_path / "t.pt"),
        ):
            write_record(tmp_path, record)
            assert read_record(tmp_path) == record

    def test_none_is_there_where_weights_were_drawn(self, tmp_path: Path) -> None:
        assert read_record(tmp_path) is None

    @pytest.mark.parametrize(
        "text", ["", "[]", '{"file": 1}', '{"file": "", "digest": "", "match": 3}']
    )
    def test_a_damaged_one_is_refused(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "weights.json").write_text(text)
        with pytest.raises(WeightsError, match=r"weights.json does not tell .* was damaged"):
            read_record(tmp_path)
