"""``python -m graphcore.engine``: the resident child that holds torch for the window.

It says ``{"event": "ready"}``, then answers each line of stdin by one line::

    {"id": 1, "verb": "summary", "diagram": "<text of a .skw file>"}
    {"id": 1, "ok": true, "result": {"parameters": ..., "layers": [...], ...}}
    {"id": 1, "ok": false, "error": "what is wrong, in plain words"}

``summary`` gives :class:`~graphcore.summary.Summary`; ``check`` runs the module on torch's meta
device and gives ``{"agrees": true, "disagreements": []}`` where the analysis told the truth. It
exits when stdin ends.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from graphcore import store
from graphcore.diagnostics import DiagramError
from graphcore.diagram import Diagram
from graphcore.pipes import keep_stdout, send_line
from graphcore.summary import disagreements, summarise


def main() -> int:
    """Answer until stdin ends. Returns the exit status."""
    out = keep_stdout()
    send_line(out, {"event": "ready"})
    for line in sys.stdin.buffer:
        send_line(out, answer(line))
    return 0


def answer(line: bytes) -> dict[str, Any]:
    """The answer to one request."""
    try:
        request = json.loads(line)
        number, verb = request["id"], VERBS[request["verb"]]
        text: str = request["diagram"]
    except (ValueError, KeyError, TypeError) as error:
        return {"id": None, "ok": False, "error": f"not a request ({error!r}): {line[:200]!r}"}
    try:
        return {"id": number, "ok": True, "result": verb(store.loads(text))}
    except (store.StoreError, DiagramError) as error:
        return {"id": number, "ok": False, "error": str(error)}
    except Exception as error:  # noqa: BLE001  One request must not end the child of the next.
        message = f"a fault of the program: {type(error).__name__}: {error}"
        return {"id": number, "ok": False, "error": message}


def _summary(diagram: Diagram) -> dict[str, Any]:
    return summarise(diagram).to_json()


def _check(diagram: Diagram) -> dict[str, Any]:
    found = disagreements(diagram)
    return {"agrees": not found, "disagreements": [asdict(one) for one in found]}


VERBS: Mapping[str, Callable[[Diagram], dict[str, Any]]] = {"summary": _summary, "check": _check}


if __name__ == "__main__":
    sys.exit(main())
