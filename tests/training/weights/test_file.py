"""Files of weights: what is read of them, and what is refused without running anything."""

from __future__ import annotations

import os
import pickle
import tempfile
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file, save_model
from torch import nn

from graphcore.training.weights.file import ORDER, open_weights
from graphcore.training.weights.first import take_up
from graphcore.training.weights.match import KINDS, Stored, WeightsError

TENSORS = {"b.weight": torch.arange(6.0).view(2, 3), "a.bias": torch.ones(2, dtype=torch.float16)}


def read(path: Path) -> dict[str, torch.Tensor]:
    file = open_weights(path)
    return {one.name: file.tensor(one.name) for one in file.stored}


def saved(path: Path, content: object, **more: Any) -> Path:
    torch.save(content, path, **more)
    return path


def same(found: dict[str, torch.Tensor]) -> bool:
    return found.keys() == TENSORS.keys() and all(
        torch.equal(found[name], tensor) for name, tensor in TENSORS.items()
    )


class TestKinds:
    @pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".ckpt", ".PT"])
    @pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "legacy"])
    def test_what_torch_saves_keeps_its_order(
        self, tmp_path: Path, suffix: str, is_zip: bool
    ) -> None:
        path = tmp_path / f"w{suffix}"
        file = open_weights(saved(path, TENSORS, _use_new_zipfile_serialization=is_zip))
        assert file.is_ordered
        assert file.stored == (
            Stored("b.weight", (2, 3), "float32"),
            Stored("a.bias", (2,), "float16"),
        )
        assert same(read(path))

    def test_safetensors_are_sorted_by_the_format(self, tmp_path: Path) -> None:
        save_file(TENSORS, tmp_path / "w.safetensors")
        file = open_weights(tmp_path / "w.safetensors")
        assert not file.is_ordered
        assert Stored("a.bias", (2,), "float16") in file.stored
        assert same(read(tmp_path / "w.safetensors"))

    @pytest.mark.parametrize(
        ("order", "keeps"),
        [('["b.weight", "a.bias"]', True), ('["b.weight"]', False), ("3", False), ("[1", False)],
    )
    def test_their_order_may_stand_in_the_metadata(
        self, tmp_path: Path, order: str, keeps: bool
    ) -> None:
        save_file(TENSORS, tmp_path / "w.safetensors", {"format": "pt", ORDER: order})
        file = open_weights(tmp_path / "w.safetensors")
        assert file.is_ordered == keeps
        assert not keeps or [one.name for one in file.stored] == ["b.weight", "a.bias"]

    def test_a_file_of_save_model_lacks_one_name_of_a_tied_weight(self, tmp_path: Path) -> None:
        net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
        net[1].weight = net[0].weight
        save_model(net, str(tmp_path / "w.safetensors"))
        assert len(open_weights(tmp_path / "w.safetensors").stored) == 3

    def test_the_digest_is_that_of_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "w.safetensors").write_bytes(b"")
        save_file({"a": torch.zeros(1)}, tmp_path / "w.safetensors")
        digests = {open_weights(tmp_path / "w.safetensors").digest() for _ in range(2)}
        assert len(digests) == 1
        assert len(digests.pop()) == 64


@pytest.mark.parametrize(
    "content",
    [
        TENSORS,
        OrderedDict(TENSORS),
        {"state_dict": TENSORS, "epoch": 3, "optimizer": {"state": {0: torch.ones(1)}}},
        {"model": TENSORS, "best": torch.tensor(0.5)},
        {"model": {"state_dict": TENSORS}},
        {"net": {}, "module": TENSORS},
        {**TENSORS, "epoch": 3, "name": "x"},
        {name: nn.Parameter(tensor) for name, tensor in TENSORS.items()},
    ],
    ids=["plain", "ordered", "lightning", "model", "nested", "run", "mixed", "parameters"],
)
def test_weights_are_found_among_what_a_checkpoint_keeps(tmp_path: Path, content: object) -> None:
    found = read(saved(tmp_path / "w.pt", content))
    assert same(found)
    assert not any(tensor.requires_grad for tensor in found.values())


class Hostile:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.system, (f"touch {self.mark}",)


