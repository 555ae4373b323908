"""A text that we start, is prepared, and did not leave: the next attempt asks every gate anew.

What is stopped then stands in the ledger with the gate that was closed, and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import grpc
import pytest

from protos.jobs.v1.payloads_pb2 import (
    AdvanceJourneys,
    FollowUpCrisis,
    Reactivate,
    SendCheckIn,
    SweepReactivations,
)
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.carrier import NotSent
from services.jobs.workflows import (
    advance_journeys,
    follow_up_crisis,
    reactivate,
    send_check_in,
    sweep_reactivations,
)
from services.jobs.workflows.context import Context
from services.jobs.workflows.notices import REACTIVATIONS, check_in
from services.jobs.workflows.outcome import Done, FollowUp, Later, Outcome, Retry
from services.jobs.workflows.sending import NOT_FOUND_COUNTS_AFTER
from services.profile.burnout import ScoreSource
from services.profile.questionnaires import QUESTIONNAIRES
from tests.jobs.workflows.acting import ANA, OUT, Acting, at, stamp

pytestmark = pytest.mark.slow

MONTHLY = QUESTIONNAIRES[ScoreSource.MONTHLY_REVIEW]
CHECK_IN = check_in(MONTHLY[0].text, len(MONTHLY))
SILENT_SINCE = at(2026, 11, 15, 18)
BUSY = NotSent("TWILIO_20429")

STARTED = ("check-in", "requested", "reactivation")
WORDS = {"check-in": CHECK_IN, "requested": CHECK_IN, "reactivation": REACTIVATIONS[0]}


@pytest.fixture
def ana(acting: Acting) -> str:
    """Somebody severely burned out who wrote eight days ago."""
    acting.rules = replace(acting.rules, gated=False)
    user_id = acting.person()
    acting.act(lambda ctx: ctx.profile.record_inbound(user_id, SILENT_SINCE))
    score = profile.RecordBurnoutScoreRequest(
        user_id=user_id,
        score=85,
        source=profile.ScoreSource.SCORE_SOURCE_DAILY_CHECK_IN,
        request_key=f"score:{user_id}",
    )
    acting.act(lambda ctx: ctx.profile._stub.RecordBurnoutScore(score))
    return user_id


class Job:
    """A job that starts a text to a person; each attempt is a claim of its own."""

    def __init__(
        self,
        acting: Acting,
        workflow: Callable[[Any, Context], Awaitable[Outcome]],
        payload: Any,
        key: str,
    ) -> None:
        self._acting = acting
        self._workflow = workflow
        self._payload = payload
        self.key = key

    def attempt(self, number: int = 1) -> Outcome:
        return self._acting.run(self._workflow, self._payload, key=self.key, attempt=number)

    def ledger(self) -> tuple[str, str, str]:
        text = self._acting.act(lambda ctx: ctx.conversation.find_prepared(self.key))
        assert text is not None
        return self._acting.ledger(text.message_id)


def a_job(acting: Acting, ana: str, what: str, key: str = "first") -> Job:
    if what == "reactivation":
        return Job(acting, reactivate.run, _planned(acting), key)
    since = None if what == "requested" else stamp(SILENT_SINCE)
    asked = SendCheckIn(user_id=ana, last_contact_time=since, requested=what == "requested")
    return Job(acting, send_check_in.run, asked, key)


def _planned(acting: Acting) -> Reactivate:
    assert isinstance(acting.run(advance_journeys.run, AdvanceJourneys()), Done)
    before = len(acting.enqueued)
    assert isinstance(acting.run(sweep_reactivations.run, SweepReactivations()), Done)
    [planned] = acting.enqueued[before:]
    return planned.payload.reactivate


def failed_once(acting: Acting, ana: str, what: str) -> Job:
    """Every gate was open, and the provider was busy."""
    job = a_job(acting, ana, what)
    acting.provider.next.append(BUSY)
    assert job.attempt() == Retry("TWILIO_20429")
    assert job.ledger() == ("PREPARED", "", "")
    acting.wait(seconds=2)
    return job


def opens_a_crisis(acting: Acting, ana: str) -> None:
    kind = profile.CrisisKind.CRISIS_KIND_SUICIDE
    now = stamp(acting.clock.now())
    acting.act(lambda ctx: ctx.profile.record_crisis(ana, kind, now, "SM-crisis"))


def closes_it(acting: Acting, ana: str) -> None:
    crises = acting.act(
        lambda ctx: ctx.profile._stub.ListCrises(profile.ListCrisesRequest(user_id=ana))
    ).crises
    request = profile.ResolveCrisisRequest(crisis_id=crises[0].crisis_id)
    acting.act(lambda ctx: ctx.profile._stub.ResolveCrisis(request))


def opts_out(acting: Acting, ana: str) -> None:
    acting.consents(ana, OUT)


def loses_access(acting: Acting, ana: str) -> None:
    acting.rules = replace(acting.rules, gated=True)


def is_being_erased(acting: Acting, ana: str) -> None:
    acting.act(lambda ctx: ctx.identity.begin_erasure(ana))


def writes(acting: Acting, ana: str) -> None:
    acting.act(lambda ctx: ctx.profile.record_inbound(ana, acting.clock.now()))


def was_texted_by_us(acting: Acting, ana: str) -> None:
    acting.act(lambda ctx: ctx.profile.record_proactive(ana, acting.clock.now()))


def has_a_dead_number(acting: Acting, ana: str) -> None:
    acting.mark(ana)


def wants_none(acting: Acting, ana: str) -> None:
    none = profile.CheckInPreference.CHECK_IN_PREFERENCE_NONE
    wish = profile.Profile(user_id=ana, check_in_preference=none)
    acting.act(lambda ctx: ctx.profile.update(wish, ["check_in_preference"]))


def is_held(acting: Acting, ana: str) -> None:
    until = stamp(acting.clock.now() + timedelta(minutes=30))
    request = profile.HoldAssistantRequest(user_id=ana, until=until)
    acting.act(lambda ctx: ctx.profile._stub.HoldAssistant(request))


def is_let_go(acting: Acting, ana: str) -> None:
    request = profile.HoldAssistantRequest(user_id=ana)
    acting.act(lambda ctx: ctx.profile._stub.HoldAssistant(request))


def sleeps(acting: Acting, ana: str) -> None:
    """It is 20:01 in New York."""
    acting.clock.advance(at(2026, 11, 24, 1, 1) - acting.clock.now())


def was_asked_a_day_ago(acting: Acting, ana: str) -> None:
    acting.wait(hours=24)


@pytest.mark.parametrize(
    ("what", "happens", "gate"),
    [
        *((what, opens_a_crisis, "GIVES_WAY_TO_A_CRISIS") for what in STARTED),
        *((what, opts_out, "NO_CONSENT") for what in STARTED),
        *((what, loses_access, "NO_ACCESS") for what in STARTED),
        *((what, is_being_erased, "NO_SUCH_PERSON") for what in STARTED),
        *((what, has_a_dead_number, "NUMBER_UNREACHABLE") for what in STARTED),
        ("check-in", writes, "IN_TOUCH_SINCE"),
        ("reactivation", writes, "WROTE_SINCE"),
        ("check-in", wants_none, "NOT_DUE"),
        ("requested", wants_none, "WANTS_NONE"),
        ("check-in", was_texted_by_us, "IN_TOUCH_SINCE"),
    ],
)
def test_the_second_attempt_is_stopped_for_good(
    acting: Acting, ana: str, what: str, happens: Callable[[Acting, str], None], gate: str
) -> None:
    job = failed_once(acting, ana, what)
    happens(acting, ana)
    stopped = job.attempt(2)
    assert isinstance(stopped, Done)
    assert stopped.follow_ups == ()
    assert acting.provider.texts == []
    assert job.ledger() == ("WITHHELD", "", gate)
    if happens is not was_texted_by_us:
        assert not acting.profile(ana).HasField("last_proactive_time")
    assert acting.act(lambda ctx: ctx.profile.newest_assessment(ana)) is None
    assert isinstance(job.attempt(3), Done)
    assert acting.provider.texts == []


@pytest.mark.parametrize(
    ("what", "happens", "gate"),
    [
        *((what, is_held, "HELD") for what in STARTED),
        *((what, sleeps, "QUIET_HOURS") for what in STARTED),
        ("requested", was_texted_by_us, "TEXTED_TODAY"),
        ("reactivation", was_texted_by_us, "TEXTED_TODAY"),
        ("check-in", was_asked_a_day_ago, "STALE"),
        ("requested", was_asked_a_day_ago, "STALE"),
    ],
)
def test_the_second_attempt_is_put_off_and_another_job_sends_the_text_once(
    acting: Acting, ana: str, what: str, happens: Callable[[Acting, str], None], gate: str
) -> None:
    job = failed_once(acting, ana, what)
    happens(acting, ana)
    [again] = put_off(job.attempt(2))
    assert (acting.provider.texts, job.ledger()) == ([], ("WITHHELD", "", gate))
    assert again.run_time is not None
    acting.clock.advance(max(again.run_time - acting.clock.now(), timedelta(0)))
    job.key = again.key
    assert job.attempt() == Done("accepted")
    assert acting.provider.received(ANA) == [WORDS[what]]


def put_off(outcome: Outcome) -> tuple[FollowUp, ...]:
    assert isinstance(outcome, Done), outcome
    return outcome.follow_ups


@pytest.mark.parametrize("what", STARTED)
def test_a_crisis_of_the_time_of_a_hold_stops_what_waited_for_its_end(
    acting: Acting, ana: str, what: str
) -> None:
    job = failed_once(acting, ana, what)
    is_held(acting, ana)
    [again] = put_off(job.attempt(2))
    acting.wait(minutes=10)
    opens_a_crisis(acting, ana)
    acting.wait(minutes=20)
    job.key = again.key
    assert job.attempt() == Done("gives way to a crisis")
    assert acting.provider.texts == []


@pytest.mark.parametrize("what", ["check-in", "requested"])
def test_a_check_in_that_was_stopped_keeps_no_later_one_back_and_is_no_review_of_the_month(
    acting: Acting, ana: str, what: str
) -> None:
    job = failed_once(acting, ana, what)
    opens_a_crisis(acting, ana)
    job.attempt(2)
    closes_it(acting, ana)
    assert a_job(acting, ana, what, key="second").attempt() == Done("accepted")
    assert acting.provider.received(ANA) == [CHECK_IN]


def test_a_stage_that_was_stopped_is_followed_by_the_next(acting: Acting, ana: str) -> None:
    job = failed_once(acting, ana, "reactivation")
    opens_a_crisis(acting, ana)
    job.attempt(2)
    closes_it(acting, ana)
    acting.wait(days=7)
    following = a_job(acting, ana, "reactivation", key="second")
    assert following.attempt() == Done("accepted")
    assert acting.provider.received(ANA) == [REACTIVATIONS[1]]


@pytest.mark.parametrize("what", STARTED)
def test_a_text_of_which_nobody_knew_whether_it_left_is_found_before_it_is_stopped(
    acting: Acting, ana: str, what: str
) -> None:
    job = a_job(acting, ana, what)
    acting.provider.next.append("answer lost")
    assert isinstance(job.attempt(), Later)
    opens_a_crisis(acting, ana)
    assert job.attempt(2) == Done("found at the provider")
    assert job.ledger()[0] == "ACCEPTED"
    assert acting.profile(ana).HasField("last_proactive_time")
    assert job.attempt(3) == Done("settled before")
    newest = acting.act(lambda ctx: ctx.profile.newest_assessment(ana))
    assert (newest is None) == (what == "reactivation")


@pytest.mark.parametrize("what", STARTED)
def test_a_text_that_surely_did_not_leave_is_stopped_once_that_is_clear(
    acting: Acting, ana: str, what: str
) -> None:
    job = a_job(acting, ana, what)
    acting.provider.next.append("text lost")
    assert isinstance(job.attempt(), Later)
    opens_a_crisis(acting, ana)
    assert isinstance(job.attempt(2), Later)
    acting.clock.advance(NOT_FOUND_COUNTS_AFTER)
    assert job.attempt(3) == Done("gives way to a crisis")
    assert (acting.provider.texts, job.ledger()[0]) == ([], "WITHHELD")
    assert not acting.profile(ana).HasField("last_proactive_time")


@pytest.mark.parametrize("what", STARTED)
def test_a_text_that_may_have_left_is_not_asked_for_again_while_the_provider_cannot_be_asked(
    acting: Acting, ana: str, what: str
) -> None:
    job = a_job(acting, ana, what)
    acting.provider.next.append("answer lost")
    assert isinstance(job.attempt(), Later)
    acting.provider.away = True
    sleeps(acting, ana)
    assert isinstance(job.attempt(2), Later)
    assert job.ledger()[0] == "SENDING"
    acting.provider.away = False
    assert job.attempt(3) == Done("found at the provider")
    assert acting.provider.received(ANA) == [WORDS[what]]


@pytest.mark.parametrize("what", ["check-in", "requested"])
def test_a_check_in_that_is_found_a_day_later_is_one_that_was_asked(
    acting: Acting, ana: str, what: str
) -> None:
    job = a_job(acting, ana, what)
    acting.provider.next.append("answer lost")
    assert isinstance(job.attempt(), Later)
    acting.provider.away = True
    acting.wait(hours=25)
    assert isinstance(job.attempt(2), Later)
    assert acting.act(lambda ctx: ctx.profile.newest_assessment(ana)) is not None
    acting.provider.away = False
    assert job.attempt(3) == Done("found at the provider")
    assert acting.act(lambda ctx: ctx.profile.newest_assessment(ana)) is not None
    assert acting.provider.received(ANA) == [CHECK_IN]


def test_a_check_in_of_which_nothing_was_prepared_is_begun_anew_a_day_later(
    acting: Acting, ana: str
) -> None:
    job = a_job(acting, ana, "requested")
    acting.trouble.make("*/PrepareOutboundMessage", "refuses", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        job.attempt()
    acting.wait(hours=25)
    assert job.attempt(2) == Later(timedelta(0), "STALE")
    assert job.attempt(3) == Done("accepted")
    assert acting.provider.received(ANA) == [CHECK_IN]


def test_a_crash_after_a_text_was_withheld_for_now_has_it_asked_for_all_the_same(
    acting: Acting, ana: str
) -> None:
    job = failed_once(acting, ana, "check-in")
    is_held(acting, ana)
    acting.trouble.make("*/WithdrawAssessment", "refuses", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        job.attempt(2)
    is_let_go(acting, ana)
    [again] = put_off(job.attempt(3))
    job.key = again.key
    assert job.attempt() == Done("accepted")
    assert acting.provider.received(ANA) == [CHECK_IN]


@pytest.mark.parametrize(
    ("happens", "gate"),
    [
        (closes_it, "NOT_PLANNED_ANY_MORE"),
        (opts_out, "NO_CONSENT"),
        (is_being_erased, "NO_SUCH_PERSON"),
        (has_a_dead_number, "NUMBER_UNREACHABLE"),
    ],
)
def test_how_are_you_after_a_crisis_is_stopped_at_its_second_attempt_too(
    acting: Acting, ana: str, happens: Callable[[Acting, str], None], gate: str
) -> None:
    opens_a_crisis(acting, ana)
    crises = acting.act(
        lambda ctx: ctx.profile._stub.ListCrises(profile.ListCrisesRequest(user_id=ana))
    ).crises
    asked = FollowUpCrisis(user_id=ana, follow_up_id=crises[0].follow_ups[0].follow_up_id)
    job = Job(acting, follow_up_crisis.run, asked, "crisis-follow-up:1")
    acting.provider.next.append(BUSY)
    assert job.attempt() == Retry("TWILIO_20429")
    acting.wait(seconds=2)
    happens(acting, ana)
    assert isinstance(job.attempt(2), Done)
    assert (acting.provider.texts, job.ledger()) == ([], ("WITHHELD", "", gate))
    assert not acting.profile(ana).HasField("last_proactive_time")
