"""What becomes of each field of a post of Twilio's."""

from __future__ import annotations

import logging
from urllib.parse import parse_qsl

import pytest

from tests.gateway.door import (
    ACCOUNT,
    NUMBER,
    VECTORS,
    WORDS,
    Answer,
    Door,
    is_accepted,
    sms,
    without,
)
from tests.gateway.fake_jobs import FakeJobs

MESSAGE_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
BODIES = {each["id"]: each["raw_form_body"] for each in VECTORS["twilio_form_bodies"]}


def posted(door: Door, path: str, raw_body: str) -> Answer:
    pairs = parse_qsl(raw_body, keep_blank_values=True)
    return door.twilio(path, [*without(pairs, "AccountSid"), ("AccountSid", ACCOUNT)])


def test_a_text_arrives_code_point_for_code_point(door: Door, jobs: FakeJobs) -> None:
    words = "Ahoy & 100% «ñ» 👩‍👩‍👧 \u202eabc e\u0301 +1\r\nend"
    assert is_accepted(door.twilio("/twilio/sms", sms("SM7", Body=words, OptOutType="STOP")))
    assert jobs.only.key == "twilio:SM7"
    job = jobs.only.payload.process_inbound_sms
    assert (job.message_sid, job.account_sid) == ("SM7", ACCOUNT)
    assert (job.sender, job.recipient, job.body) == (NUMBER, "+15005550006", words)
    assert (job.opt_out_type, len(job.media)) == ("STOP", 0)


def test_pictures_without_a_text_are_a_job_with_an_empty_body(door: Door, jobs: FakeJobs) -> None:
    assert is_accepted(posted(door, "/twilio/sms", BODIES["mms-two-media-no-body-field"]))
    job = jobs.only.payload.process_inbound_sms
    assert job.body == ""
    assert [media.url for media in job.media] == ["cat.jpg", "dog.jpg"]


def test_pictures_have_their_types(door: Door, jobs: FakeJobs) -> None:
    fields = [*sms(), ("MediaUrl0", "https://media.example/1"), ("MediaContentType0", "image/png")]
    assert is_accepted(door.twilio("/twilio/sms", fields))
    assert jobs.only.payload.process_inbound_sms.media[0].content_type == "image/png"


def test_a_short_code_and_a_plain_text_pass_as_they_are(door: Door, jobs: FakeJobs) -> None:
    assert is_accepted(posted(door, "/twilio/sms", BODIES["sms-valid"]))
    assert is_accepted(posted(door, "/twilio/sms", BODIES["to-short-code"]))
    recipients = {job.payload.process_inbound_sms.recipient for job in jobs.jobs.values()}
    assert recipients == {"+12028831111", "384387"}


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_a_signed_text_that_lacks_what_every_text_has_is_a_bad_request(
    door: Door, jobs: FakeJobs, missing: str
) -> None:
    assert door.twilio("/twilio/sms", without(sms(), missing)).status == 400
    assert door.twilio("/twilio/sms", sms(**{missing: ""})).status == 400
    assert jobs.calls == 0


@pytest.mark.parametrize("sid", ["SM 1", "SM1:delivered", "S" * 65, "SM\u0661"])
def test_a_message_sid_that_could_be_taken_for_another_key_is_a_bad_request(
    door: Door, jobs: FakeJobs, sid: str
) -> None:
    assert door.twilio("/twilio/sms", sms(sid)).status == 400


@pytest.mark.parametrize(
    ("body", "status", "error_code"),
    [
        ("status-delivered", "delivered", ""),
        ("status-21610", "failed", "21610"),
        ("status-unknown", "huh", ""),
        ("status-from-messaging-service", "sent", ""),
    ],
)
def test_a_status_is_a_job_with_our_message_id(
    door: Door, jobs: FakeJobs, body: str, status: str, error_code: str
) -> None:
    answer = posted(door, f"/twilio/status?message_id={MESSAGE_ID}", BODIES[body])
    assert (answer.status, answer.body) == (200, b"<Response/>")
    job = jobs.only.payload.process_sms_status
    assert jobs.only.key == f"twilio-status:{job.message_sid}:{status}"
    assert (job.message_id, job.status, job.error_code) == (MESSAGE_ID, status, error_code)


STATUS = [("AccountSid", ACCOUNT), ("MessageSid", "SM1"), ("MessageStatus", "sent")]


@pytest.mark.parametrize("query", ["", "?message_id=", "?other=1"])
def test_a_status_without_our_message_id_goes_by_the_sid(
    door: Door, jobs: FakeJobs, query: str
) -> None:
    assert is_accepted(door.twilio(f"/twilio/status{query}", STATUS))
    assert jobs.only.payload.process_sms_status.message_id == ""


@pytest.mark.parametrize(
    "query", ["message_id=1", f"message_id={MESSAGE_ID}&message_id={MESSAGE_ID}", "message_id=%00"]
)
def test_a_message_id_that_is_none_is_a_bad_request(door: Door, jobs: FakeJobs, query: str) -> None:
    assert door.twilio(f"/twilio/status?{query}", STATUS).status == 400


@pytest.mark.parametrize(
    "change", [{"MessageStatus": ""}, {"MessageStatus": "a b"}, {"ErrorCode": "x"}]
)
def test_a_status_that_is_none_is_a_bad_request(
    door: Door, jobs: FakeJobs, change: dict[str, str]
) -> None:
    assert door.twilio("/twilio/status", [*(dict(STATUS) | change).items()]).status == 400
    assert jobs.calls == 0


def test_no_library_logs_what_was_posted(
    door: Door, jobs: FakeJobs, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    door.twilio(f"/twilio/sms?to={NUMBER[1:]}", sms())
    door.twilio(f"/twilio/sms?to={NUMBER[1:]}", sms(), token="wrong")
    assert NUMBER[1:] not in caplog.text
    assert WORDS not in caplog.text
