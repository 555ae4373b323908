"""A person is taken out of the jobs, wherever these are; nobody else is touched."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor

from kit.database import Database
from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.payloads_pb2 import (
    AnswerSms,
    EraseUser,
    JobPayload,
    Notice,
    ProcessInboundSms,
    ProcessStripeEvent,
    SendCrisisReply,
    SendNotice,
    SendOperatorText,
)
from services.jobs.model.erase import BEGINNING, Place, erase_stretch
from services.jobs.person import MEANINGS, Person
from tests.jobs.queue.vocabulary import Queue, in_seconds, job
from tests.refused import Refused, refused_by

ANA = "0198c0de-0000-7000-8000-00000000000a"
BEN = "0198c0de-0000-7000-8000-00000000000b"
NUMBER, OTHER = "+12025550101", "+12025550102"
CUSTOMER = "cus_ana"


def answers(user_id: str) -> JobPayload:
    return JobPayload(answer_sms=AnswerSms(user_id=user_id))


def text(sender: str, body: str = "hi") -> JobPayload:
    return JobPayload(process_inbound_sms=ProcessInboundSms(sender=sender, body=body))


def event(phone: str = "", customer: str = "") -> JobPayload:
    return JobPayload(
        process_stripe_event=ProcessStripeEvent(
            event_id="evt_1", phone_number=phone, stripe_customer_id=customer
        )
    )


def erases(queue: Queue, number: str = NUMBER) -> tuple[int, int]:
    """All stretches; how many jobs were erased, and how many still run."""
    erased = running = 0
    token = ""
    while True:
        request = pb.ErasePersonRequest(
            user_id=ANA, phone_number=number, stripe_customer_ids=[CUSTOMER], page_token=token
        )
        done = queue.stub.ErasePerson(request)
        erased, running, token = erased + done.erased, running + done.running, done.next_page_token
        if not token:
            return erased, running


def held(queue: Queue) -> str:
    """Everything in the tables of jobs, as text."""
    tables = ("jobs", "scheduled_jobs", "dead_jobs", "finished_jobs", "job_keys", "job_errors")
    rows = []
    for table in tables:
        rows += queue.admin.execute(f"SELECT t::text FROM jobs.{table} t".encode()).fetchall()
    return " ".join(row[0] for row in rows)


def test_jobs_in_every_state_are_found_canceled_and_emptied(queue: Queue) -> None:
    queue.enqueue("done", text(NUMBER, "secret one"))
    queue.complete(queue.claim_one("process_inbound_sms"))
    queue.enqueue("dead", text(NUMBER, "secret two"))
    queue.bury(queue.claim_one("process_inbound_sms"))
    queue.enqueue("ready", answers(ANA))
    queue.enqueue("blocked", answers(ANA))
    queue.enqueue("later", answers(ANA), run_time=in_seconds(60))
    queue.enqueue(
        f"welcome:{ANA}",
        JobPayload(send_notice=SendNotice(user_id=ANA, notice=Notice.NOTICE_WELCOME)),
    )
    erases(queue)
    assert [queue.state(key) for key in ("ready", "blocked", "later")] == ["CANCELLED"] * 3
    remains = held(queue)
    for word in (ANA, NUMBER, "secret"):
        assert word not in remains
        assert word.encode().hex() not in remains
    assert queue.state("done") == "COMPLETED"
    assert queue.state("dead") == "DEAD"


def test_a_running_job_is_asked_to_stop_and_emptied_once_it_has(queue: Queue) -> None:
    queue.enqueue("running", answers(ANA))
    claimed = queue.claim_one("answer_sms")
    assert erases(queue) == (0, 1)
    queue.complete(claimed)
    assert erases(queue) == (1, 0)
    assert ANA not in held(queue)


def test_a_crisis_text_keeps_its_way_to_the_reply_and_is_waited_for(queue: Queue) -> None:
    """It was written before the person asked to be erased, or while they were. A text that has
    been looked at and waits is none."""
    queue.enqueue("tired", text(NUMBER, "I am so tired"))
    queue.retry(queue.claim_one("process_inbound_sms"))
    queue.enqueue("told", text(NUMBER, "I want to die"))
    for key in ("reply", "retried"):
        queue.enqueue(key, JobPayload(send_crisis_reply=SendCrisisReply(sender=NUMBER)))
    queue.retry(queue.claim_one("send_crisis_reply"))
    running = queue.claim_one("send_crisis_reply")
    assert erases(queue)[1] == 3
    assert queue.state("tired") == "CANCELLED"
    assert queue.complete(running) == "DONE"
    queue.time_passes(60)
    queue.complete(queue.claim_one("process_inbound_sms"))
    queue.complete(queue.claim_one("send_crisis_reply"))
    assert erases(queue)[1] == 0
    assert NUMBER.encode().hex() not in held(queue)


def test_doing_it_again_changes_nothing_more(queue: Queue) -> None:
    queue.enqueue("a", answers(ANA))
    erases(queue)
    before = held(queue)
    assert erases(queue) == (0, 0)
    assert held(queue) == before


def test_stripes_ways_to_write_a_number_are_found_and_so_are_customers(queue: Queue) -> None:
    for number, way in enumerate(("(202) 555-0101", "202-555-0101", "+1 202 555 0101")):
        queue.enqueue(f"stripe:{number}", event(way))
    queue.enqueue("stripe:customer", event(customer=CUSTOMER))
    assert erases(queue)[0] >= 4
    assert "0101" not in held(queue)
    assert CUSTOMER not in held(queue)


def test_ids_of_the_provider_stay_known_so_that_nothing_comes_back(queue: Queue) -> None:
    queue.enqueue("twilio:SM1", text(NUMBER))
    erases(queue)
    assert not queue.enqueue("twilio:SM1", text(NUMBER)).created


@pytest.mark.parametrize("name", [ANA, NUMBER])
def test_a_key_that_names_the_person_is_forgotten_wherever_their_job_is(
    queue: Queue, name: str
) -> None:
    words = JobPayload(
        send_operator_text=SendOperatorText(user_id=ANA, body="call me", request_key="x")
    )
    for end in ("done", "dead"):
        queue.enqueue(f"ask:{name}:{end}", words)
    queue.complete(queue.claim_one())
    queue.bury(queue.claim_one())
    queue.enqueue(f"ask:{name}:ready", words)
    queue.enqueue(f"ask:{name}:later", words, run_time=in_seconds(60))
    queue.enqueue(f"gone:{name}", words)
    queue.admin.execute("DELETE FROM jobs.jobs WHERE key LIKE 'gone:%'")
    erases(queue)
    assert name not in held(queue)
    request = pb.GetJobRequest(key=f"ask:{name}:done")
    unknown: Refused = (grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND", [])
    assert refused_by("jobs", queue.stub.GetJob, request) == unknown


def test_a_key_with_a_longer_number_is_somebody_elses(queue: Queue) -> None:
    queue.enqueue(f"ask:{NUMBER}1:x", answers(BEN))
    before = held(queue)
    assert erases(queue) == (0, 0)
    assert held(queue) == before


def test_the_key_of_an_erasure_under_way_is_kept(queue: Queue) -> None:
    """Or the same request would begin another."""
    queue.enqueue(f"erase:{ANA}", JobPayload(erase_user=EraseUser(user_id=ANA)))
    erases(queue)
    assert not queue.enqueue(f"erase:{ANA}", JobPayload(erase_user=EraseUser(user_id=ANA))).created


def test_others_are_left_alone_even_if_they_speak_of_the_person(queue: Queue) -> None:
    queue.enqueue("twilio:SM2", text(OTHER, f"call my sister at {NUMBER}"))
    queue.enqueue("b", answers(BEN))
    before = held(queue)
    assert erases(queue) == (0, 0)
    assert held(queue) == before


def test_a_lane_goes_on_after_its_head_was_canceled(queue: Queue) -> None:
    """Somebody else's follower in a shared lane must not be stuck behind it."""
    queue.enqueue("first", event("202 555 0101", "cus_shared"))
    queue.enqueue("second", event("", "cus_shared"))
    erases(queue)
    assert queue.claim_one("process_stripe_event").job.key == "second"


