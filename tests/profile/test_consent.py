"""Consent: one ledger, and the newest statement holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.clock import FixedClock
from kit.database import Database
from kit.ids import uuid7
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from services.profile.consent import ConsentSource, SmsConsent, Statement
from services.profile.model.consent import set_sms_consent
from services.profile.model.profiles import profile_of
from tests.profile.requests import (
    NOON,
    a_key,
    get,
    hours,
    refused,
    somebody,
    statement,
    wrote,
)
from tests.refused import invalid

IN, OUT = pb.SMS_CONSENT_OPTED_IN, pb.SMS_CONSENT_OPTED_OUT


def says(
    profile: ProfileServiceStub, request: pb.SetSmsConsentRequest
) -> tuple[pb.SmsConsent.ValueType, bool]:
    response = profile.SetSmsConsent(request)
    return response.state, response.changed


def test_stop_and_start_are_obeyed(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    assert says(profile, statement(user_id, OUT, NOON)) == (OUT, True)
    assert get(profile, user_id).sms_consent == OUT
    assert says(profile, statement(user_id, OUT, NOON + hours(1))) == (OUT, False)
    assert says(profile, statement(user_id, IN, NOON + hours(2))) == (IN, True)
    assert get(profile, user_id).sms_consent == IN


def test_a_late_start_does_not_undo_a_newer_stop(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    says(profile, statement(user_id, OUT, NOON))
    assert says(profile, statement(user_id, IN, NOON - timedelta(minutes=5))) == (OUT, False)
    assert get(profile, user_id).sms_consent == OUT


def test_a_stop_that_is_only_newer_in_time_still_moves_it(profile: ProfileServiceStub) -> None:
    """STOP, STOP an hour later, then a START lost between them: the later STOP holds."""
    user_id = somebody()
    says(profile, statement(user_id, OUT, NOON))
    says(profile, statement(user_id, OUT, NOON + hours(2)))
    assert says(profile, statement(user_id, IN, NOON + hours(1))) == (OUT, False)


@pytest.mark.parametrize("order", [(IN, OUT), (OUT, IN)])
def test_a_tie_goes_to_opted_out(
    profile: ProfileServiceStub, order: tuple[pb.SmsConsent.ValueType, ...]
) -> None:
    user_id = somebody()
    for state in order:
        says(profile, statement(user_id, state, NOON))
    assert get(profile, user_id).sms_consent == OUT


def test_a_repeated_statement_gets_the_same_answer(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    stop = statement(user_id, OUT, NOON, "SM1")
    assert says(profile, stop) == (OUT, True)
    assert says(profile, stop) == (OUT, True)
    says(profile, statement(user_id, IN, NOON + hours(1)))
    assert says(profile, stop) == (IN, True)
    assert get(profile, user_id).sms_consent == IN


def test_twenty_deliveries_of_one_stop_are_one_entry(
    profile: ProfileServiceStub, database: Database
) -> None:
    user_id = somebody()
    stop = statement(user_id, OUT, NOON, "SM-racing")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: says(profile, stop), range(20)))
    assert answers == [(OUT, True)] * 20


def test_a_key_belongs_to_one_person(profile: ProfileServiceStub) -> None:
    says(profile, statement(somebody(), OUT, NOON, "SM2"))
    other = statement(somebody(), OUT, NOON, "SM2")
    assert refused(profile.SetSmsConsent, other) == invalid("request_key")


def test_an_opt_out_of_somebody_new_is_kept(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    says(profile, statement(user_id, OUT, NOON, source=pb.CONSENT_SOURCE_SEND_ERROR))
    assert wrote(profile, user_id, NOON + hours(1)) == OUT


@pytest.mark.parametrize(
    "source",
    [
        pb.CONSENT_SOURCE_SEND_ERROR,
        pb.CONSENT_SOURCE_STATUS_ERROR,
        pb.CONSENT_SOURCE_OPERATOR,
    ],
)
def test_a_provider_error_or_an_operator_opts_nobody_in(
    profile: ProfileServiceStub, source: pb.ConsentSource.ValueType
) -> None:
    request = statement(somebody(), IN, NOON, source=source)
    assert refused(profile.SetSmsConsent, request) == invalid("source")


def test_an_operators_opt_out_of_the_future_which_no_start_could_undo_is_refused(
    profile: ProfileServiceStub, clock: FixedClock
) -> None:
    user_id, tomorrow = somebody(), clock.now() + hours(24)
    later = statement(user_id, OUT, tomorrow, source=pb.CONSENT_SOURCE_OPERATOR)
    assert refused(profile.SetSmsConsent, later) == invalid("event_time")
    now = statement(user_id, OUT, clock.now(), source=pb.CONSENT_SOURCE_OPERATOR)
    assert says(profile, now) == (OUT, True)


statements = st.lists(
    st.builds(
        Statement,
        st.sampled_from([SmsConsent.OPTED_IN, SmsConsent.OPTED_OUT]),
        st.integers(0, 3).map(lambda hour: NOON + timedelta(hours=hour)),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.slow
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(said=statements, data=st.data())
def test_the_order_of_arrival_does_not_matter(
    database: Database, said: list[Statement], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(said))
    newest = max(each.event_at for each in said if each.event_at is not None)
    last_words = {each.state for each in said if each.event_at == newest}
    expected = SmsConsent.OPTED_OUT if SmsConsent.OPTED_OUT in last_words else SmsConsent.OPTED_IN
    for order in (said, shuffled):
        user_id = uuid7()
        for each in order:
            with database.writer() as db:
                set_sms_consent(db, user_id, each, ConsentSource.WORD, a_key(), NOON)
        with database.reader() as db:
            assert profile_of(db, user_id, NOON).sms_consent is expected
