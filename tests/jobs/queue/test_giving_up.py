"""Every job ends: what is spent becomes a dead letter that can be seen, counted and redriven."""

from __future__ import annotations

from functools import partial

import pytest

from protos.jobs.v1 import payloads_pb2 as payloads
from services.jobs.types import JOB_TYPES
from tests.jobs.queue.vocabulary import (
    Queue,
    answer,
    check_in,
    job,
    send,
    stripe,
    text,
    until,
)


def fail_until_over(queue: Queue, key: str) -> int:
    """How many attempts a job gets whose worker always asks for another."""
    for attempt in range(1, 1000):
        name = queue.job(key).type
        if queue.retry(queue.claim_one(name)) == "BURIED":
            return attempt
        queue.time_passes(3601)
    raise AssertionError("it never ended")


def test_a_job_gets_its_attempts_and_no_more(queue: Queue) -> None:
    queue.enqueue("k")
    assert fail_until_over(queue, "k") == 3
    assert queue.state("k") == "DEAD"
    assert queue.job("k").attempt == 3
    assert queue.job("k").last_error == "HTTP_503"


def test_a_poison_job_that_kills_its_workers_stops(queue: Queue) -> None:
    queue.enqueue("k")
    for attempt in range(1, 4):
        assert queue.claim_one(worker=f"w{attempt}").job.attempt == attempt
        queue.time_passes(31)
    assert not queue.claim(worker="w4")
    assert queue.state("k") == "DEAD"
    assert queue.job("k").last_error == "LEASE_RAN_OUT"


def test_the_settlement_of_a_dead_worker_comes_too_late_for_a_buried_job(queue: Queue) -> None:
    queue.enqueue("k")
    for attempt in range(3):
        last = queue.claim_one(worker=f"w{attempt}")
        queue.time_passes(31)
    queue.claim(worker="another")
    assert queue.complete(last, job("follow-up")) == "STALE_CLAIM"
    assert queue.state("k") == "DEAD"


def test_age_counts_from_the_first_claim_only(queue: Queue) -> None:
    """After an outage nobody gets an apology for a text that was never tried."""
    queue.enqueue_all(job("a", answer()), job("b", answer()))
    queue.enqueue("c", answer("bob"))
    queue.time_passes(30 * 60)
    claimed = queue.claim()
    assert [each.job.key for each in claimed] == ["a", "c"]
    for each in claimed:
        assert queue.complete(each) == "DONE"
    assert queue.complete(queue.claim_one()) == "DONE"
    assert queue.keys(state="JOB_STATE_DEAD") == []


def test_a_job_that_is_too_old_is_buried_by_its_settlement(queue: Queue) -> None:
    queue.enqueue("k", answer())
    claimed = queue.claim_one()
    queue.time_passes(121)
    assert queue.retry(claimed) == "BURIED"


def test_a_wait_that_would_outlast_the_job_is_not_begun(queue: Queue) -> None:
    queue.enqueue("k", answer())
    assert queue.retry(queue.claim_one(), 121) == "BURIED"


def test_snoozes_cost_no_attempt_but_they_count_as_age(queue: Queue) -> None:
    queue.enqueue("k", send())
    ends = []
    for _ in range(100):
        claimed = queue.claim_one("send_answer")
        assert claimed.job.attempt == 1
        ends.append(queue.snooze(claimed, 20))
        if ends[-1] == "EXPIRED":
            break
        queue.time_passes(20)
    assert ends.count("DONE") == 29
    assert ends[-1] == "EXPIRED"


def test_even_a_job_that_is_bounded_by_attempts_cannot_snooze_for_ever(queue: Queue) -> None:
    queue.enqueue("k")
    for _ in range(3):
        assert queue.snooze(queue.claim_one(), 86_000) == "DONE"
        queue.time_passes(86_001)
    assert queue.snooze(queue.claim_one(), 86_000) == "BURIED"


def test_waiting_for_its_time_is_no_age(queue: Queue) -> None:
    queue.enqueue("k", send())
    queue.time_passes(10_000)
    assert queue.retry(queue.claim_one(), 5) == "DONE"


def test_a_spent_answer_becomes_an_apology_in_the_same_transaction(queue: Queue) -> None:
    queue.enqueue("answer:m1", answer())
    queue.enqueue("answer:m2", answer())
    assert queue.bury(queue.claim_one()) == "DONE"
    apology = queue.job("apology:answer:m1").payload.send_notice
    assert (apology.user_id, apology.notice) == ("ann", payloads.NOTICE_APOLOGY)
    assert queue.state("answer:m2") == "READY"


