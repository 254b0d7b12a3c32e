from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphcore.diagram import Step
from graphcore.training.events import Evaluated, Failed, Finished, Started, TrainingEvent
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import Row, RunFolder, RunFolderError, fresh_path

STARTED = Started("", "cpu", 1, 2, 46, 100, "Net")
EVALUATED = Evaluated(23, 0, 0.5, 0.75)


def a_run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "net-1", "the diagram", Recipe(epochs=3), "the source")


def test_a_run_can_be_reopened(tmp_path: Path) -> None:
    a_run(tmp_path)
    run = RunFolder.open(tmp_path / "net-1")
    assert run.name == "net-1"
    assert run.diagram_text() == "the diagram"
    assert run.recipe() == Recipe(epochs=3)
    assert run.source_path.read_text() == "the source"
    assert run.checkpoints.is_dir()
    assert run.events() == ()


def test_a_folder_that_holds_a_run_is_never_written_over(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    with pytest.raises(RunFolderError, match="already holds a run"):
        RunFolder.create(run.path, "another", Recipe())
    assert run.diagram_text() == "the diagram"


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunFolderError, match=r"file/run cannot be written \(Not a directory\)"):
        RunFolder.create(tmp_path / "file" / "run", "d", Recipe())


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="holds no run"):
        RunFolder.open(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not a recipe"),
        ("[]", "does not hold a recipe"),
        ('{"epochs": 0}', "is not a recipe: 'epochs' must be between"),
        ('{"run": "rm"}', "a recipe has no 'run'"),
    ],
)
def test_a_damaged_recipe_is_refused(tmp_path: Path, text: str, said: str) -> None:
    run = a_run(tmp_path)
    run.recipe_path.write_text(text)
    with pytest.raises(RunFolderError) as refused:
        run.recipe()
    assert said in str(refused.value)


def test_events_are_kept_and_a_line_cut_short_is_not(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    run.append_event(STARTED)
    run.append_event(EVALUATED)
    with run.events_path.open("a") as file:
        file.write('{"event": "finis')
    assert run.events() == (STARTED, EVALUATED)


def test_damaged_events_are_refused(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    run.events_path.write_text("nonsense\n")
    with pytest.raises(RunFolderError, match="is damaged"):
        run.events()


@pytest.mark.parametrize(
    ("events", "state", "message"),
    [
        ((), "unfinished", ""),
        ((STARTED, EVALUATED), "unfinished", ""),
        ((STARTED, EVALUATED, Failed("no memory")), "failed", "no memory"),
        ((STARTED, EVALUATED, Finished(46, 1.0, 0.5, 0.75)), "finished", ""),
        ((STARTED, EVALUATED, Finished(23, 1.0, 0.5, 0.75, stopped=True)), "stopped", ""),
        ((STARTED, EVALUATED, Failed("no memory"), STARTED), "unfinished", ""),
    ],
)
def test_how_a_run_ended(
    tmp_path: Path, events: tuple[TrainingEvent, ...], state: str, message: str
) -> None:
    run = a_run(tmp_path)
    for event in events:
        run.append_event(event)
    with run.start_steps([Row("a", (Step("a", 0),), 2)]) as writer:
        writer.append(np.zeros((4, 4), dtype=np.float32))
    outcome = run.outcome()
    assert (outcome.state, outcome.message, outcome.steps) == (state, message, 4)
    assert outcome.accuracy == (0.75 if EVALUATED in events else None)


def test_a_fresh_path_counts_on_and_is_a_plain_name(tmp_path: Path) -> None:
    assert fresh_path(tmp_path / "none", "net") == tmp_path / "none" / "net-1"
    (tmp_path / "net-1").mkdir()
    (tmp_path / "net-9").mkdir()
    (tmp_path / "net-x").mkdir()
    assert fresh_path(tmp_path, "net").name == "net-10"
    assert fresh_path(tmp_path, "../my net").name == "my-net-1"
    assert fresh_path(tmp_path, "..").name == "run-1"
