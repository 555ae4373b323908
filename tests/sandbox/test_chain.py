"""Which jobs are shown as following from a text."""

from collections.abc import Sequence
from typing import Any

from sandbox.chain import chain, people_of
from sandbox.jobs import JobRecord


def job(job_id: int, key: str, stored: int, ended: int | None = None, **more: Any) -> JobRecord:
    facts: dict[str, Any] = {
        "type": "probe",
        "lane": "",
        "state": "ready" if ended is None else "completed",
        "attempt": 1,
        "due": stored,
        "claimed": ended,
        "result": "",
        "last_error": "",
    }
    return JobRecord(job_id=job_id, key=key, stored=stored, ended=ended, **{**facts, **more})


def keys(jobs: Sequence[JobRecord]) -> list[str]:
    return [each.key for each in jobs]


def test_whatever_was_stored_when_a_job_ended_follows_from_it() -> None:
    jobs = [
        job(5, "send:M2", 30, lane="send:ann"),
        job(4, "answer:M9", 21),
        job(3, "answer:M1", 20, 30, lane="person:ann"),
        job(2, "twilio:SM2", 15, 22),
        job(1, "twilio:SM1", 10, 20),
    ]
    found = chain(jobs, {"twilio:SM1"}, ())
    assert keys(found) == ["twilio:SM1", "answer:M1", "send:M2"]
    assert people_of(found) == {"ann"}


def test_of_jobs_that_ended_together_each_keeps_what_names_its_person_or_its_text() -> None:
    jobs = [
        job(1, "twilio:SM1", 10, 20),
        job(2, "twilio:SM2", 11, 20),
        job(3, "crisis-reply:SM2", 20),
        job(4, "answer:M1", 20, lane="person:ann"),
        job(5, "answer:M2", 20, lane="person:bob"),
        job(6, "welcome:cat", 20),
    ]
    assert keys(chain(jobs, {"twilio:SM1"}, {"ann"})) == ["twilio:SM1", "answer:M1"]
    assert keys(chain(jobs, {"twilio:SM2"}, ())) == ["twilio:SM2", "crisis-reply:SM2"]


def test_a_webhook_that_came_at_that_very_moment_follows_from_nothing() -> None:
    jobs = [job(1, "twilio:SM1", 10, 20), job(2, "twilio-status:SM0:sent", 20)]
    assert keys(chain(jobs, {"twilio:SM1"}, ())) == ["twilio:SM1"]
    assert chain(jobs, {"twilio:SM9"}, ()) == []
