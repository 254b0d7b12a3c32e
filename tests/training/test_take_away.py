"""What is taken away is what ran: the exported file in a fresh process, with the run's weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from graphcore.cli import main
from graphcore.gallery import build
from graphcore.module import to_module
from graphcore.store import write

ELSEWHERE = """
import sys
import torch
from safetensors.torch import load_file, save_file
sys.path.insert(0, sys.argv[1])
from net import ResNet20
model = ResNet20().eval()
model.load_state_dict(load_file(sys.argv[2]), strict=True)
with torch.no_grad():
    y = model(load_file(sys.argv[3])["x"])
save_file({"y": y}, sys.argv[4])
assert "graphcore" not in sys.modules
print("\\n".join(model.state_dict()))
"""


def test_exported_file_and_run_weights_give_the_running_models_outputs(tmp_path: Path) -> None:
    diagram = build("resnet20-digits", width=4)
    write(diagram, tmp_path / "r.skw")
    run = ["train", str(tmp_path / "r.skw"), "--steps", "4", "--run-dir", str(tmp_path / "run")]
    assert main(run) == 0
    assert main(["export", str(tmp_path / "r.skw"), "-o", str(tmp_path / "net.py")]) == 0
    weights = tmp_path / "run" / "checkpoints" / "last.safetensors"
    x = torch.randn(8, 1, 8, 8)
    save_file({"x": x}, tmp_path / "x.safetensors")
    arguments = [tmp_path, weights, tmp_path / "x.safetensors", tmp_path / "y.safetensors"]
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    running = to_module(diagram).eval()
    running.load_state_dict(load_file(weights), strict=True)
    with torch.no_grad():
        y = running(x)
    assert torch.equal(load_file(tmp_path / "y.safetensors")["y"], y)
    assert done.stdout.splitlines() == list(running.state_dict())