def test_many_jobs_are_walked_through_in_bounded_stretches(
    queue: Queue, database: Database
) -> None:
    queue.enqueue_all(*(job(f"k{n}", answers(ANA if n % 2 else BEN)) for n in range(50)))
    person = Person(ANA, NUMBER, frozenset())
    place: Place | None = BEGINNING
    calls = 0
    while place is not None:
        with database.writer() as db:
            place = erase_stretch(db, person, place, stretch=7).following
        calls += 1
    assert calls > 8
    assert ANA.encode().hex() not in held(queue)


def test_every_text_field_of_every_payload_says_what_it_names() -> None:
    names = set()

    def walk(descriptor: object) -> None:
        for each in descriptor.fields:  # type: ignore[attr-defined]
            if each.type == FieldDescriptor.TYPE_STRING:
                names.add(each.name)
            elif each.message_type is not None:
                walk(each.message_type)

    walk(JobPayload.DESCRIPTOR)
    assert names == set(MEANINGS)


def test_an_erasure_that_is_done_names_nobody(queue: Queue) -> None:
    queue.enqueue("k", JobPayload(erase_user=EraseUser(user_id=ANA)))
    assert queue.job("k").lane == f"person:{ANA}"
    assert queue.complete(queue.claim_one()) == "DONE"
    assert queue.state("k") == "COMPLETED"
    assert ANA not in held(queue)
    assert ANA.encode().hex() not in held(queue)
