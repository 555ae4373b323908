"""What operators are told of everybody at once."""

from __future__ import annotations

from kit.clock import FixedClock
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from tests.profile.requests import (
    access,
    crisis_text,
    days,
    ensure,
    hours,
    score,
    somebody,
    statement,
    wrote,
)


def stats(profile: ProfileServiceStub) -> pb.GetProfileStatsResponse:
    return profile.GetProfileStats(pb.GetProfileStatsRequest())


def test_where_nobody_is_known_nothing_is_counted(profile: ProfileServiceStub) -> None:
    assert stats(profile) == pb.GetProfileStatsResponse()


def test_people_are_counted_by_phase_band_and_consent_and_open_crises_by_age(
    profile: ProfileServiceStub, clock: FixedClock
) -> None:
    now = clock.now()
    ana, ben, cem, dee, eve = (somebody() for _ in range(5))
    for user_id in (ana, ben, cem, dee, eve):
        ensure(profile, user_id)
    access(profile, ana, granted=True)
    score(profile, ana, 90)
    score(profile, ben, 85)
    score(profile, cem, 10)
    wrote(profile, ana, now)
    wrote(profile, ben, now - days(7))
    wrote(profile, cem, now - days(7) - hours(0.001))
    profile.SetSmsConsent(statement(ben, pb.SMS_CONSENT_OPTED_OUT, now))
    profile.SetSmsConsent(statement(cem, pb.SMS_CONSENT_OPTED_IN, now))
    for user_id, since in ((cem, 5), (dee, 30), (eve, 50)):
        crisis = profile.RecordCrisis(crisis_text(user_id, now - hours(since))).crisis
    profile.ResolveCrisis(pb.ResolveCrisisRequest(crisis_id=crisis.crisis_id))

    found = stats(profile)

    assert {each.journey_phase: each.people for each in found.phases} == {
        pb.JOURNEY_PHASE_ONBOARDING: 1,
        pb.JOURNEY_PHASE_ACTIVE: 1,
        pb.JOURNEY_PHASE_CRISIS: 3,
    }
    assert {each.burnout_band: each.people for each in found.bands} == {
        pb.BURNOUT_BAND_UNSPECIFIED: 2,
        pb.BURNOUT_BAND_THRIVING: 1,
        pb.BURNOUT_BAND_SEVERE: 2,
    }
    assert {each.sms_consent: each.people for each in found.consents} == {
        pb.SMS_CONSENT_UNSPECIFIED: 3,
        pb.SMS_CONSENT_OPTED_IN: 1,
        pb.SMS_CONSENT_OPTED_OUT: 1,
    }
    assert found.active_people == 2
    assert found.open_crises == 2
    assert found.oldest_open_crisis_age.ToTimedelta() == hours(30)
