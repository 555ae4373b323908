"""What callers of profile can rely on: profile, details, scores, contact, journey."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from kit.clock import FixedClock
from kit.wire import timestamp
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from tests.profile.requests import (
    NOON,
    a_key,
    access,
    crisis_text,
    days,
    ensure,
    get,
    hours,
    phase,
    refused,
    score,
    somebody,
    statement,
    was_texted,
    wrote,
)
from tests.refused import invalid


def told(profile: ProfileServiceStub, user_id: str, **details: str) -> pb.Profile:
    request = pb.UpdateProfileRequest(
        profile=pb.Profile(user_id=user_id, **details),  # type: ignore[arg-type]
        update_mask=FieldMask(paths=list(details)),
    )
    return profile.UpdateProfile(request).profile


def test_a_new_profile_knows_nothing(profile: ProfileServiceStub, clock: FixedClock) -> None:
    user_id = somebody()
    made = profile.EnsureProfile(pb.EnsureProfileRequest(user_id=user_id))
    assert made.created
    assert made.profile == pb.Profile(
        user_id=user_id,
        language="en",
        journey_phase=pb.JOURNEY_PHASE_ONBOARDING,
        check_in_preference=pb.CHECK_IN_PREFERENCE_DEFAULT,
        create_time=timestamp(clock.now()),
        update_time=timestamp(clock.now()),
    )
    assert not made.profile.HasField("burnout_score")
    again = profile.EnsureProfile(pb.EnsureProfileRequest(user_id=user_id))
    assert (again.created, again.profile) == (False, made.profile)
    assert get(profile, user_id) == made.profile


def test_racing_first_calls_make_one_profile(profile: ProfileServiceStub) -> None:
    user_id = somebody()

    def call(n: int) -> bool:
        if n % 2:
            wrote(profile, user_id, NOON)
            return False
        return profile.EnsureProfile(pb.EnsureProfileRequest(user_id=user_id)).created

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(call, range(20)))
    assert sum(made) <= 1
    assert get(profile, user_id).last_inbound_time == timestamp(NOON)


def test_only_the_named_fields_change(profile: ProfileServiceStub, clock: FixedClock) -> None:
    user_id = somebody()
    ensure(profile, user_id)
    told(profile, user_id, first_name=" Ana ", relationship="daughter", care_recipient_name="José")
    clock.advance(hours(1))
    changed = told(
        profile, user_id, zip_code="60614-1234", time_zone="America/Chicago", language="es"
    )
    assert changed.first_name == "Ana"
    assert changed.relationship == "daughter"
    assert changed.care_recipient_name == "José"
    assert changed.zip_code == "60614-1234"
    assert changed.time_zone == "America/Chicago"
    assert changed.language == "es"
    assert changed.update_time == timestamp(clock.now())
    cleared = told(profile, user_id, first_name="", time_zone="", zip_code="", language="")
    assert (cleared.first_name, cleared.time_zone, cleared.zip_code) == ("", "", "")
    assert cleared.language == "en"
    assert get(profile, user_id) == cleared


def test_how_often_to_be_checked_in_on_is_the_persons_wish(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    ensure(profile, user_id)
    for wish in (
        pb.CHECK_IN_PREFERENCE_NONE,
        pb.CHECK_IN_PREFERENCE_FEWER,
        pb.CHECK_IN_PREFERENCE_DEFAULT,
    ):
        request = pb.UpdateProfileRequest(
            profile=pb.Profile(user_id=user_id, check_in_preference=wish, first_name="Ana"),
            update_mask=FieldMask(paths=["check_in_preference", "first_name"]),
        )
        changed = profile.UpdateProfile(request).profile
        assert (changed.check_in_preference, changed.first_name) == (wish, "Ana")
    request.profile.check_in_preference = pb.CHECK_IN_PREFERENCE_UNSPECIFIED
    assert refused(profile.UpdateProfile, request) == invalid("profile.check_in_preference")


def test_a_name_is_kept_code_point_for_code_point(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    ensure(profile, user_id)
    for name in ("نور\u200cالدین", "Zoë👩‍👧", "Jose\u0301"):  # joiners, emoji, combining marks
        assert told(profile, user_id, first_name=name).first_name == name


def test_a_score_sets_composite_and_band(profile: ProfileServiceStub, clock: FixedClock) -> None:
    user_id = somebody()
    ensure(profile, user_id)
    after = score(profile, user_id, 79.99)
    assert (after.burnout_score, after.burnout_band) == (79.99, pb.BURNOUT_BAND_HIGH)
    assert after.burnout_confidence == pytest.approx(0.4)
    after = score(profile, user_id, 100, pb.SCORE_SOURCE_MONTHLY_REVIEW)
    assert after.burnout_score == pytest.approx(0.4 * 79.99 + 0.6 * 100)
    assert after.burnout_band == pb.BURNOUT_BAND_SEVERE
    assert after.burnout_confidence == pytest.approx(1)
    clock.advance(days(10))
    later = get(profile, user_id)
    assert later.burnout_score == after.burnout_score
    assert later.burnout_confidence == pytest.approx(1 / math.e)


def test_only_the_newest_score_of_a_source_counts(
    profile: ProfileServiceStub, clock: FixedClock
) -> None:
    user_id = somebody()
    ensure(profile, user_id)
    score(profile, user_id, 90)
    clock.advance(days(1))
    assert score(profile, user_id, 0).burnout_band == pb.BURNOUT_BAND_THRIVING
    after = score(profile, user_id, 10)  # in the same instant: the one that came later
    assert after.burnout_score == 10


def test_a_repeated_score_counts_once(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    ensure(profile, user_id)
    first = score(profile, user_id, 30, key="assessment-1")
    repeat = score(profile, user_id, 95, key="assessment-1")
    assert repeat == first
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: score(profile, user_id, 50, key="assessment-2"), range(16)))
    listed = profile.ListBurnoutScores(pb.ListBurnoutScoresRequest(user_id=user_id))
    assert [each.score for each in listed.burnout_scores] == [50, 30]


def test_scores_are_listed_newest_first_page_by_page(
    profile: ProfileServiceStub, clock: FixedClock
) -> None:
    user_id, other = somebody(), somebody()
    ensure(profile, user_id)
    ensure(profile, other)
    score(profile, other, 1)
    for value in range(10, 60, 10):
        score(profile, user_id, value)
        clock.advance(hours(value % 20))  # some in the same instant
    seen, token = [], ""
    while True:
        page = profile.ListBurnoutScores(
            pb.ListBurnoutScoresRequest(user_id=user_id, page_size=2, page_token=token)
        )
        assert len(page.burnout_scores) <= 2
        seen += [(each.score, pb.BurnoutBand.Name(each.band)) for each in page.burnout_scores]
        if not (token := page.next_page_token):
            break
    assert seen == [
        (50, "BURNOUT_BAND_MODERATE"),
        (40, "BURNOUT_BAND_MODERATE"),
        (30, "BURNOUT_BAND_MILD"),
        (20, "BURNOUT_BAND_MILD"),
        (10, "BURNOUT_BAND_THRIVING"),
    ]
    empty = profile.ListBurnoutScores(pb.ListBurnoutScoresRequest(user_id=somebody()))
    assert not empty.burnout_scores


def test_contact_never_moves_back(profile: ProfileServiceStub, clock: FixedClock) -> None:
    user_id = somebody()
    wrote(profile, user_id, NOON)
    before = get(profile, user_id)
    clock.advance(hours(1))
    wrote(profile, user_id, NOON - hours(5))
    wrote(profile, user_id, NOON)
    assert get(profile, user_id) == before
    was_texted(profile, user_id, NOON - hours(2))
    was_texted(profile, user_id, NOON - hours(3))
    after = get(profile, user_id)
    assert after.last_inbound_time == timestamp(NOON)
    assert after.last_proactive_time == timestamp(NOON - hours(2))


def test_contact_times_keep_their_microseconds(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    precise = NOON.replace(microsecond=123457)
    wrote(profile, user_id, precise)
    assert get(profile, user_id).last_inbound_time == timestamp(precise)


def test_contact_answers_with_the_consent_that_holds(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    assert wrote(profile, user_id, NOON) == pb.SMS_CONSENT_UNSPECIFIED
    profile.SetSmsConsent(statement(user_id, pb.SMS_CONSENT_OPTED_OUT, NOON))
    assert wrote(profile, user_id, NOON + hours(1)) == pb.SMS_CONSENT_OPTED_OUT


def test_access_begins_and_ends_a_journey(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    assert access(profile, user_id, False) == "ONBOARDING"
    assert [access(profile, user_id, True) for _ in range(2)] == ["ACTIVE", "ACTIVE"]
    assert [access(profile, user_id, False) for _ in range(2)] == ["CHURNED", "CHURNED"]
    wrote(profile, user_id, NOON)
    assert phase(profile, user_id) == "ONBOARDING"
    assert access(profile, user_id, False) == "ONBOARDING"
    assert access(profile, user_id, True) == "ACTIVE"


def test_a_repeated_text_does_not_bring_a_churned_person_back(
    profile: ProfileServiceStub,
) -> None:
    user_id = somebody()
    wrote(profile, user_id, NOON)
    access(profile, user_id, True)
    access(profile, user_id, False)
    wrote(profile, user_id, NOON)
    was_texted(profile, user_id, NOON + hours(1))
    assert phase(profile, user_id) == "CHURNED"
    wrote(profile, user_id, NOON + hours(2))
    assert phase(profile, user_id) == "ONBOARDING"


def test_access_that_begins_does_not_end_a_crisis(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    profile.RecordCrisis(crisis_text(user_id, NOON))
    assert access(profile, user_id, False) == "CRISIS"  # never had any
    assert access(profile, user_id, True) == "CRISIS"
    assert access(profile, user_id, False) == "CHURNED"
    profile.RecordCrisis(crisis_text(user_id, NOON + hours(1)))
    assert phase(profile, user_id) == "CRISIS"


def test_due_people_are_those_of_the_band_who_are_silent_and_not_opted_out(
    profile: ProfileServiceStub,
) -> None:
    def person(value: float, silent: float) -> str:
        user_id = somebody()
        wrote(profile, user_id, NOON - days(silent))
        score(profile, user_id, value)
        return user_id

    longest, long, exactly = person(60, 30), person(79.99, 8), person(70, 7)
    person(70, 6.99)  # too fresh
    person(80, 30)  # severe
    person(59.99, 30)  # moderate
    out = person(70, 30)
    profile.SetSmsConsent(statement(out, pb.SMS_CONSENT_OPTED_OUT, NOON))
    texted = person(70, 30)
    was_texted(profile, texted, NOON - days(1))
    never = somebody()
    ensure(profile, never)
    score(profile, never, 70)

    found, token = [], ""
    while True:
        page = profile.ListProfilesDueForCheckIn(
            pb.ListProfilesDueForCheckInRequest(
                burnout_band=pb.BURNOUT_BAND_HIGH,
                last_contact_before=timestamp(NOON - days(7)),
                page_size=2,
                page_token=token,
            )
        )
        found += [(due.user_id, due.last_contact_time) for due in page.due_profiles]
        if not (token := page.next_page_token):
            break
    assert found == [
        (longest, timestamp(NOON - days(30))),
        (long, timestamp(NOON - days(8))),
        (exactly, timestamp(NOON - days(7))),
    ]


def test_who_has_no_score_is_in_no_band_and_never_due(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    wrote(profile, user_id, NOON - days(400))
    known = profile.GetProfile(pb.GetProfileRequest(user_id=user_id)).profile
    assert not known.HasField("burnout_score")
    assert known.burnout_band == pb.BURNOUT_BAND_UNSPECIFIED
    for band in pb.BurnoutBand.values():
        if band == pb.BURNOUT_BAND_UNSPECIFIED:
            continue
        request = pb.ListProfilesDueForCheckInRequest(
            burnout_band=band, last_contact_before=timestamp(NOON)
        )
        assert not profile.ListProfilesDueForCheckIn(request).due_profiles


def test_a_new_score_moves_a_person_to_another_band(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    wrote(profile, user_id, NOON)
    score(profile, user_id, 85)

    def due(band: pb.BurnoutBand.ValueType) -> list[str]:
        request = pb.ListProfilesDueForCheckInRequest(
            burnout_band=band, last_contact_before=timestamp(NOON)
        )
        found = profile.ListProfilesDueForCheckIn(request).due_profiles
        return [each.user_id for each in found]

    assert due(pb.BURNOUT_BAND_SEVERE) == [user_id]
    score(profile, user_id, 10)
    assert due(pb.BURNOUT_BAND_SEVERE) == []
    assert due(pb.BURNOUT_BAND_THRIVING) == [user_id]


def test_everything_at_once_for_one_person_gets_through(profile: ProfileServiceStub) -> None:
    """No two writes of a person wait for each other in turn."""
    user_id = somebody()
    ensure(profile, user_id)

    def call(n: int) -> None:
        match n % 6:
            case 0:
                wrote(profile, user_id, NOON + hours(n))
            case 1:
                score(profile, user_id, n)
            case 2:
                access(profile, user_id, n % 4 == 0)
            case 3:
                profile.RecordCrisis(crisis_text(user_id, NOON + days(n)))
            case 4:
                state = pb.SMS_CONSENT_OPTED_IN
                profile.SetSmsConsent(statement(user_id, state, NOON + hours(n), a_key()))
            case _:
                told(profile, user_id, first_name=f"Name {n}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(48)))
    after = get(profile, user_id)
    assert after.last_inbound_time == timestamp(NOON + hours(42))
    assert after.last_crisis_time == timestamp(NOON + days(45))
    assert after.sms_consent == pb.SMS_CONSENT_OPTED_IN
