"""What `respite top` makes of a picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

import grpc
import pytest

from kit.refusals import ReceivedRefusal
from respite.commands.operator import advised
from respite.services import NO_ROLE, NO_ROLES, NO_STORE, CallFailed
from respite.top.acknowledgements import buckets_of, quantile
from respite.top.concern import Level
from respite.top.concerns import concerns
from respite.top.frame import Sort, bars, concern_lines, headline, queue_rows
from respite.top.picture import (
    Crises,
    DeadLetter,
    Passes,
    Payments,
    Picture,
    Queue,
    QueueRow,
    Seen,
    Tried,
    WorkerRow,
)

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
WORKER = WorkerRow("host-1-aa", 1, timedelta(seconds=1), ())
ANSWERS = QueueRow("answer_sms", 1, crisis_path=False, ready=1, oldest=timedelta(seconds=5))
URGENT = QueueRow("process_inbound_sms", 0, crisis_path=True)


def picture(*rows: QueueRow, worker: bool = True) -> Picture:
    queue = Queue(rows, (), (WORKER,) if worker else (), 0, ())
    return Picture(NOW, Seen(queue, NOW), crises=Seen(Crises(0, None), NOW))


def told(found: Picture) -> list[tuple[Level, str]]:
    return [(each.level, each.text) for each in concerns(found)]


def test_where_all_is_well_one_line_says_so() -> None:
    calm = picture(ANSWERS, URGENT)
    assert "● All is well" in headline(calm).plain
    assert not concern_lines(calm)


@pytest.mark.parametrize(
    ("row", "level", "words"),
    [
        (replace(ANSWERS, dead=2), Level.LOOK, "2 dead letters of answer_sms"),
        (replace(URGENT, dead=1), Level.BAD, "1 dead letter of process_inbound_sms"),
        (replace(ANSWERS, pause="NOISE"), Level.LOOK, "answer_sms is paused (NOISE)"),
        (replace(URGENT, pause=""), Level.BAD, "process_inbound_sms is paused"),
        (
            replace(ANSWERS, oldest=timedelta(seconds=31)),
            Level.LOOK,
            "answer_sms has waited for 31 s",
        ),
        (
            replace(URGENT, ready=1, oldest=timedelta(seconds=11)),
            Level.BAD,
            "process_inbound_sms has waited for 11 s",
        ),
    ],
)
def test_what_needs_a_person_is_said_in_words(row: QueueRow, level: Level, words: str) -> None:
    assert told(picture(row)) == [(level, words)]


def test_ready_jobs_without_workers_a_crisis_and_parked_money_need_a_person() -> None:
    found = replace(
        picture(ANSWERS, worker=False),
        crises=Seen(Crises(2, timedelta(minutes=12)), NOW),
        payments=Seen(Payments(1), NOW),
        away={"jobs": failed("jobs")},
    )
    assert {text for _, text in told(found)} == {
        "jobs is away: jobs does not answer at localhost:1",
        "jobs are ready and no worker takes them",
        "2 crises are open, the oldest for 12 min: respite crises ls",
        "1 payment is nobody's yet: LinkCustomer",
    }
    assert told(found)[0][0] is Level.BAD
    assert "✖ Needs you now" in headline(found).plain


GONE = grpc.StatusCode.UNAVAILABLE


def failed(service: str, reason: str = "", code: grpc.StatusCode = GONE) -> CallFailed:
    """A call that nobody answered, or that the service itself refused."""
    domain = service if reason else ""
    return CallFailed(service, "localhost:1", ReceivedRefusal(reason, domain, code, "Try again."))


def test_where_postgresql_is_away_the_first_line_says_so() -> None:
    lost = replace(
        picture(ANSWERS),
        away={
            "jobs": failed("jobs", NO_ROLES),
            "identity": failed("identity", NO_ROLES),
            "profile": failed("profile", NO_STORE),
            "billing": failed("billing", NO_ROLES),
        },
    )
    assert "✖ Needs you now: PostgreSQL is away" in headline(lost).plain
    assert [text for _, text in told(lost)] == [
        "PostgreSQL is away: identity and profile cannot reach their databases",
        "jobs and billing cannot ask identity who you are: what they know is hidden",
    ]
    denied = {name: failed(name, NO_ROLE) for name in ("jobs", "identity")}
    assert "now: you hold no role" in headline(replace(lost, away=denied)).plain
    assert len(told(replace(lost, away=denied))) == 1
    without_identity = {"identity": failed("identity"), "jobs": failed("jobs", NO_ROLES)}
    assert "now: identity is away" in headline(replace(lost, away=without_identity)).plain


def test_several_services_that_are_silent_have_one_cause() -> None:
    names = ("jobs", "identity", "billing")
    gone = {name: failed(name) for name in names}
    late = {name: failed(name, "", grpc.StatusCode.DEADLINE_EXCEEDED) for name in names}
    for away, title in (
        (gone, "now: jobs, identity and billing are away"),
        (late, "now: PostgreSQL or the network hangs"),
        ({"jobs": late["jobs"]}, "now: jobs is away"),
    ):
        found = replace(picture(ANSWERS), away=away)
        assert title in headline(found).plain
        assert len(told(found)) == 1


@pytest.mark.parametrize("reason", [NO_ROLES, NO_STORE])
def test_who_cannot_reach_a_database_is_not_sent_to_look_at_certificates(reason: str) -> None:
    assert "certificate" in advised(failed("jobs"))
    told = advised(failed("jobs", reason))
    assert "database" in told
    assert "certificate" not in told


MINUTE = timedelta(minutes=1)
PAYMENTS_WAIT = "BILLING_STRIPE_UNAVAILABLE"


def trying(type_: str, reason: str, count: int = 1) -> Picture:
    calm = picture(ANSWERS)
    assert calm.queue
    tried = (Tried(type_, reason, count, MINUTE),)
    return replace(calm, queue=replace(calm.queue, part=replace(calm.queue.part, tried=tried)))


@pytest.mark.parametrize(
    ("type_", "reason", "title"),
    [
        ("send_answer", "UNKNOWN_OUTCOME_TWILIO_503", "✖ Needs you now: Twilio is away"),
        ("send_notice", "UNKNOWN_OUTCOME_PROVIDER_AWAY", "✖ Needs you now: Twilio is away"),
        ("send_notice", "HTTP_502", "✖ Needs you now: Twilio is away"),
        ("reactivate", "ClientConnectorDNSError", "✖ Needs you now: Twilio is away"),
        ("send_answer", "TWILIO_20429", "▲ Worth a look: Twilio wants fewer texts a second"),
        ("process_stripe_event", "BILLING_STRIPE_UNAVAILABLE", "▲ Worth a look: Stripe is away"),
        (
            "process_stripe_event",
            "BILLING_STRIPE_MISCONFIGURED",
            "▲ Worth a look: Stripe refuses our key or settings",
        ),
        ("answer_sms", "STRIPE_AWAY", "▲ Worth a look: Stripe is away"),
        ("answer_sms", "AGENT_APITimeoutError", "▲ Worth a look: The model is away"),
        (
            "answer_sms",
            "AGENT_AuthenticationError",
            "▲ Worth a look: The model refuses our key or settings",
        ),
        # what needs nobody: a look-up that has to wait, a person who is not known yet
        ("send_answer", "UNKNOWN_OUTCOME", "● All is well"),
        ("send_answer", "PROFILE_STORE_UNAVAILABLE", "● All is well"),
        ("process_stripe_event", "CUSTOMER_NOT_LINKED", "● All is well"),
        ("process_inbound_sms", "JOBS_INTERNAL", "now: 1 process_inbound_sms cannot be done"),
    ],
)
def test_the_first_line_names_the_provider_that_is_away(
    type_: str, reason: str, title: str
) -> None:
    assert title in headline(trying(type_, reason)).plain


@pytest.mark.parametrize(
    ("payments", "texts", "later", "waiting"),
    [
        (0, 1, 0, "1 text waits and will be tried again (STRIPE_AWAY)"),
        (0, 0, 2, "2 texts wait and will be tried again (STRIPE_AWAY)"),
        (1, 0, 1, f"1 payment and 1 text wait and will be tried again ({PAYMENTS_WAIT})"),
        (2, 3, 1, f"2 payments and 4 texts wait and will be tried again ({PAYMENTS_WAIT})"),
    ],
)
def test_texts_that_wait_for_stripe_are_counted_with_the_payments(
    payments: int, texts: int, later: int, waiting: str
) -> None:
    calm = picture(ANSWERS)
    assert calm.queue
    counts = (
        ("process_stripe_event", PAYMENTS_WAIT, payments),
        ("answer_sms", "STRIPE_AWAY", texts),
    )
    tried = [Tried(type_, reason, count, MINUTE) for type_, reason, count in counts if count]
    queue = replace(calm.queue.part, tried=tried, asking_stripe_later=later)
    assert told(replace(calm, queue=replace(calm.queue, part=queue))) == [
        (Level.LOOK, f"Stripe is away: {waiting}")
    ]


def test_a_provider_is_away_too_where_nothing_but_its_reconciler_asked_it() -> None:
    told_by = "so says the last pass of its reconciler, of every 3 min"
    both = replace(picture(ANSWERS), passes=Seen(Passes(twilio_away=True, stripe_away=True), NOW))
    assert told(both) == [
        (Level.LOOK, f"Twilio is away: no text waits; {told_by}"),
        (Level.LOOK, f"Stripe is away: no payment waits; {told_by}"),
    ]


def test_an_account_that_twilio_refuses_is_one_line_not_one_a_type() -> None:
    stopped = [replace(ANSWERS, type=name, pause="TWILIO_20003") for name in ("a", "b")]
    assert [text.partition(": ")[0] for _, text in told(picture(*stopped))] == [
        "Twilio takes nothing from our account (20003)"
    ]


def test_answers_that_the_model_did_not_give_are_told_for_five_minutes() -> None:
    def given_up(ago: timedelta) -> Picture:
        letter = DeadLetter(1, "answer_sms", "AGENT_failed", 3, "", "k", NOW - ago)
        return replace(picture(), queue=Seen(Queue((), (letter,), (WORKER,), 0, ()), NOW))

    assert "The model is away" in headline(given_up(MINUTE)).plain
    assert "The model is away" not in headline(given_up(6 * MINUTE)).plain


def test_crisis_texts_without_a_reply_come_before_everything() -> None:
    waiting = trying("send_crisis_reply", "UNKNOWN_OUTCOME_TWILIO_503", 2)
    assert headline(waiting).plain.startswith(
        " Respite  ✖ Needs you now: 2 crisis texts have had no reply for 60 s; Twilio is away"
    )
    unclaimed = QueueRow("send_crisis_reply", 0, crisis_path=True, ready=1, oldest=MINUTE)
    assert "now: 1 crisis text has had no reply for 60 s" in headline(picture(unclaimed)).plain


def test_the_worst_come_first_and_no_more_than_fit() -> None:
    rows = [replace(ANSWERS, type=f"type_{n}", dead=1) for n in range(9)]
    lines = [line.plain for line in concern_lines(picture(*rows, replace(URGENT, dead=1)))]
    assert lines[0] == " ✖ 1 dead letter of process_inbound_sms"
    assert (len(lines), lines[-1]) == (4, "   and 7 more")


def test_a_level_has_a_sign_so_that_colour_is_not_needed() -> None:
    rows = (ANSWERS, replace(URGENT, dead=1), replace(ANSWERS, type="probe", pause=""))
    signs = {name: cells[0].plain[0] for name, cells in queue_rows(picture(*rows), Sort.NAME)}
    assert signs == {"answer_sms": " ", "process_inbound_sms": "✖", "probe": "‖"}


def test_rows_keep_their_places_while_only_counts_change() -> None:
    busy = [replace(ANSWERS, type="a", ready=1), replace(ANSWERS, type="b", ready=500)]
    order = [name for name, _ in queue_rows(picture(*busy), Sort.TROUBLE)]
    assert order == ["a", "b"]


def test_bars_are_as_high_as_the_highest() -> None:
    assert bars([0, 1, 2, 4]) == "▁▃▅█"
    assert bars([0, 0]) == ""


METRICS = """\
# TYPE respite_gateway_ack_seconds histogram
respite_gateway_ack_seconds_bucket{le="0.01",route="/twilio/sms"} 5
respite_gateway_ack_seconds_bucket{le="0.1",route="/twilio/sms"} 9
respite_gateway_ack_seconds_bucket{le="+Inf",route="/twilio/sms"} 10
respite_gateway_ack_seconds_bucket{le="0.01",route="/stripe"} 5
respite_gateway_ack_seconds_bucket{le="0.1",route="/stripe"} 10
respite_gateway_ack_seconds_bucket{le="+Inf",route="/stripe"} 10
"""


def test_the_ack_is_that_of_all_routes() -> None:
    buckets = buckets_of(METRICS)
    assert buckets == {0.01: 10, 0.1: 19, inf: 20}
    assert quantile(buckets, 0.5) == timedelta(seconds=0.01)
    assert quantile(buckets, 0.95) == timedelta(seconds=0.1)
    assert quantile(buckets, 1.0) == timedelta(seconds=0.1)
