"""What a running line tells those who watch it, and what it never tells anybody."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from respite.home import Home, read_variables
from respite.processes import PROCESSES, SERVICES
from tests.docs.markdown import ROOT, Document
from tests.respite.stack import clean_environment
from tests.watching import deployed
from tests.watching.collector import Collector, Span
from tests.watching.leaks import leaks
from tests.watching.line import (
    ANA,
    DI,
    MODEL_KEY,
    OPERATORS_PHONE,
    PERSONS,
    STRANGE_SIGNATURE,
    Line,
    line_of,
    live_through_a_day,
)
from tests.watching.prometheus import PROMETHEUS, Prometheus, scraping, where_prometheus_is
from tests.world.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GRPCS_OWN = re.compile(r"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w.]+:\d+\]")
OF_TIME = {
    *("CrisisReplySlow", "CrisisReplyWaiting", "UrgentJobsWaiting", "AnswersWaiting", "AcksSlow")
}
SPELLINGS: Sequence[Callable[[str], str]] = (
    str,
    str.lower,
    quote,
    quote_plus,
    json.dumps,
    lambda text: text.encode().hex(),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("watching")


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


@pytest.fixture(scope="module")
def line(module_home: Path, folder: Path, collector: Collector) -> Iterator[Line]:
    """One run for all of this module, which says all that it can."""
    environment = clean_environment(module_home)
    environment |= {
        "LOG_LEVEL": "DEBUG",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",  # milliseconds
        "ALERT_PHONES": OPERATORS_PHONE,
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
    names = [each.name for each in PROCESSES if each.has_metrics]
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


def test_the_page_of_metrics_says_of_each_what_it_says_of_itself(day: Line) -> None:
    told: dict[str, tuple[str, str, set[str]]] = {}
    for process, page in day.metrics().items():
        helps = dict(re.findall(r"^# HELP (respite_\w+) (.+)$", page, re.MULTILINE))
        for name, kind in re.findall(r"^# TYPE (respite_\w+) (\w+)$", page, re.MULTILINE):
            if not name.endswith("_created"):
                told.setdefault(name, (kind, helps[name], set()))[2].add(process)
    [[_, *rows]] = Document.read(ROOT / "docs" / "metrics.md").tables()
    page_says = {name: (kind, means, _readers(who)) for name, kind, who, means in rows}
    assert page_says == told


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
    until(lambda: "OperatorsAlerted" in _firing(prometheus.rules()), "the alert of the day", 60)
    rules = prometheus.rules()
    assert {rule["name"] for rule in rules} == {rule["alert"] for rule in deployed.alerts()}
    assert {rule["health"] for rule in rules} == {"ok"}, rules
    # Somebody who opted out wrote in a crisis; a few faults of providers are nothing to tell. What
    # speaks of time says only how busy this machine is.
    assert _firing(rules) - OF_TIME == {"OperatorsAlerted"}


def _firing(rules: Sequence[Mapping[str, Any]]) -> set[str]:
    return {rule["name"] for rule in rules if rule["state"] == "firing"}


def _readers(cell: str) -> set[str]:
    match cell:
        case "every process":
            return {each.name for each in PROCESSES if each.has_metrics}
        case "every service":
            return set(SERVICES)
        case _:
            return set(cell.split(", "))


def trace_of(collector: Collector, key: str) -> list[Span]:
    """The trace of what came with this key."""
    trace_id = hashlib.sha256(key.encode()).hexdigest()[:32]
    return [span for span in collector.spans() if span.trace_id == trace_id]


def awaited_trace(collector: Collector, key: str, last: str) -> list[Span]:
    """The same, once its span called `last` has come; spans are sent in batches."""

    def complete() -> list[Span]:
        found = trace_of(collector, key)
        parents = {span.span_id for span in found} | {""}
        if not all(span.parent_id in parents for span in found):
            return []
        return found if last in {span.name for span in found} else []

    return until(complete, f"the trace of {key}", 60)


def way_up(spans: Sequence[Span], span: Span) -> list[str]:
    """The names from the beginning of the trace down to this span."""
    by_id = {each.span_id: each for each in spans}
    names = [span.name]
    while span.parent_id:
        span = by_id[span.parent_id]
        names.insert(0, span.name)
    return names


def test_a_text_is_one_trace_from_webhook_to_provider(day: Line, collector: Collector) -> None:
    [sid, *_] = day.sent(ANA)
    spans = awaited_trace(collector, f"twilio:{sid}", "send_answer")
    ways = [way_up(spans, span) for span in spans]
    inbound = ["POST /twilio/sms", "process_inbound_sms"]
    answer = [*inbound, "answer_sms"]
    enqueue = "jobs.v1.JobsService/EnqueueJob"
    assert ["POST /twilio/sms", enqueue, enqueue] in ways
    ensure = "identity.v1.IdentityService/EnsureUser"
    assert [*inbound, ensure, ensure] in ways
    assert [*answer, "OpenAI"] in ways
    assert [*answer, "send_answer", "Twilio"] in ways
    assert {span.process for span in spans} == {
        *("gateway", "jobs", "worker", "identity", "profile", "conversation", "billing")
    }
    assert [span.name for span in spans if not span.parent_id] == ["POST /twilio/sms"]
    assert not [span for span in spans if span.failed]


def test_a_payment_is_one_trace_as_far_as_stripe(day: Line, collector: Collector) -> None:
    def payments() -> list[list[str]]:
        spans = collector.spans()
        asked = [span for span in spans if span.name == "Stripe"]
        known = {span.span_id for span in spans} | {""}
        whole = [[each for each in spans if each.trace_id == span.trace_id] for span in asked]
        return [
            way_up(trace, span)
            for span, trace in zip(asked, whole, strict=True)
            if all(each.parent_id in known for each in trace)
        ]

    sync = "billing.v1.BillingService/SyncCustomer"
    way = ["POST /stripe", "process_stripe_event", sync, sync, "Stripe"]
    until(lambda: way in payments(), "the trace of a payment", 60)


def test_a_crisis_is_one_trace_too_and_says_which_job_each_span_is(
    day: Line, collector: Collector
) -> None:
    sid = day.sent(ANA)[-1]
    spans = awaited_trace(collector, f"twilio:{sid}", "record_crisis_reply")
    ways = [way_up(spans, span) for span in spans]
    assert ["POST /twilio/sms", "process_inbound_sms", "send_crisis_reply", "Twilio"] in ways
    [job] = [span for span in spans if span.name == "send_crisis_reply"]
    assert job.attributes["messaging.destination.name"] == "send_crisis_reply"
    assert job.attributes["respite.job.outcome"] == "Done"
    lines = [json.loads(each) for each in day.logs()["worker.log"].splitlines()]
    job_id = int(job.attributes["messaging.message.id"])
    alerts = [each for each in lines if each["event"] == "operators_alerted"]
    assert len(alerts) == 1
    assert len(alerts[0]["trace_id"]) == 32
    assert {each["trace_id"] for each in lines if each.get("job_id") == job_id} <= {job.trace_id}


def test_an_answer_to_several_texts_is_linked_with_each_of_them(
    day: Line, collector: Collector
) -> None:
    first, second = day.sent(DI)
    key = f"twilio:{first}"
    spans = awaited_trace(collector, key, "send_answer")
    answers = [span for span in spans if span.name == "answer_sms"]
    links = {link for span in answers for link in span.links}
    [other] = [span for span in trace_of(collector, f"twilio:{second}") if not span.parent_id]
    assert links == {(other.trace_id, other.span_id)}


def test_nothing_waits_or_probes_in_a_trace(day: Line, collector: Collector) -> None:
    names = {span.name for span in collector.spans()}
    assert not {name for name in names if "ClaimJobs" in name or "Health" in name}
    assert len(names) < 100


def test_a_log_is_one_event_a_line_that_says_who_when_what_and_how_bad(day: Line) -> None:
    logs = day.logs()
    for process in PROCESSES:
        for line in logs[f"{process.name}.log"].decode().splitlines():
            if GRPCS_OWN.match(line):
                continue
            event = json.loads(line) if line.startswith("{") else {}
            assert {"event", "level", "timestamp", "process", "logger"} <= event.keys(), line


def test_what_nobody_may_hear_is_told_nowhere(
    day: Line, collector: Collector, folder: Path
) -> None:
    """Acceptance 39: logs at their most talkative, metrics, traces, of all processes and of
    PostgreSQL."""
    told = day.logs()
    told |= {f"metrics of {name}": page.encode() for name, page in day.metrics().items()}
    told["traces"] = b"\n".join(collector.bodies)
    assert b"send_crisis_reply" in told["traces"]
    assert b"duplicate key" in told["postgres.log"]
    told["up"] = (folder / "up.txt").read_bytes()
    assert {"worker.log", "gateway.log", "postgres.log", "prepare.log"} <= told.keys()
    assert all(told.values())
    made = read_variables(Home(day.home).secrets).values()
    passwords = day.passwords()
    assert len(passwords) > 9
    signatures = [STRANGE_SIGNATURE, *day.signatures]
    assert not leaks(told, [*PERSONS, *made, *passwords, *signatures, MODEL_KEY])


@pytest.mark.parametrize("spell", SPELLINGS)
def test_a_leak_would_be_found(spell: Callable[[str], str]) -> None:
    for secret in PERSONS:
        for before in ("", "a", "ab"):
            text = f"x {spell(before + secret + ' tail')} y".encode()
            assert leaks({"a log": text}, [secret]), text
