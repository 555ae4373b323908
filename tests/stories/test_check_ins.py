"""We ask those who burn out how they are, and take their answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kit.clock import FixedClock
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import JobPayload, SendCheckIn
from protos.profile.v1 import profile_pb2 as profile
from tests.world.world import World

pytestmark = pytest.mark.slow

OPTED_OUT = profile.SmsConsent.SMS_CONSENT_OPTED_OUT
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def ana(world: World) -> str:
    """A subscriber who burns out severely, was asked the monthly review lately, is silent since."""
    number = world.new_number()
    user_id = world.burns_out(number, days=3)
    monthly = profile.ScoreSource.SCORE_SOURCE_MONTHLY_REVIEW
    request = profile.StartAssessmentRequest(
        user_id=user_id, questionnaire=monthly, request_key=f"review:{user_id}"
    )
    world.profile.StartAssessment(request)
    later = profile.DeferAssessmentRequest(user_id=user_id, request_key=f"later:{user_id}")
    world.profile.DeferAssessment(later)
    return number


def is_checked_in_on(world: World, number: str) -> str:
    """The sweep finds the person; the text that came of it."""
    before = len(world.phone(number).received)
    world.ticks("sweep_check_ins")
    [text] = world.phone(number).bodies[before:]
    return text


def says(world: World, number: str, body: str) -> str:
    """What the person is answered."""
    before = len(world.phone(number).received)
    world.texts(number, body)
    [answer] = world.receives(number, before + 1)[before:]
    return answer.body


def assessment(world: World, number: str) -> profile.Assessment:
    request = profile.GetAssessmentRequest(user_id=world.user_id(number))
    return world.profile.GetAssessment(request).assessment


def test_a_check_in_answered_4_then_9_then_skip_makes_a_score_without_the_model(
    world: World, ana: str
) -> None:
    asked = world.sandbox.counts("openai")
    assert "How is your mood today?" in is_checked_in_on(world, ana)
    assert says(world, ana, "4").startswith("(2/3) How heavy")
    assert "A number from 1 to 5" in says(world, ana, "9")
    assert says(world, ana, "skip").startswith("(3/3) How stressed")
    assert "Thank you" in says(world, ana, "2")
    assert world.sandbox.counts("openai") == asked
    known = world.profile_of(ana)
    assert known.burnout_score == 25  # mood 4 and stress 2 are 25 each; what was skipped is nothing
    assert known.burnout_band == profile.BurnoutBand.BURNOUT_BAND_MILD
    world.ticks("sweep_check_ins")
    assert len(world.phone(ana).received) == 6  # the welcome, and five of the check-in


def test_LATER_ends_a_check_in_and_what_comes_then_is_an_ordinary_text(
    world: World, ana: str
) -> None:
    is_checked_in_on(world, ana)
    assert "another time" in says(world, ana, "LATER")
    asked = world.sandbox.counts("openai")
    assert "(2/3)" not in says(world, ana, "4")
    assert world.sandbox.counts("openai") != asked
    assert not world.profile_of(ana).pressure_zones


def test_other_words_are_answered_by_the_assistant_and_the_question_goes_on_waiting(
    world: World, ana: str
) -> None:
    is_checked_in_on(world, ana)
    assert "(2/3)" not in says(world, ana, "my mom fell out of bed again")
    assert says(world, ana, "2").startswith("(2/3)")


def test_a_question_of_yesterday_waits_no_more(world: World, ana: str) -> None:
    is_checked_in_on(world, ana)
    says(world, ana, "2")
    with world.later(hours=25):
        world.ticks("expire_assessments")
        assert assessment(world, ana).state == profile.AssessmentState.ASSESSMENT_STATE_EXPIRED
        assert "(3/3)" not in says(world, ana, "4")
    assert [each.rating for each in assessment(world, ana).answers] == [2]
    assert world.profile_of(ana).burnout_score == 85  # half an answer makes no score


def test_CANCEL_inside_a_check_in_opts_out(world: World, ana: str) -> None:
    is_checked_in_on(world, ana)
    says(world, ana, "2")
    assert "unsubscribed" in says(world, ana, "CANCEL")
    assert world.profile_of(ana).sms_consent == OPTED_OUT
    received = len(world.phone(ana).received)
    world.texts(ana, "4")
    world.rests()
    assert len(world.phone(ana).received) == received
    assert len(assessment(world, ana).answers) == 1


def test_a_crisis_inside_a_check_in_comes_first(world: World, ana: str) -> None:
    is_checked_in_on(world, ana)
    assert "988" in says(world, ana, "5 i want to die")


@pytest.mark.parametrize(
    ("evening", "wait"),
    [
        (datetime(2027, 1, 14, 20, 1, tzinfo=NEW_YORK), timedelta(hours=12, minutes=59)),
        # the clocks are put forward in that night, and back in this one
        (datetime(2027, 3, 13, 20, 1, tzinfo=NEW_YORK), timedelta(hours=11, minutes=59)),
        (datetime(2027, 11, 6, 20, 1, tzinfo=NEW_YORK), timedelta(hours=13, minutes=59)),
    ],
    ids=["winter", "spring forward", "fall back"],
)
def test_at_2001_a_check_in_waits_for_nine_in_the_morning_and_at_1959_it_goes_out(
    world: World, ana: str, evening: datetime, wait: timedelta
) -> None:
    evening = evening.astimezone(UTC)  # or adding to it would move the hands of a clock
    ben = world.new_number()
    world.burns_out(ben, days=3)
    for number in (ana, ben):
        world.lives_in(number, "America/New_York")

    def check_in(number: str) -> str:
        known = world.profile_of(number)
        silence = SendCheckIn(user_id=known.user_id, last_contact_time=known.last_inbound_time)
        return world.asks_for(JobPayload(send_check_in=silence))

    with world.worker(clock=FixedClock(evening - timedelta(minutes=2))):
        check_in(ben)
    assert len(world.phone(ben).received) == 2
    with world.worker(clock=FixedClock(evening)):
        key = check_in(ana)
    deferred = world.job(key)
    assert deferred.state == jobs.JOB_STATE_SCHEDULED
    remaining = deferred.run_time.ToDatetime(UTC) - datetime.now(UTC)
    assert wait - timedelta(minutes=2) < remaining <= wait
    assert len(world.phone(ana).received) == 1
    with world.worker(clock=FixedClock(evening + wait)):
        world.jobs.RetryJob(jobs.RetryJobRequest(job_id=deferred.job_id))
        assert "checking in" in world.receives(ana, 2)[1].body
