"""An operator silences the assistant for a person, for a while."""

from __future__ import annotations

from datetime import datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from kit.clock import FixedClock
from kit.wire import timestamp
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from tests.profile.requests import (
    days,
    ensure,
    get,
    hours,
    not_found,
    refused,
    somebody,
)
from tests.refused import invalid


def hold(profile: ProfileServiceStub, user_id: str, until: datetime | None) -> pb.Profile:
    """What the answer shows."""
    request = pb.HoldAssistantRequest(user_id=user_id, until=timestamp(until) if until else None)
    return profile.HoldAssistant(request).profile


def test_a_hold_is_shown_until_it_is_over(profile: ProfileServiceStub, clock: FixedClock) -> None:
    user_id, other = somebody(), somebody()
    ensure(profile, user_id)
    ensure(profile, other)
    end = clock.now() + hours(1)
    assert hold(profile, user_id, end).assistant_held_until == timestamp(end)
    clock.advance(hours(1) / 2)
    assert get(profile, user_id).assistant_held_until == timestamp(end)
    assert not get(profile, other).HasField("assistant_held_until")
    clock.advance(hours(1) / 2)
    assert not get(profile, user_id).HasField("assistant_held_until")


def test_a_later_word_on_a_hold_replaces_it(profile: ProfileServiceStub, clock: FixedClock) -> None:
    user_id = somebody()
    ensure(profile, user_id)
    for end in (clock.now() + days(1), clock.now() + hours(1)):
        hold(profile, user_id, end)
        assert get(profile, user_id).assistant_held_until == timestamp(end)


@pytest.mark.parametrize("until", [None, -1, 0], ids=["unset", "past", "now"])
def test_no_end_and_one_that_is_past_end_the_hold(
    profile: ProfileServiceStub, clock: FixedClock, until: int | None
) -> None:
    user_id = somebody()
    ensure(profile, user_id)
    hold(profile, user_id, clock.now() + days(1))
    end = None if until is None else clock.now() + hours(until)
    assert not hold(profile, user_id, end).HasField("assistant_held_until")
    assert not get(profile, user_id).HasField("assistant_held_until")


def test_a_hold_that_cannot_be_is_refused(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    nobody = pb.HoldAssistantRequest(user_id=user_id)
    assert refused(profile.HoldAssistant, nobody) == not_found("PROFILE_NOT_FOUND")
    unnamed = pb.HoldAssistantRequest(user_id="ana")
    assert refused(profile.HoldAssistant, unnamed) == invalid("user_id")
    ensure(profile, user_id)
    never = pb.HoldAssistantRequest(user_id=user_id, until=Timestamp(seconds=1))
    assert refused(profile.HoldAssistant, never) == invalid("until")
