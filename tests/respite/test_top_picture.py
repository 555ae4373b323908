"""What `respite top` makes of a picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

import pytest

from respite.top.acknowledgements import buckets_of, quantile
from respite.top.concerns import Level, concerns
from respite.top.frame import Sort, bars, concern_lines, headline, queue_rows
from respite.top.picture import Crises, Payments, Picture, Queue, QueueRow, Seen, WorkerRow

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
        away={"jobs": "jobs is away: nobody answers"},
    )
    assert {text for _, text in told(found)} == {
        "jobs is away: nobody answers",
        "jobs are ready and no worker takes them",
        "2 crises are open, the oldest for 12 min: respite crises ls",
        "1 payment is nobody's yet: LinkCustomer",
    }
    assert told(found)[0][0] is Level.BAD
    assert "✖ Needs you now" in headline(found).plain


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
