"""Crises: episodes, and the texts that follow them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import sqlalchemy as sa

from kit.access import Caller, CurrentCall, calling
from kit.clock import FixedClock
from kit.database import Database
from kit.wire import timestamp
from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from services.jobs.safety.crisis import GRAVEST_FIRST as RANKED
from services.profile.crisis import GRAVEST_FIRST, CrisisKind
from services.profile.service import ProfileServicer
from services.profile.tables import crises
from tests.profile.requests import (
    NOON,
    crisis_text,
    days,
    get,
    hours,
    not_found,
    phase,
    refused,
    somebody,
)
from tests.refused import invalid

DAYS = (1, 3, 7, 14, 21, 28, 35)


def planned(crisis: pb.CrisisEpisode) -> list[tuple[int, datetime]]:
    return in_state(crisis, pb.FOLLOW_UP_STATE_PLANNED)


def in_state(
    crisis: pb.CrisisEpisode, state: pb.FollowUpState.ValueType
) -> list[tuple[int, datetime]]:
    return [
        (each.stage, each.due_time.ToDatetime(NOON.tzinfo))
        for each in crisis.follow_ups
        if each.state == state
    ]


def series(start: datetime) -> list[tuple[int, datetime]]:
    return [(stage, start + days(after)) for stage, after in enumerate(DAYS, 1)]


def resolve(profile: ProfileServiceStub, crisis_id: str) -> pb.CrisisEpisode:
    return profile.ResolveCrisis(pb.ResolveCrisisRequest(crisis_id=crisis_id)).crisis


def sent(
    profile: ProfileServiceStub, follow_up_id: str, state: pb.FollowUpState.ValueType
) -> pb.FollowUpState.ValueType:
    request = pb.RecordCrisisFollowUpSentRequest(follow_up_id=follow_up_id, state=state)
    return profile.RecordCrisisFollowUpSent(request).follow_up.state


def test_the_first_crisis_text_opens_an_episode_with_seven_follow_ups(
    profile: ProfileServiceStub,
) -> None:
    user_id = somebody()
    crisis = profile.RecordCrisis(crisis_text(user_id, NOON)).crisis
    assert (crisis.user_id, crisis.state, crisis.text_count) == (user_id, pb.CRISIS_STATE_OPEN, 1)
    assert crisis.start_time == crisis.last_text_time == timestamp(NOON)
    assert not crisis.HasField("resolve_time")
    assert planned(crisis) == series(NOON)
    known = get(profile, user_id)
    assert known.crisis_open
    assert known.last_crisis_time == timestamp(NOON)
    assert phase(profile, user_id) == "CRISIS"


def test_a_repeated_crisis_text_is_counted_once(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    first = profile.RecordCrisis(crisis_text(user_id, NOON, "SM1"))
    later = crisis_text(user_id, NOON + days(9), "SM1", pb.CRISIS_KIND_ABUSE)
    assert profile.RecordCrisis(later) == first


def test_racing_crisis_texts_make_one_episode(profile: ProfileServiceStub) -> None:
    user_id = somebody()

    def text(n: int) -> pb.CrisisEpisode:
        return profile.RecordCrisis(crisis_text(user_id, NOON + hours(n % 5), f"SM{n % 10}")).crisis

    with ThreadPoolExecutor(8) as pool:
        episodes = list(pool.map(text, range(30)))
    assert len({episode.crisis_id for episode in episodes}) == 1
    assert len({each.follow_up_id for episode in episodes for each in episode.follow_ups}) == 7
    assert max(episode.text_count for episode in episodes) == 10


def test_a_text_within_a_day_joins_without_new_follow_ups(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    first = profile.RecordCrisis(crisis_text(user_id, NOON)).crisis
    joined = profile.RecordCrisis(
        crisis_text(user_id, NOON + hours(24), kind=pb.CRISIS_KIND_ABUSE)
    ).crisis
    assert joined.crisis_id == first.crisis_id
    assert (joined.kind, joined.text_count) == (pb.CRISIS_KIND_SUICIDE, 2)
    assert joined.start_time == timestamp(NOON)
    assert joined.last_text_time == timestamp(NOON + hours(24))
    assert joined.follow_ups == first.follow_ups


def test_an_episode_keeps_the_gravest_kind_that_was_said_in_it(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    said = (pb.CRISIS_KIND_ABUSE, pb.CRISIS_KIND_SUICIDE, pb.CRISIS_KIND_PASSIVE_IDEATION)
    kinds = [
        profile.RecordCrisis(crisis_text(user_id, NOON + hours(n * 30), kind=kind)).crisis.kind
        for n, kind in enumerate(said)  # each more than a day later: the follow-ups start anew
    ]
    assert kinds == [said[0], said[1], said[1]]
    [listed] = profile.ListCrises(pb.ListCrisesRequest(user_id=user_id)).crises
    assert (listed.kind, listed.text_count) == (pb.CRISIS_KIND_SUICIDE, 3)


def test_a_process_of_the_version_before_that_stores_the_latest_kind_hides_no_graver_one(
    profile: ProfileServiceStub, database: Database
) -> None:
    user_id = somebody()
    profile.RecordCrisis(crisis_text(user_id, NOON))
    latest = crisis_text(user_id, NOON + hours(1), kind=pb.CRISIS_KIND_PASSIVE_IDEATION)
    crisis_id = profile.RecordCrisis(latest).crisis.crisis_id
    overwrite = sa.update(crises).where(crises.c.crisis_id == crisis_id)
    database.transact(lambda db: db.execute(overwrite.values(kind=CrisisKind.PASSIVE_IDEATION)))
    [listed] = profile.ListCrises(pb.ListCrisesRequest(user_id=user_id)).crises
    assert listed.kind == pb.CRISIS_KIND_SUICIDE
    assert resolve(profile, crisis_id).kind == pb.CRISIS_KIND_SUICIDE


def test_an_episode_ranks_kinds_as_the_reading_of_one_text_does() -> None:
    ranked = [InboundCrisisKind.Name(kind) for kind in RANKED]
    assert ranked == [f"INBOUND_CRISIS_KIND_{kind.name}" for kind in GRAVEST_FIRST]
    assert set(GRAVEST_FIRST) == set(CrisisKind)


def test_an_episode_is_the_assistants_until_the_rules_recognise_a_text_of_it(
    profile: ProfileServiceStub,
) -> None:
    user_id = somebody()
    reported = crisis_text(user_id, NOON, source=pb.CRISIS_SOURCE_ASSISTANT)
    assert profile.RecordCrisis(reported).crisis.source == pb.CRISIS_SOURCE_ASSISTANT
    recognised = crisis_text(user_id, NOON + hours(1))  # of a worker that names no source
    assert profile.RecordCrisis(recognised).crisis.source == pb.CRISIS_SOURCE_RULES
    again = crisis_text(user_id, NOON + hours(2), source=pb.CRISIS_SOURCE_ASSISTANT)
    profile.RecordCrisis(again)
    [listed] = profile.ListCrises(pb.ListCrisesRequest(user_id=user_id)).crises
    assert (listed.source, listed.text_count) == (pb.CRISIS_SOURCE_RULES, 3)


def test_a_text_more_than_a_day_later_starts_the_follow_ups_anew(
    profile: ProfileServiceStub,
) -> None:
    user_id = somebody()
    first = profile.RecordCrisis(crisis_text(user_id, NOON)).crisis
    early = first.follow_ups[0].follow_up_id
    sent(profile, early, pb.FOLLOW_UP_STATE_SENT)
    again = NOON + days(1) + hours(1)
    anew = profile.RecordCrisis(crisis_text(user_id, again)).crisis
    assert anew.crisis_id == first.crisis_id
    assert planned(anew) == series(again)
    assert in_state(anew, pb.FOLLOW_UP_STATE_SENT) == series(NOON)[:1]
    assert in_state(anew, pb.FOLLOW_UP_STATE_CANCELED) == series(NOON)[1:]
    due = [each.due_time.ToDatetime() for each in anew.follow_ups]
    assert due == sorted(due)


def test_a_crisis_text_that_comes_late_starts_nothing_anew(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    first = profile.RecordCrisis(crisis_text(user_id, NOON)).crisis
    late = crisis_text(user_id, NOON - days(3), kind=pb.CRISIS_KIND_MEDICAL_EMERGENCY)
    joined = profile.RecordCrisis(late).crisis
    assert joined.follow_ups == first.follow_ups
    assert (joined.kind, joined.text_count) == (pb.CRISIS_KIND_MEDICAL_EMERGENCY, 2)
    assert joined.start_time == timestamp(NOON - days(3))
    assert joined.last_text_time == timestamp(NOON)
    assert get(profile, user_id).last_crisis_time == timestamp(NOON)


def test_only_a_person_closes_an_episode(profile: ProfileServiceStub, clock: FixedClock) -> None:
    user_id = somebody()
    crisis = profile.RecordCrisis(crisis_text(user_id, NOON)).crisis
    sent(profile, crisis.follow_ups[0].follow_up_id, pb.FOLLOW_UP_STATE_SKIPPED)
    closed = resolve(profile, crisis.crisis_id)
    assert closed.state == pb.CRISIS_STATE_RESOLVED
    assert closed.resolve_time == timestamp(clock.now())
    assert in_state(closed, pb.FOLLOW_UP_STATE_SKIPPED) == series(NOON)[:1]
    assert in_state(closed, pb.FOLLOW_UP_STATE_CANCELED) == series(NOON)[1:]
    assert not get(profile, user_id).crisis_open
    clock.advance(hours(1))
    assert resolve(profile, crisis.crisis_id) == closed
    fresh = profile.RecordCrisis(crisis_text(user_id, NOON + hours(2))).crisis
    assert fresh.crisis_id != crisis.crisis_id
    assert planned(fresh) == series(NOON + hours(2))


def test_a_repeat_after_the_episode_was_closed_opens_nothing(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    crisis = profile.RecordCrisis(crisis_text(user_id, NOON, "SM1")).crisis
    closed = resolve(profile, crisis.crisis_id)
    assert profile.RecordCrisis(crisis_text(user_id, NOON, "SM1")).crisis == closed
    assert not get(profile, user_id).crisis_open


def test_a_follow_up_is_sent_or_skipped_once(profile: ProfileServiceStub) -> None:
    crisis = profile.RecordCrisis(crisis_text(somebody(), NOON)).crisis
    one, two, three = (each.follow_up_id for each in crisis.follow_ups[:3])
    assert sent(profile, one, pb.FOLLOW_UP_STATE_SENT) == pb.FOLLOW_UP_STATE_SENT
    assert sent(profile, one, pb.FOLLOW_UP_STATE_SKIPPED) == pb.FOLLOW_UP_STATE_SENT
    assert sent(profile, two, pb.FOLLOW_UP_STATE_SKIPPED) == pb.FOLLOW_UP_STATE_SKIPPED
    resolve(profile, crisis.crisis_id)
    assert sent(profile, three, pb.FOLLOW_UP_STATE_SENT) == pb.FOLLOW_UP_STATE_CANCELED
    found = profile.GetCrisisFollowUp(pb.GetCrisisFollowUpRequest(follow_up_id=three)).follow_up
    assert (found.stage, found.crisis_id) == (3, crisis.crisis_id)
    assert found.state == pb.FOLLOW_UP_STATE_CANCELED


def test_crises_are_listed_newest_first(profile: ProfileServiceStub) -> None:
    ana, ben = somebody(), somebody()
    first = profile.RecordCrisis(crisis_text(ana, NOON)).crisis
    other = profile.RecordCrisis(crisis_text(ben, NOON)).crisis
    resolve(profile, first.crisis_id)
    second = profile.RecordCrisis(crisis_text(ana, NOON + days(3))).crisis

    def listed(**fields: object) -> list[str]:
        found, token = [], ""
        while True:
            request = pb.ListCrisesRequest(page_size=1, page_token=token, **fields)  # type: ignore[arg-type]
            page = profile.ListCrises(request)
            assert all(len(each.follow_ups) == 7 for each in page.crises)
            found += [each.crisis_id for each in page.crises]
            if not (token := page.next_page_token):
                return found

    assert listed() == [second.crisis_id, other.crisis_id, first.crisis_id]
    assert listed(user_id=ana) == [second.crisis_id, first.crisis_id]
    assert listed(state=pb.CRISIS_STATE_OPEN) == [second.crisis_id, other.crisis_id]
    assert listed(user_id=ana, state=pb.CRISIS_STATE_RESOLVED) == [first.crisis_id]
    assert listed(user_id=somebody()) == []


def test_what_does_not_exist_is_not_found(profile: ProfileServiceStub) -> None:
    nothing = somebody()
    assert refused(profile.ResolveCrisis, pb.ResolveCrisisRequest(crisis_id=nothing)) == not_found(
        "CRISIS_NOT_FOUND"
    )
    assert refused(
        profile.GetCrisisFollowUp, pb.GetCrisisFollowUpRequest(follow_up_id=nothing)
    ) == not_found("FOLLOW_UP_NOT_FOUND")
    assert refused(
        profile.RecordCrisisFollowUpSent,
        pb.RecordCrisisFollowUpSentRequest(follow_up_id=nothing, state=pb.FOLLOW_UP_STATE_SENT),
    ) == not_found("FOLLOW_UP_NOT_FOUND")


def test_a_crisis_key_belongs_to_one_person(profile: ProfileServiceStub) -> None:
    profile.RecordCrisis(crisis_text(somebody(), NOON, "SM9"))
    other = crisis_text(somebody(), NOON, "SM9")
    assert refused(profile.RecordCrisis, other) == invalid("request_key")


@pytest.fixture
def operator_id() -> str:
    return somebody()


def test_an_operator_who_closes_a_crisis_leaves_a_record(
    profile: ProfileServiceStub,
    database: Database,
    clock: FixedClock,
    operator_id: str,
    truncate: Callable[[str], None],
) -> None:
    crisis = profile.RecordCrisis(crisis_text(somebody(), NOON)).crisis
    call = CurrentCall(
        Caller("user", operator_id), "/profile.v1.ProfileService/ResolveCrisis", "", False
    )
    servicer = ProfileServicer(database, clock)
    with calling(call):
        servicer.ResolveCrisis(pb.ResolveCrisisRequest(crisis_id=crisis.crisis_id), None)  # type: ignore[arg-type]
    records = profile.ListAuditRecords(pb.ListAuditRecordsRequest()).audit_records
    assert [(each.caller, each.method) for each in records] == [
        (f"respite://user/{operator_id}", "/profile.v1.ProfileService/ResolveCrisis")
    ]
