"""The steps of a training run, as a generator of events."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, nullcontext

import numpy as np
import torch
from torch import nn

from graphcore.training.best_weights import BestWeights
from graphcore.training.checkpoint import (
    LAST_WEIGHTS,
    Position,
    load_state,
    save_state,
    save_weights,
)
from graphcore.training.control import Control
from graphcore.training.data.minibatches import Data, epoch_batches, steps_per_epoch
from graphcore.training.events import (
    CheckpointSaved,
    Evaluated,
    Failed,
    Finished,
    Paused,
    Resumed,
    Started,
    StepDone,
    TrainingEvent,
)
from graphcore.training.faults.divergence import DivergenceWatch
from graphcore.training.faults.explaining import TrainingError
from graphcore.training.faults.not_finite import (
    FailingStep,
    NotFiniteError,
    gradients_are_finite,
)
from graphcore.training.learner import Learner
from graphcore.training.measuring.clock import Clock
from graphcore.training.measuring.edge_watch import EdgeWatch
from graphcore.training.measuring.histogram import Histograms
from graphcore.training.measuring.meters import Meters
from graphcore.training.measuring.probes import GradientProbe, Recorder
from graphcore.training.measuring.step_file import COLUMNS, Figures, StepWriter
from graphcore.training.measuring.twin import Twin
from graphcore.training.measuring.update_watch import UpdateWatch
from graphcore.training.parallel.ranks import SINGLE, Ranks
from graphcore.training.parallel.reins import reins_of
from graphcore.training.plan import Plan
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from graphcore.training.schedule import learning_rate, momentum

MOST_STEPS_TOLD = 30
"""How many steps are told in a second; all of them are in the step file."""

SECONDS_BETWEEN_STATES = 5.0
"""How long a run goes at least between two states that it could be resumed from."""


def fit_module(
    module: nn.Module,
    plan: Plan,
    data: Data,
    recipe: Recipe,
    run: RunFolder | None = None,
    control: Control | None = None,
    *,
    twin: Twin | None = None,
    threads: int = 1,
    resume: bool = False,
    ranks: Ranks = SINGLE,
) -> Iterator[TrainingEvent]:
    """Train ``module`` on ``data``, which are on one device already; see :func:`fit`. With a
    ``twin`` the edges are measured as often as the recipe says; ``ranks`` are the processes that do
    this together, of which the first writes to ``run``.

    Raises TrainingError where the loss is not a number, and whatever the module raises.
    """
    with ExitStack() as stack:
        learner = Learner(module, recipe, plan.objective, ranks)
        at = Position(0)
        if run is not None and resume:
            at = load_state(run.checkpoints, module, learner.optimizer)
        learner.share_gradients(data.train)
        run = run if ranks.is_first else None
        writer: StepWriter | None = None
        if run is not None:
            writer = stack.enter_context(run.start_steps(plan.rows, keep=at.step))
        edges = None
        if twin is not None:
            edges = EdgeWatch(twin, learner, recipe)
            if run is not None:
                edges.writer = stack.enter_context(run.start_edges(twin.rows, before=at.step))
        reins = reins_of(control or Control(), ranks)
        training = _Training(learner, plan, data, recipe, run, reins, writer, at, edges)
        if run is not None and recipe.edges_every:
            updates = run.start_updates(plan.rows, before=at.step)
            training.updates.writer = stack.enter_context(updates)
        yield Started(
            run_dir=str(run.path) if run else "",
            device=str(data.train.device),
            threads=threads,
            epochs=recipe.epochs,
            steps=training.total,
            parameters=sum(p.numel() for p in module.parameters()),
            class_name=plan.class_name,
            step=at.step,
            devices=ranks.size,
        )
        yield from training.events()
        reins.settle()


class _Training:
    """The state of a run that is going."""

    def __init__(
        self,
        learner: Learner,
        plan: Plan,
        data: Data,
        recipe: Recipe,
        run: RunFolder | None,
        control: Control,
        writer: StepWriter | None,
        at: Position,
        edges: EdgeWatch | None = None,
    ) -> None:
        self.edges = edges
        self.learner, self.plan, self.data, self.recipe = learner, plan, data, recipe
        self.run, self.control, self.writer = run, control, writer
        self.step = at.step
        self._best = BestWeights(run.checkpoints, at.best) if run else None
        self.samples = min(recipe.batch_size, len(data.train))
        self.per_epoch = steps_per_epoch(len(data.train), recipe.batch_size)
        self.total = recipe.steps or recipe.epochs * self.per_epoch
        if recipe.warm_up >= self.total:
            message = (
                f"the warm-up of {recipe.warm_up:,} steps leaves nothing of the run's "
                f"{self.total:,}: make it shorter, or train for longer"
            )
            raise TrainingError(Failed(message, param="warm_up"))
        self.probe = GradientProbe(learner.module, plan.rows)
        every = recipe.edges_every if learner.ranks.is_first else 0
        self.updates = UpdateWatch(self.probe, every)
        self._recorder = Recorder(len(plan.rows), data.train.device)
        self._is_repeatable = data.train.device.type == "cpu" and learner.ranks.size == 1
        measured = self.probe.measured
        at_once = self._is_repeatable
        self._watch = DivergenceWatch(plan.rows, measured, at.step, at_once=at_once)
        self._clock = Clock(self.total - at.step)
        self._meters = Meters(data.train.device)
        learner.timer = self._meters.timer
        self._histograms = Histograms(learner, plan.modules)
        self._epoch = -1
        self._batches_now: Sequence[torch.Tensor] = ()
        self._arrived = self._told = at.step
        self._newest: Figures = np.empty((0, 0), dtype=np.float32)
        self._told_at, self._saved_at = -np.inf, time.monotonic()
        self._result: Evaluated | None = None

    def events(self) -> Iterator[TrainingEvent]:
        """Make every step that is left, and tell of it."""
        self.learner.module.train()
        try:
            while self.step < self.total and not self.control.is_stopped:
                self.control.agree()
                yield from self._hold()
                if self.control.is_stopped:
                    break
                yield from self._answers()
                epoch = self.step // self.per_epoch
                self._make_step(self._batch(epoch), epoch)
                yield from self._tell()
                yield from self._meters.told(self.step)
                if self.step % self.per_epoch == 0 or self.step == self.total:
                    yield from self._end_epoch(epoch)
            yield from self._end()
        finally:
            # However it ends, of which nobody may be left to be told.
            if self._best is not None:
                self._best.write()

    def _batch(self, epoch: int) -> torch.Tensor:
        """The samples of the next step."""
        if self._epoch != epoch:
            self._epoch, self._batches_now = epoch, self._batches(epoch)
        return self._batches_now[self.step % self.per_epoch]

    def _answers(self) -> Iterator[TrainingEvent]:
        """Take the histograms that somebody asked for, of the next step's minibatch."""
        while (instance := self.control.asked()) is not None:
            with self._clock.stopped(), self._meters.away():
                epoch = self.step // self.per_epoch
                x, y = self.data.train.at(self._batch(epoch), epoch)
                yield self._histograms.take(instance, self.step, x, y)

    def _batches(self, epoch: int) -> Sequence[torch.Tensor]:
        """The samples of every minibatch; in a run of several processes, this one's share."""
        recipe, train, share = self.recipe, self.data.train, self.learner.ranks.share
        batches = epoch_batches(len(train), recipe.batch_size, recipe.seed, epoch)
        shares = (share(batch, recipe.accumulation) for batch in batches)
        return [batch.to(train.device, non_blocking=True) for batch in shares]

    def _make_step(self, batch: torch.Tensor, epoch: int) -> None:
        enter = self._meters.timer.enter
        self._meters.timer.begin("data")
        x, y = self.data.train.at(batch, epoch)
        random = torch.get_rng_state() if self._is_repeatable else None
        enter("measuring")
        self.learner.ranks.reseed(self.recipe.seed, self.step, batch.device)
        with self.edges.step(self.step, len(x), self.samples) if self.edges else nullcontext():
            loss, accuracy = self.learner.backward(x, y, self.samples)
            enter("measuring")
        norms = self.probe.measure()
        recipe = self.recipe
        rate = learning_rate(
            recipe.schedule, recipe.learning_rate, self.step, self.total, recipe.warm_up
        )
        records = self._recorder.record(loss, accuracy, rate, norms)
        enter("writing")
        # On the CPU they are of this very step, and its weights are still there to be looked at.
        again = FailingStep(self.learner, x, y, random, rate) if random is not None else None
        if self.learner.ranks.is_first:
            self._take(records, again)
        with self.updates.step(self.step):
            inertia = momentum(recipe.schedule, recipe.momentum, self.step, self.total)
            self.learner.update(rate, inertia)
            enter("measuring")
        enter("writing")
        self.step += 1
        self._clock.count(self.samples)
        self._meters.count(self.samples)

    def _hold(self) -> Iterator[TrainingEvent]:
        if not self.control.is_paused:
            return
        yield from self._catch_up()
        yield Paused(self.step)
        while self.control.is_paused:
            with self._clock.stopped(), self._meters.away():
                self.control.wait_while_paused()
            yield from self._answers()
        if not self.control.is_stopped:
            yield Resumed(self.step)

    def _take(self, records: Figures, step: FailingStep | None = None) -> None:
        """Write what has arrived; ``step`` is what they are of, where it can be repeated. Raises
        NotFiniteError where a loss is not finite."""
        if not len(records):
            return
        if self.writer is not None:
            self.writer.append(records)
        self._arrived += len(records)
        self._newest = records[-1:]
        found = self._watch.look(records)
        if found is None:
            return
        if np.isfinite(found.loss) and gradients_are_finite(self.learner.module):
            self._watch.forget()
            return
        instance = found.row.instance if found.row else None
        definition = self.plan.definitions.get(instance) if instance else None
        message = found.message(self.recipe.learning_rate)
        failed = Failed(message, instance, definition, resumable=False)
        raise NotFiniteError(failed, found, step)

    def _tell(self, *, at_once: bool = False) -> Iterator[TrainingEvent]:
        """Tell of the newest step, unless another was told of a moment ago."""
        now = time.monotonic()
        too_soon = now - self._told_at < 1 / MOST_STEPS_TOLD
        if self._told == self._arrived or (too_soon and not at_once):
            return
        self._told, self._told_at = self._arrived, now
        loss, accuracy, rate = (float(figure) for figure in self._newest[0, : len(COLUMNS)])
        yield StepDone(
            step=self._arrived,
            epoch=(self._arrived - 1) // self.per_epoch,
            loss=loss,
            accuracy=accuracy if self.plan.objective.has_accuracy else None,
            learning_rate=rate,
            samples_per_second=self._clock.samples_per_second,
            seconds_left=self._clock.seconds_left,
        )

    def _catch_up(self) -> Iterator[TrainingEvent]:
        if self.edges is not None:
            self.edges.flush()
        self.updates.flush()
        self._take(self._recorder.flush())
        yield from self._tell(at_once=True)

    def _end_epoch(self, epoch: int) -> Iterator[TrainingEvent]:
        yield from self._catch_up()
        with self._meters.away():
            yield from self._evaluate(epoch)

    def _evaluate(self, epoch: int) -> Iterator[TrainingEvent]:
        metrics = self.learner.evaluate(self.data.held_out, 2 * self.recipe.batch_size)
        loss, accuracy = metrics.loss, metrics.accuracy
        evaluated = Evaluated(self.step, epoch, loss, accuracy, metrics.others())
        self._result = evaluated
        yield evaluated
        if self.run is None or self._best is None:
            return
        self._best.offer(self.step, loss, accuracy, self.learner.module)
        is_due = time.monotonic() - self._saved_at >= SECONDS_BETWEEN_STATES
        if is_due and self.step < self.total:
            yield from self._save(self.run, self._best)

    def _end(self) -> Iterator[TrainingEvent]:
        yield from self._catch_up()
        yield from self._meters.told(self.step, at_once=True)
        if self.run is not None and self._best is not None:
            yield from self._save(self.run, self._best)
            save_weights(self.run.checkpoints, LAST_WEIGHTS, self.learner.module)
        result = self._result
        yield Finished(
            steps=self.step,
            seconds=self._clock.seconds,
            loss=result.loss if result else None,
            accuracy=result.accuracy if result else None,
            stopped=self.step < self.total,
            metrics=result.metrics if result else {},
        )

    def _save(self, run: RunFolder, best: BestWeights) -> Iterator[TrainingEvent]:
        # A run that goes on from the state takes the best weights up to it for written.
        yield from best.write()
        if self.writer is not None:
            # What the state stands upon must outlast whatever the state does.
            self.writer.bring_to_disk()
        at = Position(self.step, best.merit)
        path = save_state(run.checkpoints, self.learner.module, self.learner.optimizer, at)
        self._saved_at = time.monotonic()
        yield CheckpointSaved(self.step, f"checkpoints/{path.name}")
