"""A child that answers questions on weights without torch: each scenario is one way to behave."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

EVALUATED: dict[str, Any] = {
    "loss": 0.25,
    "accuracy": 0.9303,
    "metrics": {"mean_iou": 0.5},
    "samples": 359,
    "data": "Digits",
    "weights": {"title": "best weights of net-1", "message": "6 of 6 tensors, by key"},
}


def command(scenario: str) -> tuple[str, ...]:
    """What starts it."""
    return (str(Path(__file__)), scenario)


def say(**answer: Any) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main(scenario: str) -> None:
    """Answer the one question on stdin."""
    asked = json.loads(sys.stdin.readline())
    if scenario == "echo":
        say(sentence=f"{asked['ask']} {Path(asked['weights']).name}")
    elif scenario == "refuse":
        say(error="w.pt has nothing for this network")
    elif scenario == "whose":
        say(error=Path(asked["run_dir"]).name)
    elif scenario == "die":
        sys.stderr.write("Segmentation fault\n")
        os._exit(3)
    elif scenario == "evaluate":
        say(done=128, total=359)
        say(**EVALUATED | {"data": asked["data"] or "Digits"})
    else:
        say(done=1, total=359)
        time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1])
