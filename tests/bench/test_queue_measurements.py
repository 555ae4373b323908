"""The benchmark of the queue measures something: a few jobs, real processes, a durable server."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.peers.measure import Options
from bench.peers.series import measured_once, medians_table
from bench.stack import HOME_VARIABLE

pytestmark = pytest.mark.slow

A_FEW = Options(jobs=60, seconds=0.25, rate=20, finished=500, scheduled=100)


@pytest.mark.usefixtures("bench_server")
def test_two_workers_drain_a_grown_queue_through_two_replicas() -> None:
    drained = measured_once("respite", "drain2", A_FEW)
    grown = measured_once("respite", "drain_grown", A_FEW)

    for result in (drained, grown):
        assert result.get("handled") == A_FEW.jobs, result
        assert result["per_second"] > 0, result


@pytest.mark.usefixtures("bench_server")
def test_callers_are_answered_and_a_trickle_of_jobs_is_handled() -> None:
    enqueued = measured_once("respite", "enqueue16", A_FEW)
    trickled = measured_once("respite", "latency", A_FEW)

    assert 0 < enqueued.get("p50_ms", 0) <= enqueued["p99_ms"], enqueued
    assert trickled.get("jobs") == A_FEW.rate * A_FEW.seconds, trickled
    assert "enqueue16          respite" in medians_table([enqueued, trickled])


@pytest.mark.usefixtures("bench_server")
def test_what_grpc_alone_costs_is_measured_the_same_way() -> None:
    trickled = measured_once("grpc_alone", "latency", A_FEW)

    assert trickled.get("jobs") == A_FEW.rate * A_FEW.seconds, trickled


def test_a_queue_that_is_not_installed_is_named_and_left_out(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bench.peers.series.PEERS_PYTHON", tmp_path / "python")
        patch.setenv(HOME_VARIABLE, str(tmp_path))

        result = measured_once("pgqueuer", "drain1", A_FEW)

    assert "make bench-peers" in medians_table([result])
