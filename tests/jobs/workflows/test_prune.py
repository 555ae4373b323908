"""Pruning goes on until nothing is left, and strays are told."""

from __future__ import annotations

import pytest

from protos.jobs.v1.payloads_pb2 import Prune
from services.jobs.workflows import follow_ups, prune
from services.jobs.workflows.context import Pruned
from services.jobs.workflows.outcome import Done
from tests.jobs.workflows.acting import Acting

pytestmark = pytest.mark.slow


def test_pruning_goes_on_while_there_is_more(acting: Acting) -> None:
    acting.stretches = [
        Pruned({"days": 1, "keys": 2000, "errors": 0}, 0, more=True),
        Pruned({"days": 0, "keys": 5, "errors": 3}, 0, more=False),
        Pruned({}, 0, more=False),
    ]
    done = acting.run(prune.run, Prune())
    assert done == Done("1 days, 3 errors, 2005 keys")
    assert len(acting.stretches) == 1


def test_finished_jobs_without_a_day_are_told_once_a_day(acting: Acting) -> None:
    acting.stretches = [Pruned({}, 7, more=False)]
    today = f"{acting.clock.now():%Y-%m-%d}"
    expected = follow_ups.alert("FINISHED_JOBS_STRAYED", today)
    assert acting.run(prune.run, Prune()) == Done("nothing", (expected,))
