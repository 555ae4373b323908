"""Numbers that cannot be texted: marked by the newest event, seen by operators, and forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kit.clock import FixedClock
from kit.ids import uuid7
from kit.wire import timestamp
from protos.identity.v1 import identity_pb2 as pb
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from tests.identity.test_identity_service import (
    NOT_FOUND,
    PHONE,
    made,
    refused,
)
from tests.refused import invalid

A_MINUTE = timedelta(minutes=1)


def marked(
    identity: IdentityServiceStub, user: pb.User, clock: FixedClock, code: str, ago: timedelta
) -> pb.User:
    began = timestamp(clock.now() - ago)
    request = pb.MarkUnreachableRequest(user_id=user.user_id, error_code=code, event_time=began)
    return identity.MarkUnreachable(request).user


def test_of_two_marks_the_newer_event_counts(
    identity: IdentityServiceStub, clock: FixedClock
) -> None:
    user = made(identity)
    assert not user.HasField("unreachable_time")
    first = marked(identity, user, clock, "30005", A_MINUTE)
    assert first.unreachable_code == "30005"
    assert first.unreachable_time == timestamp(clock.now() - A_MINUTE)
    clock.advance(A_MINUTE)
    assert marked(identity, user, clock, "30005", 2 * A_MINUTE) == first, "a repeat"
    assert marked(identity, user, clock, "21211", 3 * A_MINUTE) == first, "an older one"
    newer = marked(identity, user, clock, "30006", A_MINUTE)
    assert (newer.unreachable_code, newer.update_time) == ("30006", timestamp(clock.now()))
    assert identity.EnsureUser(pb.EnsureUserRequest(phone_number=PHONE)).user == newer


def test_a_number_is_seen_to_work_by_what_is_newer_than_its_mark(
    identity: IdentityServiceStub, clock: FixedClock
) -> None:
    user = made(identity)
    mark = marked(identity, user, clock, "30006", A_MINUTE)

    def seen(**ago: float) -> pb.User:
        request = pb.ClearUnreachableRequest(user_id=user.user_id)
        if ago:
            request.event_time.CopyFrom(timestamp(clock.now() - timedelta(**ago)))
        return identity.ClearUnreachable(request).user

    assert seen(minutes=2) == mark
    assert seen(minutes=1) == mark, "the text that was lost was begun no later"
    assert not seen(seconds=59).HasField("unreachable_time")
    marked(identity, user, clock, "30006", timedelta(seconds=1))
    cleared = seen()
    assert not cleared.HasField("unreachable_time")
    assert seen() == cleared


def test_operators_list_and_count_numbers_that_cannot_be_texted(
    identity: IdentityServiceStub, clock: FixedClock
) -> None:
    codes = ["30006", "", "30005", "30006"]
    people = [made(identity, f"+1202555011{place}") for place, _ in enumerate(codes)]
    for user, code in zip(people, codes, strict=True):
        if code:
            marked(identity, user, clock, code, A_MINUTE)
    listed = identity.ListUsers(pb.ListUsersRequest(unreachable=True)).users
    assert [each.user_id for each in listed] == [people[place].user_id for place in (0, 2, 3)]
    assert len(identity.ListUsers(pb.ListUsersRequest()).users) == 4
    stats = identity.GetIdentityStats(pb.GetIdentityStatsRequest())
    assert stats.unreachable_users == 3
    counts = [(each.error_code, each.users) for each in stats.unreachable_counts]
    assert counts == [("30006", 2), ("30005", 1)]


@pytest.mark.parametrize("code", ["", "3000x", "\u0663\u0660", "3" * 21])
def test_a_code_is_digits(identity: IdentityServiceStub, clock: FixedClock, code: str) -> None:
    request = pb.MarkUnreachableRequest(
        user_id=made(identity).user_id, error_code=code, event_time=timestamp(clock.now())
    )
    assert refused(identity.MarkUnreachable, request) == invalid("error_code")


def test_who_is_unknown_or_not_dated_is_refused(
    identity: IdentityServiceStub, clock: FixedClock
) -> None:
    nobody, now = str(uuid7()), timestamp(clock.now())
    mark = pb.MarkUnreachableRequest(user_id=nobody, error_code="30006", event_time=now)
    assert refused(identity.MarkUnreachable, mark) == NOT_FOUND
    clear = pb.ClearUnreachableRequest(user_id=nobody)
    assert refused(identity.ClearUnreachable, clear) == NOT_FOUND
    mark.ClearField("event_time")
    assert refused(identity.MarkUnreachable, mark) == invalid("event_time")
