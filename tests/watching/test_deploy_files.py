"""The files for Prometheus and Grafana, as far as they can be read without either."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from respite.processes import BY_NAME, PROCESSES
from services.jobs.types import JOB_TYPES
from tests.docs.markdown import Document
from tests.watching import deployed
from tests.watching.prometheus import PROMTOOL, where_promtool_is

RUNBOOK = deployed.ROOT / "docs" / "runbook.md"
ALERTS = {rule["alert"]: rule for rule in deployed.alerts()}
PANELS = deployed.panels()
CRISIS_PATH = {name for name, job_type in JOB_TYPES.items() if job_type.crisis_path}


def section(alert: str) -> str:
    """What the runbook says of an alert."""
    _, found, rest = _runbook().partition(f"\n### {alert}\n")
    assert found, f"no section {alert}"
    return re.split(r"^##+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_happens_and_how_bad_it_is_and_where_to_read_on(name: str) -> None:
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"
    assert len(rule["annotations"]["summary"].split()) > 5
    words = section(name)
    assert words.strip().startswith(f"*{rule['labels']['severity']}.*")
    for part in ("- **People notice**", "- **Look:**", "- **Mend:**"):
        assert part in words


def test_the_runbook_has_no_section_of_an_alert_that_does_not_exist() -> None:
    headings = re.findall(r"^### (.+)$", _runbook(), re.MULTILINE)
    assert sorted(headings) == sorted(ALERTS)


def test_whatever_the_runbook_tells_to_run_first_is_run_by_the_tests_of_the_documents() -> None:
    document = Document.read(RUNBOOK)
    printed = {line for block in document.blocks("sh") for line in block.commands}
    commands = {span for span in document.spans if span.startswith("bin/respite")}
    assert {
        command
        for command in commands - printed
        if not re.search(r"jobs retry|jobs resume|jobs show|certs renew|respite migrate", command)
    } == set()


def test_what_the_runbook_says_to_look_at_is_a_panel() -> None:
    titles = {panel["title"] for panel in PANELS}
    prose = re.sub(r"`[^`]*`", "", _runbook())
    looks = re.findall(r"^- \*\*Look:\*\*(.+?)(?=^- |^$)", prose, re.MULTILINE | re.DOTALL)
    named = {" ".join(word.split()) for look in looks for word in re.findall(r'"([^"]+)"', look)}
    assert named
    assert named <= titles


def _runbook() -> str:
    return RUNBOOK.read_text(encoding="utf-8")


def test_the_alerts_speak_of_the_crisis_path_as_the_table_of_types_has_it() -> None:
    lists = re.findall(r'type!?=~"(process_inbound_sms\|[^"]*)"', deployed.ALERTS.read_text())
    assert len(lists) >= 3
    assert all(set(names.split("|")) == CRISIS_PATH for names in lists)


def test_alerts_name_only_types_that_exist() -> None:
    named = re.findall(r'type!?=~?"([a-z_|]+)"', deployed.ALERTS.read_text())
    assert {name for names in named for name in names.split("|")} <= JOB_TYPES.keys()


def test_every_process_is_scraped_at_its_health_port() -> None:
    jobs = yaml.safe_load(deployed.CONFIGURATION.read_text())["scrape_configs"]
    ports = {job["job_name"]: job["dns_sd_configs"][0]["port"] for job in jobs}
    assert ports == {
        process.name: process.health.number for process in PROCESSES if process.has_metrics
    }
    for job in jobs:
        [discovery] = job["dns_sd_configs"]
        assert discovery["names"] == [job["job_name"]]
        assert job["job_name"] in BY_NAME


@pytest.mark.parametrize("panel", PANELS, ids=lambda each: each["title"])
def test_a_panel_says_what_it_shows(panel: dict[str, object]) -> None:
    assert len(str(panel["title"]).split()) < 9
    assert str(panel["description"]).endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]  # type: ignore[index]
    assert panel["datasource"] == {"type": "prometheus", "uid": "prometheus"}


def test_panels_have_a_place_and_a_name_of_their_own() -> None:
    for dashboard in deployed.dashboards():
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(ids) == len(set(ids))
        taken: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            at = panel["gridPos"]
            assert at["x"] + at["w"] <= 24
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            assert not cells & taken, panel["title"]
            taken |= cells


def test_the_dashboards_find_the_datasource_that_is_provisioned() -> None:
    folder = deployed.GRAFANA / "provisioning"
    [source] = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    assert (source["uid"], source["type"]) == ("prometheus", "prometheus")
    [provider] = yaml.safe_load((folder / "dashboards" / "respite.yml").read_text())["providers"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards"
    assert len({each["uid"] for each in deployed.dashboards()}) == len(deployed.dashboards())


@where_promtool_is
def test_promtool_finds_the_configuration_and_the_rules_in_order() -> None:
    _promtool("check", "config", str(deployed.CONFIGURATION))
    _promtool("check", "rules", str(deployed.ALERTS))


@pytest.mark.slow
@where_promtool_is
def test_alerts_fire_when_they_should_and_not_before() -> None:
    here = Path(__file__).parent
    _promtool("test", "rules", str(here / "alerts.yml"), str(here / "alerts_over_days.yml"))


def _promtool(*words: str) -> None:
    done = subprocess.run([PROMTOOL, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
