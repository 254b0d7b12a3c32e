from __future__ import annotations

import pytest

from graphcore.training.events import PARTS, Telemetry
from graphcore.training.measuring.pace import (
    PART_WORDS,
    busy_in_words,
    bytes_in_words,
    line_of,
    rate_in_words,
    seconds_in_words,
    share_in_words,
    shares,
)

TOLD = Telemetry(
    40,
    3456.7,
    {"data": 0.001, "forward": 0.003, "backward": 0.005, "optimizer": 0.001},
    {"process": 412e6, "process_peak": 430.4e6},
)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (2.0, "2.00 s"),
        (123.4, "123 s"),
        (0.01234, "12.3 ms"),
        (0.00999999, "10.0 ms"),
        (4.2e-5, "42.0 µs"),
        (0.0, "0.00 µs"),
    ],
)
def test_times(seconds: float, said: str) -> None:
    assert seconds_in_words(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (12, "12 B"),
        (1_500, "1.50 kB"),
        (412_300_000, "412 MB"),
        (999_999_999, "1.00 GB"),
        (8.1e10, "81.0 GB"),
    ],
)
def test_sizes(count: float, said: str) -> None:
    assert bytes_in_words(count) == said


@pytest.mark.parametrize(
    ("share", "said"), [(0.312, "31 %"), (0.001, "<1 %"), (0.0, "0 %"), (1.0, "100 %")]
)
def test_shares_in_words(share: float, said: str) -> None:
    assert share_in_words(share) == said


def test_slow_and_fast_rates() -> None:
    assert rate_in_words(TOLD) == "3,457 samples/s"
    assert rate_in_words(Telemetry(1, 0.0312, {})) == "0.031 samples/s"


def test_the_shares_of_a_step_are_one_together() -> None:
    found = shares(TOLD)
    assert tuple(found) == PARTS == tuple(PART_WORDS)
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["backward"] == pytest.approx(0.5)
    assert shares(Telemetry(1, 1.0, {})) == {}


def test_all_of_it_in_a_line() -> None:
    assert line_of(TOLD) == (
        "a step took 10.0 ms: data 10 %, forward 30 %, backward 50 %, optimizer 10 %, "
        "measuring 0 %, writing 0 %; 3,457 samples/s; memory 412 MB, at most 430 MB"
    )


def test_what_a_gpu_tells_and_why_it_may_not() -> None:
    busy = Telemetry(1, 10.0, {"forward": 1.0}, {"allocated": 1e9, "allocated_peak": 2e9}, 0.93)
    assert line_of(busy).endswith("on the GPU 1.00 GB, at most 2.00 GB; GPU busy 93 %")
    silent = Telemetry(1, 10.0, {}, {}, None, "not available: install nvidia-ml-py to see it")
    assert "install nvidia-ml-py" in busy_in_words(silent)