class TestHostile:
    @pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "legacy"])
    @pytest.mark.parametrize("wrapped", [True, False])
    def test_code_is_named_and_not_run(self, tmp_path: Path, is_zip: bool, wrapped: bool) -> None:
        bad = Hostile(tmp_path / "mark")
        content: object = {"weights": TENSORS, "hook": bad} if wrapped else bad
        path = saved(tmp_path / "w.pt", content, _use_new_zipfile_serialization=is_zip)
        with pytest.raises(WeightsError, match=r"holds code besides weights .*posix\.system.*save"):
            open_weights(path)
        assert not (tmp_path / "mark").exists()

    def test_a_plain_pickle_is_not_run_either(self, tmp_path: Path) -> None:
        (tmp_path / "w.pt").write_bytes(pickle.dumps(Hostile(tmp_path / "mark")))
        with pytest.raises(WeightsError):
            open_weights(tmp_path / "w.pt")
        assert not (tmp_path / "mark").exists()

    def test_a_whole_module_is_code(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsError, match=r"asks for torch\.nn\.modules\.linear\.Linear"):
            open_weights(saved(tmp_path / "w.pt", nn.Linear(2, 2)))

    def test_a_compiled_program_is_refused(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "w.pt", "w") as archive:
            for name in ("data.pkl", "constants.pkl", "code/__torch__.py"):
                archive.writestr(f"w/{name}", b"")
        with pytest.raises(WeightsError, match="is a TorchScript program"):
            open_weights(tmp_path / "w.pt")

    def test_a_compressed_archive_is_not_unpacked(self, tmp_path: Path) -> None:
        saved(tmp_path / "w.pt", {"a": torch.zeros(1_000_000)})
        with (
            zipfile.ZipFile(tmp_path / "w.pt") as source,
            zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as bomb,
        ):
            for one in source.infolist():
                bomb.writestr(one.filename, source.read(one))
        with pytest.raises(WeightsError, match="is a compressed archive"):
            open_weights(tmp_path / "bomb.pt")

    def test_a_tensor_that_is_no_plain_array(self, tmp_path: Path) -> None:
        sparse = torch.eye(3).to_sparse()
        with pytest.raises(WeightsError, match=r"a is a torch\.sparse_coo tensor"):
            open_weights(saved(tmp_path / "w.pt", {"a": sparse}))


class TestDamage:
    @pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
    @pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.99, None], ids=str)
    def test_a_cut_or_foreign_file(self, tmp_path: Path, suffix: str, part: float | None) -> None:
        path = tmp_path / f"w{suffix}"
        save_file(TENSORS, path) if suffix == ".safetensors" else torch.save(TENSORS, path)
        whole = path.read_bytes()
        path.write_bytes(b"no weights at all" if part is None else whole[: int(part * len(whole))])
        message = "are an empty file" if part == 0.0 else "is damaged"
        with pytest.raises(WeightsError, match=rf"w\{suffix} {message}.*again") as told:
            open_weights(path)
        assert "weights_only" not in str(told.value)

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from([".pt", ".safetensors"]), st.data())
    def test_bytes_that_were_changed_are_refused_or_read(
        self, suffix: str, data: st.DataObject
    ) -> None:
        """What is read is what was told of it, from the bytes that are there; and a network takes
        finite weights of it, or stays as it was."""
        network = nn.ModuleDict(
            {
                "b": nn.ParameterDict({"weight": torch.full((2, 3), -1.0)}),
                "a": nn.ParameterDict({"bias": torch.full((2,), -1.0)}),
            }
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"w{suffix}")
            save_file(TENSORS, path) if suffix == ".safetensors" else torch.save(TENSORS, path)
            content = bytearray(path.read_bytes())
            for _ in range(data.draw(st.integers(1, 6))):
                place = data.draw(st.integers(0, len(content) - 1))
                content[place] = data.draw(st.integers(0, 255))
            path.write_bytes(content)
            try:
                file = open_weights(path)
            except WeightsError:
                return
            for told in file.stored:
                tensor = file.tensor(told.name)
                assert tuple(tensor.shape) == told.shape
                assert str(tensor.dtype) == f"torch.{told.dtype}" or told.dtype not in KINDS
                assert tensor.untyped_storage().nbytes() <= len(content)
                assert tensor.clone().numel() == tensor.numel()
            try:
                taken = take_up(network, path)
            except WeightsError:
                assert all(bool((p == -1).all()) for p in network.parameters())
            else:
                assert taken.match is not None
                assert taken.match.matched
                assert all(bool(p.isfinite().all()) for p in network.parameters())

    def test_a_header_that_claims_too_much(self, tmp_path: Path) -> None:
        path = tmp_path / "w.safetensors"
        path.write_bytes((2**62).to_bytes(8, "little") + b"{}")
        with pytest.raises(WeightsError, match="is damaged or no safetensors file"):
            open_weights(path)

    @pytest.mark.parametrize("content", [{}, [TENSORS], 3, {"epoch": 1}], ids=str)
    def test_nothing_to_take(self, tmp_path: Path, content: object) -> None:
        with pytest.raises(WeightsError, match=r"holds no tensors; save .*state_dict\(\)"):
            open_weights(saved(tmp_path / "w.pt", content))

    def test_safetensors_without_tensors(self, tmp_path: Path) -> None:
        save_file({}, tmp_path / "w.safetensors")
        with pytest.raises(WeightsError, match="holds no tensors"):
            open_weights(tmp_path / "w.safetensors")

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("w.onnx", r"no kind that holds weights: the name of one ends in \.safetensors \.pt"),
            ("w", "no kind that holds weights"),
        ],
    )
    def test_another_kind_of_file(self, tmp_path: Path, name: str, message: str) -> None:
        (tmp_path / name).write_bytes(b"something")
        with pytest.raises(WeightsError, match=message):
            open_weights(tmp_path / name)

    def test_no_file(self, tmp_path: Path) -> None:
        for path in (tmp_path / "w.pt", tmp_path):
            with pytest.raises(WeightsError, match="do not exist: choose a file that does"):
                open_weights(path)
