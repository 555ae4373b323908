"""The benchmarks of gateway and texts measure something, with a few of each."""

from __future__ import annotations

import pytest

from bench import crisis_time, gateway, goals, texts
from bench.peers.series import medians

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bench_server")]


def test_posts_are_answered_by_the_gateway_and_by_the_one_without_jobs() -> None:
    results = list(gateway.measure(reps=1, seconds=0.5))

    assert [each["metric"] for each in results] == [
        "gateway32",
        "gateway32_stubbed",
        "gateway_at_100",
    ]
    for each in results:
        assert each["posts"] > 0, each
        assert each["refused"] == 0, each
    assert results[0]["cpu"]["jobs"] > 0, results[0]


def test_texts_go_the_whole_way_and_are_told_beside_their_goal() -> None:
    result = next(texts.measure(texts=20, reps=1))

    assert result["texts"] == 20, result
    drain = {"system": "pgqueuer", "metric": "drain1", "per_second": result["per_second"]}
    table = "\n".join(goals.table(medians([result, drain])))
    assert "| whole path of a text, preloaded: texts/s |" in table
    assert "| 1.00 | ≥ 0.12 × | yes |" in table


def test_crisis_texts_are_answered_amid_others_and_told_beside_their_goal() -> None:
    result = next(crisis_time.measure(reps=1, seconds=1.0))

    assert (result["crises"], result["unanswered"]) == (4, 0), result
    assert 0 < result["p50_ms"] <= result["p95_ms"] <= result["p99_ms"], result
    table = "\n".join(goals.table(medians([result])))
    assert "| crisis text to Twilio, amid 10 texts/s: p95 ms |" in table
