"""Check-ins and crisis follow-ups: the gates at the moment of sending, and once for each stage."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from protos.jobs.v1.payloads_pb2 import FollowUpCrisis, InboundCrisisKind, RecordCrisis, SendCheckIn
from protos.profile.v1 import profile_pb2 as profile
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from services.jobs.carrier import NotSent
from services.jobs.workflows import follow_up_crisis, record_crisis, send_check_in
from services.jobs.workflows.context import Context
from services.jobs.workflows.holding import LOOK_TO_START_EVERY
from services.jobs.workflows.notices import CRISIS_FOLLOW_UP, check_in
from services.jobs.workflows.outcome import Bury, Done, Later, Outcome, Retry
from services.profile.burnout import ScoreSource
from services.profile.questionnaires import QUESTIONNAIRES
from tests.jobs.workflows.acting import ANA, OUT, Acting, at, stamp
from tests.jobs.workflows.serving import Services

pytestmark = pytest.mark.slow

MONTHLY = QUESTIONNAIRES[ScoreSource.MONTHLY_REVIEW]
CHECK_IN = check_in(MONTHLY[0].text, len(MONTHLY))  # nobody here was ever asked a monthly review

# 09:00 to 20:00 Eastern, where area code 202 is: 14:00 to 01:00 UTC in winter.
OPENS = at(2026, 11, 24, 14)
CLOSES = at(2026, 11, 24, 1)
LONG_AGO = at(2026, 11, 10)


@pytest.fixture
def people(services: Services) -> Iterator[ProfileServiceStub]:
    with grpc.insecure_channel(services.address) as channel:
        yield ProfileServiceStub(channel)


@pytest.fixture
def ana(acting: Acting, people: ProfileServiceStub) -> str:
    acting.rules = replace(acting.rules, gated=False)
    user_id = acting.person()
    acting.act(lambda ctx: ctx.profile.record_inbound(user_id, LONG_AGO))
    has_score(people, user_id, 85)
    return user_id


def has_score(people: ProfileServiceStub, user_id: str, score: float) -> None:
    """85 is severe, which is checked in on after two days of silence."""
    people.RecordBurnoutScore(
        profile.RecordBurnoutScoreRequest(
            user_id=user_id,
            score=score,
            source=profile.ScoreSource.SCORE_SOURCE_DAILY_CHECK_IN,
            request_key=f"score:{user_id}:{score}",
        )
    )


def checks_in(acting: Acting, user_id: str, since: datetime = LONG_AGO, **job: Any) -> Outcome:
    payload = SendCheckIn(user_id=user_id, last_contact_time=stamp(since))
    return acting.run(send_check_in.run, payload, key=f"check-in:{user_id}", **job)


def requests_check_in(acting: Acting, user_id: str, key: str = "check-in:asked:1") -> Outcome:
    payload = SendCheckIn(user_id=user_id, requested=True)
    return acting.run(send_check_in.run, payload, key=key)


def it_is(acting: Acting, moment: datetime) -> None:
    acting.clock.advance(moment - acting.clock.now())


def first_follow_up(acting: Acting, sid: str = "SM1x") -> FollowUpCrisis:
    """The first of the seven that a crisis text leads to."""
    crisis = RecordCrisis(
        message_sid=sid,
        sender=ANA,
        kind=InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE,
        event_time=stamp(acting.clock.now()),
    )
    outcome = acting.run(record_crisis.run, crisis)
    assert isinstance(outcome, Done)
    assert len(outcome.follow_ups) == 7
    return outcome.follow_ups[0].payload.follow_up_crisis


def follows_up(acting: Acting, job: FollowUpCrisis) -> Outcome:
    return acting.run(follow_up_crisis.run, job, key=f"crisis-follow-up:{job.follow_up_id}")


def test_a_follow_up_of_another_persons_crisis_is_sent_to_nobody(acting: Acting) -> None:
    it_is(acting, OPENS)
    theirs = first_follow_up(acting)
    mixed_up = FollowUpCrisis(
        user_id=acting.person("+12025550102"), follow_up_id=theirs.follow_up_id
    )
    assert follows_up(acting, mixed_up) == Bury("FOLLOW_UP_OF_ANOTHER_PERSON")
    assert follows_up(acting, theirs) == Done("accepted")
    assert acting.provider.received(ANA) == [CRISIS_FOLLOW_UP]
    assert len(acting.provider.texts) == 1


def test_a_check_in_goes_out_and_counts_as_the_days_text(acting: Acting, ana: str) -> None:
    assert checks_in(acting, ana) == Done("accepted")
    assert acting.provider.received(ANA) == [CHECK_IN]
    assert acting.provider.texts[0].validity is None
    assert acting.profile(ana).last_proactive_time.ToDatetime() != LONG_AGO


@pytest.mark.parametrize(
    ("moment", "wait"),
    [
        (CLOSES - timedelta(minutes=1), None),
        (CLOSES, timedelta(hours=13)),
        (OPENS - timedelta(minutes=1), timedelta(minutes=1)),
        (OPENS, None),
    ],
)
def test_outside_the_window_it_is_deferred_to_its_start(
    acting: Acting, ana: str, moment: datetime, wait: timedelta | None
) -> None:
    it_is(acting, moment)
    expected = Later(wait, "QUIET_HOURS") if wait else Done("accepted")
    assert checks_in(acting, ana) == expected
    assert follows_up(acting, first_follow_up(acting)) == expected


def test_an_attempt_that_failed_in_the_window_is_not_made_up_for_at_night(
    acting: Acting, ana: str
) -> None:
    it_is(acting, CLOSES - timedelta(minutes=1))
    acting.provider.next.append(NotSent("TWILIO_20429"))
    assert checks_in(acting, ana) == Retry("TWILIO_20429")
    it_is(acting, CLOSES + timedelta(minutes=1))
    later = put_off(acting, checks_in(acting, ana, attempt=2), "quiet hours")
    assert acting.clock.now() == OPENS
    assert later() == Done("accepted")
    assert acting.provider.received(ANA) == [CHECK_IN]


def test_a_follow_up_that_failed_in_the_window_is_not_made_up_for_at_night(
    acting: Acting, ana: str
) -> None:
    it_is(acting, CLOSES - timedelta(minutes=1))
    follow_up = first_follow_up(acting)
    acting.provider.next.append(NotSent("TWILIO_20429"))
    assert follows_up(acting, follow_up) == Retry("TWILIO_20429")
    it_is(acting, CLOSES + timedelta(minutes=1))
    assert follows_up(acting, follow_up) == Later(timedelta(minutes=779), "QUIET_HOURS")
    it_is(acting, OPENS)
    assert follows_up(acting, follow_up) == Done("accepted")
    assert acting.provider.received(ANA) == [CRISIS_FOLLOW_UP]


def test_a_follow_up_whose_outcome_is_unknown_at_closing_time_is_looked_up_in_the_morning(
    acting: Acting, ana: str
) -> None:
    it_is(acting, CLOSES - timedelta(seconds=1))
    follow_up = first_follow_up(acting)
    acting.provider.next.append("answer lost")
    follows_up(acting, follow_up)
    it_is(acting, OPENS)
    assert follows_up(acting, follow_up) == Done("found at the provider")
    assert acting.provider.received(ANA) == [CRISIS_FOLLOW_UP]


def test_a_check_in_asks_what_is_due_and_waits_for_the_reply(acting: Acting, ana: str) -> None:
    checks_in(acting, ana)
    acting.act(lambda ctx: ctx.profile.defer_assessment(ana, "later"))
    payload = SendCheckIn(user_id=ana, last_contact_time=stamp(acting.clock.now()))
    acting.wait(days=3)
    assert acting.run(send_check_in.run, payload, key="another") == Done("accepted")
    daily = QUESTIONNAIRES[ScoreSource.DAILY_CHECK_IN]
    assert acting.provider.received(ANA)[1] == check_in(daily[0].text, 3)


def test_an_operators_check_in_asks_a_person_who_has_no_score_for_their_first(
    acting: Acting,
) -> None:
    acting.rules = replace(acting.rules, gated=False)
    user_id = acting.person()
    acting.act(lambda ctx: ctx.profile.record_inbound(user_id, acting.clock.now()))
    assert checks_in(acting, user_id) == Done("not due")
    assert requests_check_in(acting, user_id) == Done("accepted")
    assert acting.provider.received(ANA) == [CHECK_IN]
    newest = acting.act(lambda ctx: ctx.profile.newest_assessment(user_id))
    assert newest is not None
    assert newest.state == profile.ASSESSMENT_STATE_OPEN
    assert requests_check_in(acting, user_id, "check-in:asked:2") == Later(
        timedelta(days=1), "TEXTED_TODAY"
    )


@pytest.mark.parametrize(
    ("gate", "outcome"),
    [
        ("opted out", Done("no consent")),
        ("wants none", Done("wants none")),
        ("in a crisis", Done("gives way to a crisis")),
        ("unpaid", Done("no access")),
        ("at night", Later(timedelta(hours=13), "QUIET_HOURS")),
    ],
)
def test_an_operators_check_in_is_held_back_as_any_text_that_we_start(
    acting: Acting, ana: str, people: ProfileServiceStub, gate: str, outcome: Outcome
) -> None:
    match gate:
        case "opted out":
            out = profile.SmsConsent.SMS_CONSENT_OPTED_OUT
            word = profile.ConsentSource.CONSENT_SOURCE_WORD
            now = acting.clock.now()
            acting.act(lambda ctx: ctx.profile.set_consent(ana, out, word, now, "SM9x"))
        case "wants none":
            none = profile.CheckInPreference.CHECK_IN_PREFERENCE_NONE
            wish = profile.Profile(user_id=ana, check_in_preference=none)
            acting.act(lambda ctx: ctx.profile.update(wish, ["check_in_preference"]))
        case "in a crisis":
            first_follow_up(acting)
        case "unpaid":
            acting.rules = replace(acting.rules, gated=True)
        case "at night":
            it_is(acting, CLOSES)
    assert requests_check_in(acting, ana) == outcome
    assert acting.provider.texts == []


def test_two_check_ins_of_one_silence_at_the_same_time_are_one_text(
    acting: Acting, ana: str
) -> None:
    """Whatever their keys are, and although neither sees what the other does."""

    async def both(ctx: Context) -> list[Outcome]:
        payload = SendCheckIn(user_id=ana, last_contact_time=stamp(LONG_AGO))
        jobs = [replace(ctx, job=replace(ctx.job, key=f"check-in:{n}")) for n in range(2)]
        return list(await asyncio.gather(*(send_check_in.run(payload, job) for job in jobs)))

    outcomes = acting.act(both)
    assert Done("accepted") in outcomes
    assert len(acting.provider.received(ANA)) == 1


@pytest.mark.parametrize(
    "method", ["StartAssessment", "RecordContact", "PrepareOutboundMessage", "BeginSend"]
)
def test_a_crash_on_the_way_sends_one_check_in_and_counts_it(
    acting: Acting, ana: str, method: str
) -> None:
    acting.trouble.make(f"*/{method}", "refuses", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        checks_in(acting, ana)
    sent = Done("settled before" if method == "RecordContact" else "accepted")
    assert checks_in(acting, ana, attempt=2) == sent
    assert acting.provider.received(ANA) == [CHECK_IN]
    assert acting.profile(ana).HasField("last_proactive_time")


@pytest.mark.parametrize(
    "method", ["RecordCrisisFollowUpSent", "RecordContact", "PrepareOutboundMessage", "BeginSend"]
)
def test_a_crash_on_the_way_sends_one_follow_up(acting: Acting, ana: str, method: str) -> None:
    follow_up = first_follow_up(acting)
    acting.trouble.make(f"*/{method}", "loses the answer", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        follows_up(acting, follow_up)
    acting.wait(minutes=1)
    before = method in ("RecordCrisisFollowUpSent", "RecordContact")
    assert follows_up(acting, follow_up) == Done("settled before" if before else "accepted")
    assert follows_up(acting, follow_up) == Done("settled before")
    assert acting.provider.received(ANA) == [CRISIS_FOLLOW_UP]


def test_a_person_who_wrote_since_is_not_checked_in_on(acting: Acting, ana: str) -> None:
    acting.act(lambda ctx: ctx.profile.record_inbound(ana, acting.clock.now()))
    assert checks_in(acting, ana) == Done("in touch since")


def test_one_text_of_ours_a_day(acting: Acting, ana: str) -> None:
    checks_in(acting, ana)
    acting.wait(hours=23)
    payload = SendCheckIn(user_id=ana, last_contact_time=stamp(LONG_AGO))
    assert acting.run(send_check_in.run, payload, key="another") == Done("in touch since")


@pytest.mark.parametrize(
    ("wish", "score", "silence", "sent"),
    [
        ("DEFAULT", 85, timedelta(days=2), True),
        ("DEFAULT", 85, timedelta(days=2, seconds=-1), False),
        ("DEFAULT", 60, timedelta(days=3), True),
        ("DEFAULT", 59.99, timedelta(days=6), False),
        ("DEFAULT", 19.99, timedelta(days=400), False),
        ("FEWER", 85, timedelta(days=4, seconds=-1), False),
        ("FEWER", 85, timedelta(days=4), True),
        ("NONE", 85, timedelta(days=400), False),
    ],
)
def test_the_band_and_the_persons_wish_decide_when_a_check_in_is_due(
    acting: Acting,
    ana: str,
    people: ProfileServiceStub,
    wish: str,
    score: float,
    silence: timedelta,
    sent: bool,
) -> None:
    has_score(people, ana, score)
    people.UpdateProfile(
        profile.UpdateProfileRequest(
            profile=profile.Profile(
                user_id=ana,
                check_in_preference=profile.CheckInPreference.Value(f"CHECK_IN_PREFERENCE_{wish}"),
            ),
            update_mask=FieldMask(paths=["check_in_preference"]),
        )
    )
    noon = at(2026, 11, 23, 17)
    acting.act(lambda ctx: ctx.profile.record_inbound(ana, noon))
    it_is(acting, noon + silence)
    expected = Done("accepted") if sent else Done("not due")
    assert checks_in(acting, ana, since=noon) == expected


def test_check_ins_give_way_to_an_open_crisis(acting: Acting, ana: str) -> None:
    first_follow_up(acting)
    assert checks_in(acting, ana) == Done("gives way to a crisis")
    assert acting.provider.texts == []


def hold(people: ProfileServiceStub, user_id: str, until: datetime | None) -> None:
    request = profile.HoldAssistantRequest(user_id=user_id, until=stamp(until) if until else None)
    people.HoldAssistant(request)


def put_off(acting: Acting, outcome: Outcome, why: str = "held") -> Callable[[], Outcome]:
    """What runs in its place, of a check-in that found a gate closed; its time has come then."""
    assert isinstance(outcome, Done)
    assert outcome.result == why
    [later] = outcome.follow_ups
    assert later.run_time is not None
    it_is(acting, later.run_time)
    return lambda: acting.run(send_check_in.run, later.payload.send_check_in, key=later.key)


def test_while_somebody_holds_the_conversation_a_check_in_waits_for_the_end(
    acting: Acting, people: ProfileServiceStub, ana: str
) -> None:
    it_is(acting, OPENS)
    end = OPENS + timedelta(hours=2, minutes=30)
    hold(people, ana, end)
    later = put_off(acting, checks_in(acting, ana))
    while acting.clock.now() < end:
        later = put_off(acting, later())
    assert (acting.clock.now(), acting.provider.texts) == (end, [])
    assert later() == Done("accepted")
    assert acting.provider.received(ANA) == [CHECK_IN]


def test_a_check_in_of_somebody_who_is_not_held_any_more_goes_out_within_the_hour(
    acting: Acting, people: ProfileServiceStub, ana: str
) -> None:
    it_is(acting, OPENS)
    hold(people, ana, OPENS + timedelta(days=7))
    later = put_off(acting, checks_in(acting, ana))
    assert acting.clock.now() - OPENS == LOOK_TO_START_EVERY
    hold(people, ana, None)
    assert later() == Done("accepted")


def test_a_check_in_that_a_hold_has_made_stale_is_not_sent(
    acting: Acting, people: ProfileServiceStub, ana: str
) -> None:
    it_is(acting, OPENS)
    hold(people, ana, OPENS + timedelta(hours=1))
    later = put_off(acting, checks_in(acting, ana))
    acting.act(lambda ctx: ctx.profile.record_inbound(ana, OPENS + timedelta(minutes=5)))
    assert later() == Done("in touch since")


def test_a_check_in_that_failed_before_a_hold_is_sent_after_it(
    acting: Acting, people: ProfileServiceStub, ana: str
) -> None:
    it_is(acting, OPENS)
    acting.provider.next.append(NotSent("TWILIO_20429"))
    assert isinstance(checks_in(acting, ana), Retry)
    hold(people, ana, OPENS + timedelta(minutes=30))
    later = put_off(acting, checks_in(acting, ana, attempt=2))
    assert acting.clock.now() == OPENS + timedelta(minutes=30)
    assert later() == Done("accepted")
    assert acting.provider.received(ANA) == [CHECK_IN]


def test_a_hold_does_not_keep_back_how_are_you_after_a_crisis(
    acting: Acting, people: ProfileServiceStub, ana: str
) -> None:
    it_is(acting, OPENS)
    hold(people, ana, OPENS + timedelta(days=7))
    assert follows_up(acting, first_follow_up(acting)) == Done("accepted")
    assert acting.provider.received(ANA) == [CRISIS_FOLLOW_UP]


def test_nobody_who_opted_out_is_texted(acting: Acting, ana: str) -> None:
    follow_up = first_follow_up(acting)
    acting.wait(seconds=1)
    acting.consents(ana, OUT)
    assert checks_in(acting, ana) == Done("no consent")
    assert follows_up(acting, follow_up) == Done("no consent")
    assert follows_up(acting, follow_up) == Done("not planned any more")
    assert acting.provider.texts == []


def test_nothing_is_started_to_a_number_that_takes_no_texts(acting: Acting, ana: str) -> None:
    follow_up = first_follow_up(acting)
    acting.wait(seconds=1)
    acting.mark(ana)
    dead = Done("number unreachable: 30006")
    assert checks_in(acting, ana) == dead
    assert follows_up(acting, follow_up) == dead
    assert follows_up(acting, follow_up) == Done("not planned any more")
    assert acting.provider.texts == []


def test_a_text_that_is_on_its_way_counts_before_the_mark_is_gone(acting: Acting, ana: str) -> None:
    follow_up = first_follow_up(acting)
    acting.mark(ana)
    acting.wait(seconds=1)
    acting.act(lambda ctx: ctx.profile.record_inbound(ana, acting.clock.now()))
    assert follows_up(acting, follow_up) == Done("accepted")


def test_a_check_in_needs_access_and_a_follow_up_does_not(acting: Acting, ana: str) -> None:
    acting.rules = replace(acting.rules, gated=True)
    assert checks_in(acting, ana) == Done("no access")
    assert follows_up(acting, first_follow_up(acting)) == Done("accepted")


def test_a_follow_up_goes_out_on_a_day_that_had_a_text_of_ours(acting: Acting, ana: str) -> None:
    checks_in(acting, ana)
    follow_up = first_follow_up(acting)
    acting.wait(hours=1)
    assert follows_up(acting, follow_up) == Done("accepted")
    assert acting.provider.received(ANA) == [CHECK_IN, CRISIS_FOLLOW_UP]
