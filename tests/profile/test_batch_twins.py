"""A batch call of profile does what its one-item calls would have done, one after the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.clock import FixedClock
from kit.wire import timestamp
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from tests.profile.requests import (
    NOON,
)
from tests.twins import at_once, one_by_one, together

pytestmark = pytest.mark.slow

ANA, BEN, CLEO = (f"01936f6e-0000-7000-8000-00000000000{n}" for n in "123")
INBOUND = pb.CONTACT_DIRECTION_INBOUND
DIRECTIONS = (INBOUND, pb.CONTACT_DIRECTION_PROACTIVE, pb.CONTACT_DIRECTION_UNSPECIFIED)

examples = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def contact(
    user_id: str, direction: pb.ContactDirection.ValueType, minute: int | None
) -> pb.RecordContactRequest:
    time = Timestamp() if minute is None else timestamp(NOON + timedelta(minutes=minute))
    return pb.RecordContactRequest(user_id=user_id, direction=direction, time=time)


contacts = st.lists(
    st.builds(
        contact,
        st.sampled_from([ANA, BEN, CLEO, "nobody"]),
        st.sampled_from(DIRECTIONS),
        st.one_of(st.none(), st.integers(0, 5)),
    ),
    min_size=1,
)


def profiles(profile: ProfileServiceStub, user_ids: Sequence[str]) -> list[object]:
    return one_by_one(profile.GetProfile, [pb.GetProfileRequest(user_id=each) for each in user_ids])


@examples
@given(before=contacts, at_once=contacts, churned=st.booleans())
def test_contacts_recorded_together_are_those_recorded_one_by_one(
    profile: ProfileServiceStub,
    truncate: Callable[[str], None],
    clock: FixedClock,
    before: list[pb.RecordContactRequest],
    at_once: list[pb.RecordContactRequest],
    churned: bool,
) -> None:
    """churned: Ana's access has ended, so that a text of hers begins her journey anew."""

    def known() -> None:
        truncate("profile")
        one_by_one(profile.RecordContact, before)
        if churned:
            for granted in (True, False):
                profile.RecordAccess(pb.RecordAccessRequest(user_id=ANA, granted=granted))
        profile.SetSmsConsent(
            pb.SetSmsConsentRequest(
                user_id=BEN,
                state=pb.SMS_CONSENT_OPTED_OUT,
                source=pb.CONSENT_SOURCE_WORD,
                event_time=timestamp(NOON),
                request_key="stop",
            )
        )

    known()
    expected = one_by_one(profile.RecordContact, at_once)
    left = profiles(profile, [ANA, BEN, CLEO])
    known()
    batch = pb.BatchRecordContactsRequest(requests=at_once)
    assert together(profile.BatchRecordContacts, batch) == expected
    assert profiles(profile, [ANA, BEN, CLEO]) == left


@examples
@given(picks=st.lists(st.sampled_from([ANA, ANA.upper(), BEN, CLEO, "", "x"]), min_size=1))
def test_profiles_got_together_are_those_got_one_by_one(
    profile: ProfileServiceStub, picks: list[str]
) -> None:
    profile.RecordContact(contact(ANA, INBOUND, 1))
    profile.RecordContact(contact(BEN, INBOUND, 2))
    profile.RecordBurnoutScore(
        pb.RecordBurnoutScoreRequest(
            user_id=ANA, score=50, source=pb.SCORE_SOURCE_DAILY_CHECK_IN, request_key="key"
        )
    )
    profile.RecordCrisis(
        pb.RecordCrisisRequest(
            user_id=BEN, kind=pb.CRISIS_KIND_ABUSE, event_time=timestamp(NOON), request_key="key"
        )
    )
    requests = [pb.GetProfileRequest(user_id=each) for each in picks]
    batch = pb.BatchGetProfilesRequest(requests=requests)
    assert together(profile.BatchGetProfiles, batch) == one_by_one(profile.GetProfile, requests)


def test_batches_about_the_same_people_in_any_order_all_go_through(
    profile: ProfileServiceStub,
) -> None:
    people = [f"01936f6e-0000-7000-8000-0000000001{n:02}" for n in range(100)]
    batches = []
    for seed in range(8):
        random.Random(seed).shuffle(people)
        requests = [contact(each, INBOUND, seed) for each in people]
        batches.append(pb.BatchRecordContactsRequest(requests=requests))
    for answers in at_once(profile.BatchRecordContacts, batches):
        assert all(isinstance(each, pb.RecordContactResponse) for each in answers)
    for found in profiles(profile, people):
        assert isinstance(found, pb.GetProfileResponse)
        assert found.profile.last_inbound_time == timestamp(NOON + timedelta(minutes=7))
