"""The words in which these tests speak to profile."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from kit.refusals import refusal_of
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Refusal = tuple[grpc.StatusCode, str, list[str]]

_keys = itertools.count(1)


def somebody() -> str:
    """A new user id."""
    return str(uuid4())


def a_key() -> str:
    """A request key that nobody has used."""
    return f"key-{next(_keys)}"


def stamp(moment: datetime) -> Timestamp:
    wire = Timestamp()
    wire.FromDatetime(moment)
    return wire


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def refused(call: Any, request: Any) -> Refusal:
    """The code, the reason and the fields of a call that must be refused."""
    with pytest.raises(grpc.RpcError) as error:
        call(request)
    refusal = refusal_of(error.value)
    assert refusal.domain == "profile"
    return refusal.code, refusal.reason, [field for field, _ in refusal.violations]


def invalid(field: str) -> Refusal:
    return grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", [field]


def not_found(reason: str) -> Refusal:
    return grpc.StatusCode.NOT_FOUND, reason, []


def ensure(profile: ProfileServiceStub, user_id: str) -> pb.Profile:
    return profile.EnsureProfile(pb.EnsureProfileRequest(user_id=user_id)).profile


def get(profile: ProfileServiceStub, user_id: str) -> pb.Profile:
    return profile.GetProfile(pb.GetProfileRequest(user_id=user_id)).profile


def wrote(profile: ProfileServiceStub, user_id: str, time: datetime) -> pb.SmsConsent.ValueType:
    request = pb.RecordContactRequest(
        user_id=user_id, direction=pb.CONTACT_DIRECTION_INBOUND, time=stamp(time)
    )
    return profile.RecordContact(request).sms_consent


def was_texted(profile: ProfileServiceStub, user_id: str, time: datetime) -> None:
    profile.RecordContact(
        pb.RecordContactRequest(
            user_id=user_id, direction=pb.CONTACT_DIRECTION_PROACTIVE, time=stamp(time)
        )
    )


def access(profile: ProfileServiceStub, user_id: str, granted: bool) -> str:
    """Billing says so; the name of the phase after it."""
    response = profile.RecordAccess(pb.RecordAccessRequest(user_id=user_id, granted=granted))
    return pb.JourneyPhase.Name(response.journey_phase).removeprefix("JOURNEY_PHASE_")


def phase(profile: ProfileServiceStub, user_id: str) -> str:
    name = pb.JourneyPhase.Name(get(profile, user_id).journey_phase)
    return name.removeprefix("JOURNEY_PHASE_")


def score(
    profile: ProfileServiceStub,
    user_id: str,
    value: float,
    source: pb.ScoreSource.ValueType = pb.SCORE_SOURCE_DAILY_CHECK_IN,
    key: str = "",
) -> pb.Profile:
    request = pb.RecordBurnoutScoreRequest(
        user_id=user_id, score=value, source=source, request_key=key or a_key()
    )
    return profile.RecordBurnoutScore(request).profile


def statement(
    user_id: str,
    state: pb.SmsConsent.ValueType,
    time: datetime,
    key: str = "",
    source: pb.ConsentSource.ValueType = pb.CONSENT_SOURCE_WORD,
) -> pb.SetSmsConsentRequest:
    return pb.SetSmsConsentRequest(
        user_id=user_id,
        state=state,
        source=source,
        event_time=stamp(time),
        request_key=key or a_key(),
    )


def crisis_text(
    user_id: str,
    time: datetime,
    key: str = "",
    kind: pb.CrisisKind.ValueType = pb.CRISIS_KIND_SUICIDE,
    source: pb.CrisisSource.ValueType = pb.CRISIS_SOURCE_UNSPECIFIED,
) -> pb.RecordCrisisRequest:
    return pb.RecordCrisisRequest(
        user_id=user_id,
        kind=kind,
        event_time=stamp(time),
        request_key=key or a_key(),
        source=source,
    )
