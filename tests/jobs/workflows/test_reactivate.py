"""Silent people are asked back: the gates at the moment of sending, and once for each stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import grpc
import pytest

from protos.jobs.v1.payloads_pb2 import (
    AdvanceJourneys,
    JobPayload,
    Reactivate,
    SendCheckIn,
    SweepReactivations,
)
from protos.profile.v1 import profile_pb2 as profile
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from services.jobs.types import JOB_TYPES
from services.jobs.workflows import advance_journeys, reactivate, sweep_reactivations
from services.jobs.workflows.notices import REACTIVATIONS
from services.jobs.workflows.outcome import Bury, Done, Later, Outcome
from tests.jobs.workflows.acting import ANA, OUT, Acting, at, stamp
from tests.jobs.workflows.serving import Services

pytestmark = pytest.mark.slow

NOON = at(2026, 11, 23, 18)  # in New York it is one


@pytest.fixture
def ana(acting: Acting) -> str:
    """Somebody who wrote seven days ago, and whose first text back is planned."""
    acting.rules = replace(acting.rules, gated=False)
    user_id = acting.person()
    acting.clock.advance(NOON - acting.clock.now())
    acting.act(lambda ctx: ctx.profile.record_inbound(user_id, NOON - timedelta(days=7)))
    return user_id


def planned(acting: Acting) -> list[Reactivate]:
    """What the two sweeps ask for."""
    assert isinstance(acting.run(advance_journeys.run, AdvanceJourneys()), Done)
    before = len(acting.enqueued)
    assert isinstance(acting.run(sweep_reactivations.run, SweepReactivations()), Done)
    for each in acting.enqueued[before:]:
        assert each.key == f"reactivate:{each.payload.reactivate.reactivation_id}"
    return [each.payload.reactivate for each in acting.enqueued[before:]]


def asks_back(acting: Acting, job: Reactivate) -> Outcome:
    return acting.run(reactivate.run, job, key=f"reactivate:{job.reactivation_id}")


def test_each_stage_is_sent_once_and_has_words_of_its_own(acting: Acting, ana: str) -> None:
    for wait in (0, 7, 16):
        acting.wait(days=wait)
        [job] = planned(acting)
        assert planned(acting) == [job]
        assert asks_back(acting, job) == Done("accepted")
        assert asks_back(acting, job) == Done("settled before")
        assert planned(acting) == []
    assert acting.provider.received(ANA) == list(REACTIVATIONS)
    acting.wait(days=10)
    assert planned(acting) == []
    assert acting.profile(ana).journey_phase == profile.JourneyPhase.JOURNEY_PHASE_CHURNED


def test_a_text_that_asks_somebody_else_back_is_sent_to_nobody(acting: Acting, ana: str) -> None:
    [job] = planned(acting)
    mixed_up = Reactivate(
        user_id=acting.person("+12025550102"), reactivation_id=job.reactivation_id
    )
    assert asks_back(acting, mixed_up) == Bury("REACTIVATION_OF_ANOTHER_PERSON")
    assert planned(acting) == [job]
    assert acting.provider.texts == []


def test_it_waits_for_a_day_without_a_text_of_ours_and_for_the_morning(
    acting: Acting, ana: str
) -> None:
    [job] = planned(acting)
    texted = NOON - timedelta(hours=10)
    acting.act(lambda ctx: ctx.profile.record_proactive(ana, texted))
    assert asks_back(acting, job) == Later(timedelta(hours=14), "TEXTED_TODAY")
    acting.wait(hours=14)  # three in the morning
    assert asks_back(acting, job) == Later(timedelta(hours=6), "QUIET_HOURS")
    acting.wait(hours=6)
    assert asks_back(acting, job) == Done("accepted")


def test_while_somebody_holds_the_conversation_it_waits_for_the_end(
    acting: Acting, services: Services, ana: str
) -> None:
    end = NOON + timedelta(minutes=90)
    with grpc.insecure_channel(services.address) as channel:
        held = profile.HoldAssistantRequest(user_id=ana, until=stamp(end))
        ProfileServiceStub(channel).HoldAssistant(held)
    [job] = planned(acting)
    outcome, key = asks_back(acting, job), ""
    while acting.clock.now() < end:
        assert isinstance(outcome, Done)
        assert outcome.result == "held"
        [later] = outcome.follow_ups
        assert later.run_time is not None
        assert (later.payload.reactivate, later.key != key) == (job, True)
        key = later.key
        acting.clock.advance(later.run_time - acting.clock.now())
        assert acting.provider.texts == []
        outcome = acting.run(reactivate.run, later.payload.reactivate, key=key)
    assert (acting.clock.now(), outcome) == (end, Done("accepted"))
    assert acting.provider.received(ANA) == [REACTIVATIONS[0]]
    assert planned(acting) == []


@pytest.mark.parametrize(
    "why", ["wrote since", "no consent", "no access", "number unreachable: 30006"]
)
def test_what_changed_since_it_was_planned_counts(acting: Acting, ana: str, why: str) -> None:
    [job] = planned(acting)
    acting.wait(seconds=1)
    match why:
        case "wrote since":
            acting.act(lambda ctx: ctx.profile.record_inbound(ana, acting.clock.now()))
        case "no consent":
            acting.consents(ana, OUT)
        case "no access":
            acting.rules = replace(acting.rules, gated=True)
        case _:
            acting.mark(ana)
    assert asks_back(acting, job) == Done(why)
    assert asks_back(acting, job) == Done("not planned any more")
    assert planned(acting) == []
    assert acting.provider.texts == []


def test_it_gives_way_to_an_open_crisis(acting: Acting, ana: str) -> None:
    [job] = planned(acting)
    kind = profile.CrisisKind.CRISIS_KIND_SUICIDE
    text = at(2026, 11, 10)
    acting.act(lambda ctx: ctx.profile.record_crisis(ana, kind, stamp(text), "SM1"))
    assert asks_back(acting, job) == Done("gives way to a crisis")


@pytest.mark.parametrize(
    "method", ["RecordReactivation", "RecordContact", "PrepareOutboundMessage", "BeginSend"]
)
def test_a_crash_on_the_way_sends_one(acting: Acting, ana: str, method: str) -> None:
    [job] = planned(acting)
    acting.trouble.make(f"*/{method}", "loses the answer", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        asks_back(acting, job)
    acting.wait(minutes=1)
    before = method in ("RecordReactivation", "RecordContact")
    assert asks_back(acting, job) == Done("settled before" if before else "accepted")
    assert acting.provider.received(ANA) == [REACTIVATIONS[0]]
    assert planned(acting) == []


def test_a_check_in_and_a_text_that_asks_back_share_the_persons_lane() -> None:
    """So neither misses that the other has just been sent."""
    lanes = {
        JOB_TYPES["send_check_in"].lane(JobPayload(send_check_in=SendCheckIn(user_id="ana"))),
        JOB_TYPES["reactivate"].lane(JobPayload(reactivate=Reactivate(user_id="ana"))),
    }
    assert lanes == {"proactive:ana"}
