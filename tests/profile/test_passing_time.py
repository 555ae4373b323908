"""What time does to people: phases end, and silent ones are asked back, once for each stage."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import psycopg
import pytest

from kit.clock import FixedClock
from kit.wire import timestamp
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from tests.databases import Databases
from tests.profile.requests import (
    access,
    crisis_text,
    days,
    hours,
    not_found,
    phase,
    refused,
    somebody,
    statement,
    wrote,
)
from tests.refused import invalid
from tests.world.waiting import until

PLANNED = pb.REACTIVATION_STATE_PLANNED
SENT = pb.REACTIVATION_STATE_SENT
SKIPPED = pb.REACTIVATION_STATE_SKIPPED


def looks(profile: ProfileServiceStub, page_size: int = 1000) -> tuple[int, int]:
    """People that one tick looks at, and those whom it moves."""
    looked_at = moved = 0
    while True:
        request = pb.AdvanceJourneysRequest(page_size=page_size)
        advanced = profile.AdvanceJourneys(request)
        looked_at += advanced.looked_at_count
        moved += advanced.moved_count
        if advanced.looked_at_count < page_size:
            return looked_at, moved


def planned(profile: ProfileServiceStub) -> list[pb.Reactivation]:
    """Texts that wait to be sent, read in small pages."""
    found: list[pb.Reactivation] = []
    token = ""
    while True:
        request = pb.ListPlannedReactivationsRequest(page_size=2, page_token=token)
        page = profile.ListPlannedReactivations(request)
        found += page.reactivations
        if not (token := page.next_page_token):
            return found


def becomes(
    profile: ProfileServiceStub,
    reactivation: pb.Reactivation,
    state: pb.ReactivationState.ValueType,
) -> pb.Reactivation:
    request = pb.RecordReactivationRequest(
        reactivation_id=reactivation.reactivation_id, state=state
    )
    return profile.RecordReactivation(request).reactivation


@pytest.fixture
def ana(profile: ProfileServiceStub, clock: FixedClock) -> str:
    """A subscriber who writes now."""
    user_id = somebody()
    wrote(profile, user_id, clock.now())
    access(profile, user_id, True)
    return user_id


def it_is(clock: FixedClock, moment: datetime) -> None:
    clock.advance(moment - clock.now())


def test_thirty_silent_days_make_maintenance_and_a_text_makes_active_again(
    profile: ProfileServiceStub, clock: FixedClock, ana: str
) -> None:
    clock.advance(days(30) - hours(1))
    looks(profile)
    assert phase(profile, ana) == "ACTIVE"
    clock.advance(hours(1))
    assert looks(profile)[1] == 1
    assert phase(profile, ana) == "MAINTENANCE"
    access(profile, ana, True)  # a renewal
    assert phase(profile, ana) == "MAINTENANCE"
    wrote(profile, ana, clock.now())
    assert phase(profile, ana) == "ACTIVE"


def test_a_crisis_is_recovery_after_a_week_and_over_after_two_more(
    profile: ProfileServiceStub, clock: FixedClock, ana: str
) -> None:
    profile.RecordCrisis(crisis_text(ana, clock.now()))
    clock.advance(days(3))
    looks(profile)
    profile.RecordCrisis(crisis_text(ana, clock.now()))
    wrote(profile, ana, clock.now())
    seen = []
    for wait in (6.9, 0.2, 13.8, 0.2):
        clock.advance(days(wait))
        looks(profile)
        seen.append(phase(profile, ana))
    assert seen == ["CRISIS", "RECOVERY", "RECOVERY", "ACTIVE"]


def test_a_silent_person_is_asked_back_three_times_and_then_is_gone(
    profile: ProfileServiceStub, clock: FixedClock, ana: str
) -> None:
    start = clock.now()
    for stage, day in ((1, 7), (2, 14), (3, 30)):
        it_is(clock, start + days(day) - hours(1))
        looks(profile)
        assert planned(profile) == []
        clock.advance(hours(1))
        looks(profile)
        looks(profile)
        [text] = planned(profile)
        assert (text.user_id, text.stage, text.state) == (ana, stage, PLANNED)
        assert text.silent_since_time == timestamp(start)
        assert [becomes(profile, text, each).state for each in (SENT, SKIPPED)] == [SENT, SENT]
    looks(profile)
    assert phase(profile, ana) == "MAINTENANCE"
    clock.advance(days(1))
    looks(profile)
    assert phase(profile, ana) == "CHURNED"
    clock.advance(days(400))
    assert looks(profile) == (0, 0)
    assert planned(profile) == []
    wrote(profile, ana, clock.now())
    assert phase(profile, ana) == "ACTIVE"  # still has access
    clock.advance(days(7))
    looks(profile)
    [text] = planned(profile)
    assert (text.stage, text.silent_since_time) == (1, timestamp(clock.now() - days(7)))


def test_a_third_text_that_was_skipped_makes_nobody_churned(
    profile: ProfileServiceStub, clock: FixedClock, ana: str
) -> None:
    for _ in range(3):
        clock.advance(days(31))
        looks(profile)
        [text] = planned(profile)
        becomes(profile, text, SKIPPED if text.stage == 3 else SENT)
    clock.advance(days(60))
    looks(profile)
    assert planned(profile) == []
    assert phase(profile, ana) == "MAINTENANCE"


def test_after_an_outage_the_stages_come_one_after_the_other(
    profile: ProfileServiceStub, clock: FixedClock, ana: str
) -> None:
    clock.advance(days(40))
    for stage in (1, 2, 3):
        looks(profile)
        [text] = planned(profile)
        assert text.stage == stage
        becomes(profile, text, SENT)
        clock.advance(days(1))
    looks(profile)
    assert phase(profile, ana) == "CHURNED"


def test_who_opted_out_or_is_gone_is_not_asked_back(
    profile: ProfileServiceStub, clock: FixedClock, ana: str
) -> None:
    ben = somebody()
    wrote(profile, ben, clock.now())
    access(profile, ben, True)
    access(profile, ben, False)
    profile.SetSmsConsent(statement(ana, pb.SMS_CONSENT_OPTED_OUT, clock.now()))
    clock.advance(days(35))
    looks(profile)
    assert planned(profile) == []
    assert [phase(profile, each) for each in (ana, ben)] == ["MAINTENANCE", "CHURNED"]


def test_nobody_is_looked_at_before_something_may_be_due(
    profile: ProfileServiceStub, clock: FixedClock
) -> None:
    people = [somebody() for _ in range(7)]
    for user_id in people:
        wrote(profile, user_id, clock.now())
    assert looks(profile, page_size=3) == (7, 0)
    clock.advance(days(6))
    assert looks(profile) == (0, 0)
    for user_id in people[:3]:
        wrote(profile, user_id, clock.now())
    clock.advance(days(1))
    assert looks(profile) == (7, 0)
    assert {each.user_id for each in planned(profile)} == set(people[3:])
    clock.advance(days(1))
    assert looks(profile) == (0, 0)


def test_a_text_that_comes_during_a_look_is_not_overlooked(
    profile: ProfileServiceStub, clock: FixedClock, ana: str, databases: Databases
) -> None:
    clock.advance(days(30))
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
    with (
        psycopg.connect(databases["profile"].admin) as text,
        psycopg.connect(databases["profile"].admin, autocommit=True) as watch,
        ThreadPoolExecutor(1) as pool,
    ):
        text.execute(
            "UPDATE profile.contact_state SET last_inbound_at = %s WHERE user_id = %s",
            [clock.now(), ana],
        )
        look = pool.submit(looks, profile)
        until(
            lambda: look.done() or watch.execute(waiting, ["%contact_state%"]).fetchone(),
            "the look to wait for the text",
        )
        text.commit()
        assert look.result() == (1, 0)
    assert phase(profile, ana) == "ACTIVE"


def test_looks_at_the_same_time_as_texts_plan_each_stage_once(
    profile: ProfileServiceStub, clock: FixedClock
) -> None:
    people = [somebody() for _ in range(40)]
    for user_id in people:
        wrote(profile, user_id, clock.now())
    clock.advance(days(7))

    def deed(n: int) -> None:
        if n % 2:
            looks(profile, page_size=7)
        else:
            wrote(profile, people[n % 10], clock.now())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(deed, range(24)))
    asked = [each.user_id for each in planned(profile)]
    assert len(asked) == len(set(asked))
    assert set(people[10:]) <= set(asked)


def test_what_makes_no_sense_is_refused(profile: ProfileServiceStub) -> None:
    nothing = somebody()
    get = pb.GetReactivationRequest(reactivation_id=nothing)
    assert refused(profile.GetReactivation, get) == not_found("REACTIVATION_NOT_FOUND")
    record = pb.RecordReactivationRequest(reactivation_id=nothing, state=SENT)
    assert refused(profile.RecordReactivation, record) == not_found("REACTIVATION_NOT_FOUND")
    for state in (pb.REACTIVATION_STATE_UNSPECIFIED, PLANNED):
        record = pb.RecordReactivationRequest(reactivation_id=nothing, state=state)
        assert refused(profile.RecordReactivation, record) == invalid("state")
    negative = pb.AdvanceJourneysRequest(page_size=-1)
    assert refused(profile.AdvanceJourneys, negative) == invalid("page_size")
