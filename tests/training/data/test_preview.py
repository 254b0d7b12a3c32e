from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from graphcore.training.data.arrays import Demand
from graphcore.training.data.preview import LARGEST, samples_of


def test_digits_are_pictures_with_their_class() -> None:
    shown = samples_of("digits", Demand(), 10)
    assert shown["kind"] == "images"
    assert len(shown["samples"]) == 10
    first = shown["samples"][0]
    pixels = np.frombuffer(base64.b64decode(first["pixels"]), dtype=np.uint8).reshape(8, 8, 3)
    assert (pixels[..., 0] == pixels[..., 2]).all()
    assert first["label"] in set("0123456789")
    assert first["classes"] is None


def test_shapes_come_with_the_class_of_every_pixel() -> None:
    shown = samples_of("shapes", Demand((3, 16, 24)), 4)["samples"]
    assert [(one["width"], one["height"]) for one in shown] == [(24, 16)] * 4
    classes = np.frombuffer(base64.b64decode(shown[0]["classes"]), dtype=np.uint8)
    assert classes.shape == (16 * 24,)
    assert classes.max() <= 3


def test_large_images_are_thinned_out(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.zeros((4, 1, 300, 200), np.uint8), y=np.arange(4))
    shown = samples_of(str(tmp_path / "d.npz"), Demand(), 2)["samples"]
    assert max(shown[0]["width"], shown[0]["height"]) <= LARGEST


def test_text_is_text() -> None:
    shown = samples_of("topics", Demand((40,)), 3)
    assert shown["kind"] == "text"
    assert [len(one["text"]) for one in shown["samples"]] == [40] * 3
    assert len({one["text"] for one in shown["samples"]}) == 3


@pytest.mark.parametrize(
    ("data", "columns", "label"),
    [("iris", 4, "setosa versicolor virginica"), ("diabetes", 10, "")],
)
def test_tables_are_rows(data: str, columns: int, label: str) -> None:
    shown = samples_of(data, Demand(), 5)
    assert len(shown["columns"]) == columns
    for one in shown["samples"]:
        assert len(one["values"]) == columns
        assert one["label"] in label if label else float(one["label"])


def test_the_child_answers_without_torch_and_runs_no_program(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def load_data():\n    open('ran', 'w')\n")
    script = (
        "import sys; from graphcore.training.data import preview; preview.main();"
        "print('a stray print'); sys.exit('torch' in sys.modules)"
    )

    def ask(data: str) -> dict[str, object]:
        asked = {"data": data, "shape": [], "tokens": "characters", "count": 3}
        with subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(json.dumps(asked) + "\n")
            child.stdin.flush()
            [line] = child.stdout
            assert child.wait() == 0
        answer: dict[str, object] = json.loads(line)
        return answer

    assert ask("topics")["kind"] == "text"
    answer = ask(str(tmp_path / "mine.py"))
    assert "is a program" in str(answer["error"])
    assert not (tmp_path / "ran").exists()
