"""What a running line tells those who watch it, and what it never tells anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from respite.processes import PROCESSES
from tests.respite.stack import clean_environment
from tests.watching import deployed
from tests.watching.line import MODEL_KEY, Line, line_of, live_through_a_day
from tests.watching.prometheus import PROMETHEUS, Prometheus, scraping, where_prometheus_is
from tests.world.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("watching")


@pytest.fixture(scope="module")
def line(module_home: Path, folder: Path) -> Iterator[Line]:
    """One run for all of this module, which says all that it can."""
    environment = clean_environment(module_home)
    environment |= {
        "LOG_LEVEL": "DEBUG",
        "OPENAI_API_KEY": MODEL_KEY,
        "OPENAI_BASE_URL": f"http://localhost:{environment['SANDBOX_PORT']}/v1",
    }
    with line_of(environment, folder / "up.txt") as line:
        yield line


@pytest.fixture(scope="module")
def prometheus(line: Line, folder: Path) -> Iterator[Prometheus | None]:
    """One that watches from before anything happens, None where there is none to be had."""
    if not PROMETHEUS:
        yield None
        return
    with scraping(line.metrics_ports, folder) as prometheus:
        _await_scrapes(prometheus)
        yield prometheus


@pytest.fixture(scope="module")
def day(line: Line, prometheus: Prometheus | None) -> Line:
    """The line after a day on which everything happened."""
    live_through_a_day(line)
    if prometheus is not None:
        _await_scrapes(prometheus)
    return line


def _await_scrapes(prometheus: Prometheus) -> None:
    """Every process has been looked at twice more from now on."""

    def looks() -> dict[str, float]:
        found = prometheus.query("sum by (job) (count_over_time(up[10m]))")
        return {each["metric"]["job"]: float(each["value"][1]) for each in found}

    before = looks()
    names = [each.name for each in PROCESSES if each.has_certificate]
    until(
        lambda: all(looks().get(name, 0) >= before.get(name, 0) + 2 for name in names),
        "two scrapes of every process",
        60,
    )


def test_every_metric_of_dashboards_and_alerts_is_told_by_some_process(day: Line) -> None:
    pages = "\n".join(day.metrics().values())
    told = set(re.findall(r"^(?:# TYPE )?(\w+)(?:{| )", pages, re.MULTILINE))
    for query in (*deployed.panel_queries(), *deployed.alert_queries()):
        assert query.metrics <= told, query.place


@where_prometheus_is
def test_every_panel_shows_something(day: Line, prometheus: Prometheus) -> None:
    queries = deployed.panel_queries()
    assert len(queries) > 50
    empty = [query.place for query in queries if not prometheus.query(query.expression)]
    assert not empty


@where_prometheus_is
def test_every_alert_is_evaluated_and_those_of_the_day_have_fired(
    day: Line, prometheus: Prometheus
) -> None:
    rules = prometheus.rules()
    assert {rule["name"] for rule in rules} == {rule["alert"] for rule in deployed.alerts()}
    assert {rule["health"] for rule in rules} == {"ok"}, rules
    firing = {rule["name"] for rule in rules if rule["state"] == "firing"}
    # Somebody who opted out wrote in a crisis; a few faults of providers are nothing to tell.
    assert firing == {"OperatorsAlerted"}
