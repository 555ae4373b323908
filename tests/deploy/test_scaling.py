"""What docs/scaling.md counts, counted from the code."""

from __future__ import annotations

import inspect
import re

import pytest
import yaml

from kit.database import Database
from kit.postgres import _SETTINGS
from respite import jobs
from respite.home import CHECKOUT
from respite.processes import BY_NAME, PROCESSES, SERVICES
from services.jobs.threads import PATIENT
from tests.deploy.kubernetes import KUBERNETES, cluster, where_it_can_be_built
from tests.docs.markdown import Document
from tests.respite.test_compose import SERVED

PAGE = Document.read(CHECKOUT / "docs" / "scaling.md")
# What sends NOTIFY and what hears it: services.jobs.model.signal.
SIGNALS = 2
# superuser_reserved_connections, whose default PostgreSQL has had since version 8.1
RESERVED = 3


def of_one_copy(service: str) -> int:
    """Connections at most to the primary."""
    if service == "jobs":
        writers = int(jobs.JobsSettings.model_fields["jobs_writers"].default)
        return 2 * (writers + PATIENT + 4) + jobs.CALLS_AT_ONCE + SIGNALS
    return 2 * int(inspect.signature(Database).parameters["pool_size"].default)


def told() -> dict[str, int]:
    [table] = PAGE.section("Connections").tables()
    return {row[0]: int(row[1]) for row in table[1:]}


def test_the_pools_are_as_large_as_the_page_says() -> None:
    counts = {name: of_one_copy(name) for name in SERVICES}
    each = sum(counts.values())
    assert told() == counts | {"one copy of each": each, "two copies of each": 2 * each}


def test_a_pool_of_jobs_is_as_large_as_its_settings_make_it() -> None:
    url = "postgresql://jobs_writer@localhost/respite"
    settings = jobs.JobsSettings(jobs_database_url=url, jobs_reader_database_url=url)  # type: ignore[arg-type]
    database = settings.database()
    pools = [engine.pool.size() for engine in (database._writer, database._reader)]  # type: ignore[attr-defined]
    assert sum(pools) + jobs.CALLS_AT_ONCE + SIGNALS == told()["jobs"]


def test_two_copies_of_each_fit_where_the_page_says_so() -> None:
    [most] = [
        int(word.partition("=")[2])
        for word in SERVED["postgres"]["command"]
        if word.startswith("max_connections=")
    ]
    assert most == int(_SETTINGS["max_connections"]) == 200
    assert told()["two copies of each"] <= most - RESERVED


def test_what_autoscaling_may_reach_is_counted() -> None:
    path = KUBERNETES / "overlays" / "production" / "autoscaling.yaml"
    most = {
        each["metadata"]["name"]: int(each["spec"]["maxReplicas"])
        for each in yaml.safe_load_all(path.read_text())
    }
    total = sum(most[name] * of_one_copy(name) for name in SERVICES)
    assert f"there are\n{total}:" in PAGE.section("Connections").text


def test_the_secrets_of_the_page_are_those_that_processes_have() -> None:
    [table] = PAGE.section("Kubernetes").tables()
    listed = {row[0]: set(re.findall(r"`(\w+)`", row[1] + row[2])) for row in table[1:]}
    assert listed.pop("migrate") == {"ADMIN_DATABASE_URL"}
    assert listed == {
        each.name: {*each.secrets, *each.database_variables}
        for each in PROCESSES
        if each.name != "sandbox"
    }


@pytest.mark.parametrize("name", sorted(set(re.findall(r"respite_\w+", PAGE.text))))
def test_a_metric_that_tells_what_is_too_small_is_one_that_dashboards_show(name: str) -> None:
    shown = "".join(
        path.read_text() for path in (CHECKOUT / "deploy" / "grafana" / "dashboards").iterdir()
    )
    shown += (CHECKOUT / "deploy" / "prometheus" / "alerts.yml").read_text()
    assert re.search(rf"\b{name}", shown)


def footprint() -> dict[str, list[float]]:
    """MiB by process: share at rest, share after many texts, resident."""
    [table] = PAGE.section("One small machine").tables()
    return {
        row[0]: [float(cell.partition(" ")[0]) for cell in row[2:] if cell] for row in table[1:]
    }


def test_every_process_of_the_table_is_in_the_footprint_and_the_sum_is_right() -> None:
    found = footprint()
    assert found.keys() == {*BY_NAME, "PostgreSQL", "all"}
    rest, after = found.pop("all")
    assert sum(each[0] for each in found.values()) == pytest.approx(rest, abs=5)
    assert sum(each[1] for each in found.values()) == pytest.approx(after, abs=5)
    assert f"**{after:.0f} MiB**" in PAGE.text


@pytest.mark.parametrize("name", BY_NAME)
def test_memory_limits_are_at_least_twice_what_was_measured(name: str) -> None:
    resident = footprint()[name][-1]
    assert float(SERVED[name]["mem_limit"].removesuffix("m")) >= 2 * resident


@where_it_can_be_built
@pytest.mark.parametrize("name", [*SERVICES, "worker", "gateway"])
def test_a_pod_is_given_what_was_measured_and_limited_at_twice_that(name: str) -> None:
    resident = footprint()[name][-1]
    memory = cluster("production").container(name)["resources"]
    assert float(memory["requests"]["memory"].removesuffix("Mi")) >= resident
    assert float(memory["limits"]["memory"].removesuffix("Mi")) >= 2 * resident