def test_a_spent_job_found_by_a_claim_is_followed_by_the_same(queue: Queue) -> None:
    queue.enqueue("answer:m1", answer())
    queue.enqueue("answer:m2", answer())
    queue.claim_one(worker="w1")
    queue.time_passes(121)
    claimed = queue.claim(worker="w2")
    assert {each.job.key for each in claimed} == {"answer:m2", "apology:answer:m1"}
    assert queue.state("answer:m1") == "DEAD"


def test_an_expired_send_leaves_its_texts_to_an_answer_that_says_sorry(queue: Queue) -> None:
    queue.enqueue("send:m1", send("ann", "m1"))
    queue.claim_one(worker="w1")
    queue.time_passes(601)
    [sorry] = queue.claim(worker="w2")
    assert sorry.job.key == "expired:m1"
    assert sorry.job.payload.answer_sms == payloads.AnswerSms(
        user_id="ann", expired_message_id="m1"
    )


@pytest.mark.parametrize("worker_is", ["alive", "dead"])
def test_a_send_that_came_too_late_is_no_dead_letter_and_stays_known(
    queue: Queue, worker_is: str
) -> None:
    """Nobody has to look at it: another answer follows."""
    metric = partial(queue.running.metric, "settled_total", type="send_answer", how="expired")
    before = metric()
    queue.enqueue("send:m1", send("ann", "m1"))
    claimed = queue.claim_one(worker="w1")
    queue.time_passes(601)
    if worker_is == "alive":
        assert queue.retry(claimed, reason="TWILIO_20429") == "EXPIRED"
        assert queue.retry(claimed) == "ALREADY"
    queue.claim(worker="w2")
    assert queue.keys(state="JOB_STATE_DEAD") == []
    late = queue.job("send:m1")
    assert (queue.state("send:m1"), late.result) == ("COMPLETED", "expired")
    assert late.last_error == ("TWILIO_20429" if worker_is == "alive" else "LEASE_RAN_OUT")
    assert queue.count("dead_jobs") == 0
    assert queue.count("job_errors") == 1
    assert metric() == before + 1


def test_a_send_that_nobody_can_do_is_a_dead_letter_all_the_same(queue: Queue) -> None:
    queue.enqueue("send:m1", send("ann", "m1"))
    assert queue.bury(queue.claim_one(), "TEXT_OF_ANOTHER_PERSON") == "DONE"
    assert queue.state("send:m1") == "DEAD"


@pytest.mark.parametrize(("key", "payload"), [("twilio:SM1", text()), ("stripe:e1", stripe())])
def test_operators_are_told_of_dead_letters_that_matter(
    queue: Queue, key: str, payload: payloads.JobPayload
) -> None:
    queue.enqueue(key, payload)
    dead = queue.claim_one()
    queue.bury(dead)
    alert = queue.job(f"alert:{key}").payload.alert_operators
    assert alert.reason == f"DEAD_LETTER_{dead.job.type.upper()}"
    assert alert.subject == str(dead.job.job_id)


def test_a_dead_letter_of_a_check_in_alerts_nobody(queue: Queue) -> None:
    queue.enqueue("k", check_in())
    queue.bury(queue.claim_one())
    assert queue.keys() == ["k"]


def test_a_job_buried_again_stores_no_second_apology(queue: Queue) -> None:
    queue.enqueue("answer:m1", answer())
    queue.bury(queue.claim_one())
    queue.complete(queue.claim_one("send_notice"))
    queue.retry_job("answer:m1")
    queue.bury(queue.claim_one("answer_sms"))
    assert queue.keys(type="send_notice") == []


def test_a_key_that_is_too_long_for_a_prefix_is_digested(queue: Queue) -> None:
    queue.enqueue("k" * 200, text())
    queue.bury(queue.claim_one())
    [alert] = queue.keys(type="alert_operators")
    assert alert.startswith("alert:sha256:")


def test_a_payload_that_nobody_can_read_is_buried_all_the_same(queue: Queue) -> None:
    queue.enqueue("k", answer())
    claimed = queue.claim_one()
    queue.admin.execute("UPDATE jobs.jobs SET payload = '\\xff'")
    assert queue.bury(claimed) == "DONE"


def test_a_hundred_spent_jobs_hide_no_other(queue: Queue) -> None:
    queue.enqueue_all(*(job(f"dead{n}") for n in range(100)))
    queue.claim(count=100, worker="w1")
    queue.admin.execute("UPDATE jobs.jobs SET attempt = 3, lease_until = now()")
    queue.enqueue("alive")
    assert [each.job.key for each in queue.claim(count=15, worker="w2")] == ["alive"]
    until(lambda: queue.count("dead_jobs") == 100)


def test_every_type_is_bounded() -> None:
    for job_type in JOB_TYPES.values():
        assert job_type.give_up.age.total_seconds() > 0
