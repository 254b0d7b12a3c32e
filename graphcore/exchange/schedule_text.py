"""How a written program sets the learning rate of a step, and its momentum.

The same functions as :mod:`graphcore.training.schedule`, of ``step`` and ``total``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from graphcore.exchange.piece import Piece
from graphcore.training.optimizer_kinds import OPTIMIZER_KINDS
from graphcore.training.recipe import Recipe
from graphcore.training.schedule import MOST_MOMENTUM, SWING

CYCLE = Piece(
    '''
    def cycle(step, first, peak, last):
        """There and back along cosines (Smith and Topin 2018), the peak after 30 %."""
        top = 0.3 * total - 1
        if step <= top:
            start, end, part = first, peak, step / top
        else:
            start, end, part = peak, last, (step - top) / (total - 1 - top)
        return end + (start - end) * (1 + math.cos(math.pi * part)) / 2
    ''',
    ("import math",),
)

COSINE = Piece(
    '''
    def decay(step, total):
        """Half a cosine from 1 down to 0."""
        return (1 + math.cos(math.pi * step / total)) / 2
    ''',
    ("import math",),
)

STEP = Piece(
    '''
    def decay(step, total):
        """A tenth after half of the run, a hundredth after three quarters."""
        return 1 if step < total // 2 else 0.1 if step < 3 * total // 4 else 0.01
    '''
)


@dataclass(frozen=True)
class ScheduleText:
    """The functions of a schedule, and what the optimizer's groups are given before a step:
    the rate without and after a warm-up, and a momentum (empty: it stays)."""

    functions: tuple[Piece, ...] = ()
    rate: str = ""
    rate_after: str = "learning_rate"
    momentum: Callable[[float], str] | None = None


def _swung(momentum: float) -> str:
    """How far the momentum goes, kept between 0 and what an optimizer takes."""
    high, low = "momentum + 0.05", "momentum - 0.05"
    if momentum + SWING > MOST_MOMENTUM:
        high = f"min({high}, {MOST_MOMENTUM})"
    if momentum < SWING:
        low = f"max({low}, 0.0)"
    return f"low, high = {low}, {high}"


_DECAYED = "learning_rate * decay(step, total)"
_DECAYED_AFTER = "learning_rate * decay(step - warm_up, total - warm_up)"

SCHEDULES_TEXT: Mapping[str, ScheduleText] = {
    "constant": ScheduleText(),
    "cosine": ScheduleText((COSINE,), _DECAYED, _DECAYED_AFTER),
    "one_cycle": ScheduleText(
        (CYCLE,), "learning_rate * cycle(step, 1 / 25, 1, 1 / 250_000)", momentum=_swung
    ),
    "step": ScheduleText((STEP,), _DECAYED, _DECAYED_AFTER),
}
"""Every schedule of the recipe."""


def functions(recipe: Recipe) -> list[Piece]:
    """The functions that the schedule needs."""
    text = SCHEDULES_TEXT[recipe.schedule]
    found = list(text.functions)
    if recipe.warm_up:
        warm = f'''
        def rate_at(step):
            """Evenly up over the first steps, then by the schedule."""
            if step < warm_up:
                return learning_rate * (step + 1) / (warm_up + 1)
            return {text.rate_after}
        '''
        found.append(Piece(warm, settings={"warm_up": recipe.warm_up}))
    if _swings(recipe) and text.momentum is not None:
        swung = f'''
        def momentum_at(step):
            """Down while the rate rises, and up again."""
            {text.momentum(recipe.momentum)}
            return cycle(step, high, low, high)
        '''
        found.append(Piece(swung))
    return found


def each_step(recipe: Recipe, groups: str) -> list[str]:
    """The lines that give the optimizer's groups what the step says."""
    rate = "rate_at(step)" if recipe.warm_up else SCHEDULES_TEXT[recipe.schedule].rate
    inner = [f'    group["lr"] = {rate}'] if rate else []
    if _swings(recipe):
        given = 'group["momentum"] = momentum_at(step)'
        # Of two optimizers only one has a momentum.
        beside = OPTIMIZER_KINDS[recipe.optimizer].beside
        inner += ['    if "momentum" in group:', f"        {given}"] if beside else [f"    {given}"]
    return [f"for group in {groups}:", *inner] if inner else []


def _swings(recipe: Recipe) -> bool:
    """Whether the momentum differs from step to step."""
    cycles = SCHEDULES_TEXT[recipe.schedule].momentum is not None
    return cycles and OPTIMIZER_KINDS[recipe.optimizer].momentum and recipe.momentum > 0
