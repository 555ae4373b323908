"""The words in which these tests speak to profile."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import grpc

from kit.wire import timestamp
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from tests.refused import Refused, refused_by

refused = partial(refused_by, "profile")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

_keys = itertools.count(1)


def somebody() -> str:
    """A new user id."""
    return str(uuid4())


def a_key() -> str:
    """A request key that nobody has used."""
    return f"key-{next(_keys)}"


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def not_found(reason: str) -> Refused:
    return grpc.StatusCode.NOT_FOUND, reason, []


def ensure(profile: ProfileServiceStub, user_id: str) -> pb.Profile:
    return profile.EnsureProfile(pb.EnsureProfileRequest(user_id=user_id)).profile


def get(profile: ProfileServiceStub, user_id: str) -> pb.Profile:
    return profile.GetProfile(pb.GetProfileRequest(user_id=user_id)).profile


def wrote(profile: ProfileServiceStub, user_id: str, time: datetime) -> pb.SmsConsent.ValueType:
    request = pb.RecordContactRequest(
        user_id=user_id, direction=pb.CONTACT_DIRECTION_INBOUND, time=timestamp(time)
    )
    return profile.RecordContact(request).sms_consent


def was_texted(profile: ProfileServiceStub, user_id: str, time: datetime) -> None:
    profile.RecordContact(
        pb.RecordContactRequest(
            user_id=user_id, direction=pb.CONTACT_DIRECTION_PROACTIVE, time=timestamp(time)
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
        event_time=timestamp(time),
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
        event_time=timestamp(time),
        request_key=key or a_key(),
        source=source,
    )
