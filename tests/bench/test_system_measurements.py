"""The benchmarks of gateway and texts measure something, with a few of each."""

from __future__ import annotations

import pytest

from bench import gateway, goals, texts
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
