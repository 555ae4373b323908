"""What the providers could not tell us comes back, once, and a pass costs little."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from gateway import keys
from protos.billing.v1 import billing_pb2 as billing
from protos.jobs.v1.payloads_pb2 import ReconcileTwilio
from services.jobs.carrier.received import ReceivedMedia, ReceivedText
from services.jobs.workflows import follow_ups, reconcile_twilio
from services.jobs.workflows.context import LastResult
from services.jobs.workflows.outcome import Done
from tests.jobs.workflows.acting import ANA, Acting

MINUTE = timedelta(minutes=1)


def comes_in(acting: Acting, sid: str, ago: timedelta) -> None:
    """The provider received a text so long ago."""
    media = (ReceivedMedia("https://api.twilio.com/m", "image/jpeg"),)
    sent = acting.clock.now() - ago
    text = ReceivedText(sid, "AC1", ANA, "+15005550006", "hi", media, sent)
    acting.provider.incoming.append(text)


def reconciles(acting: Acting) -> Done:
    """One pass, which the next one goes on from."""
    outcome = acting.run(reconcile_twilio.run, ReconcileTwilio())
    assert isinstance(outcome, Done)
    acting.last_result = LastResult(outcome.result, acting.last_result.scheduled_since)
    return outcome


def asked(acting: Acting) -> list[timedelta]:
    """How long before now each span began for which the provider was asked."""
    return [acting.clock.now() - since for since, _ in acting.provider.spans]


def test_a_text_that_was_never_posted_comes_back_under_the_key_of_its_webhook(
    acting: Acting,
) -> None:
    comes_in(acting, "SM1", 4 * MINUTE)
    assert reconciles(acting).result.endswith("1 came back")
    [job] = acting.enqueued
    assert job.key == keys.inbound_sms("SM1")
    text = job.payload.process_inbound_sms
    assert (text.message_sid, text.account_sid, text.sender) == ("SM1", "AC1", ANA)
    assert (text.recipient, text.body) == ("+15005550006", "hi")
    assert [(m.url, m.content_type) for m in text.media] == [
        ("https://api.twilio.com/m", "image/jpeg")
    ]
    assert text.sent_time.ToDatetime(UTC) == acting.clock.now() - 4 * MINUTE


def test_the_key_of_an_event_is_that_of_its_webhook() -> None:
    event = billing.StripeEvent(event_id="evt_1", stripe_customer_id="cus_1")
    assert follow_ups.stripe_event(event).key == keys.stripe_event("evt_1")


def test_a_dispute_that_is_fetched_names_its_charge_too() -> None:
    event = billing.StripeEvent(event_id="evt_1", stripe_charge_id="ch_1")
    job = follow_ups.stripe_event(event).payload.process_stripe_event
    assert job.stripe_charge_id == "ch_1"


def test_what_is_young_is_left_to_its_webhook_and_what_is_old_to_the_past(acting: Acting) -> None:
    comes_in(acting, "SMyoung", 2 * MINUTE)
    comes_in(acting, "SMold", timedelta(days=7, minutes=4))
    assert reconciles(acting).result.endswith("0 came back")
    assert acting.enqueued == []


def test_a_second_pass_creates_nothing_and_looks_at_minutes_only(acting: Acting) -> None:
    comes_in(acting, "SM1", timedelta(days=6))
    reconciles(acting)
    assert len(acting.provider.spans) == 28  # seven days, six hours at a time
    acting.provider.spans.clear()
    acting.wait(minutes=3)
    comes_in(acting, "SM2", 4 * MINUTE)
    assert reconciles(acting).result.endswith("1 came back")
    assert asked(acting) == [16 * MINUTE]
    assert reconciles(acting).result.endswith("0 came back")
    assert len(acting.enqueued) == 2


def test_what_came_between_two_passes_is_never_missed(acting: Acting) -> None:
    reconciles(acting)
    for number in range(40):
        comes_in(acting, f"SM{number}", timedelta(0))
        acting.wait(seconds=53)
        if number % 7 == 0:
            reconciles(acting)
    acting.wait(minutes=4)
    reconciles(acting)
    assert [each.key for each in acting.enqueued] == [f"twilio:SM{n}" for n in range(40)]


def test_a_provider_that_is_away_ends_the_pass_well_and_the_next_goes_on_from_the_same_mark(
    acting: Acting,
) -> None:
    reconciles(acting)
    acting.provider.away = True
    for _ in range(10):
        acting.wait(minutes=3)
        assert not reconciles(acting).follow_ups
    comes_in(acting, "SM1", 20 * MINUTE)
    acting.provider.away = False
    assert reconciles(acting).result.endswith("1 came back")
    assert asked(acting)[-1] == 43 * MINUTE


def test_a_mark_that_lies_ahead_of_the_clock_is_not_waited_for(acting: Acting) -> None:
    ahead = acting.clock.now() + timedelta(days=1)
    acting.last_result = LastResult(f"until {ahead:%Y-%m-%dT%H:%M:%SZ}: 0 came back", None)
    comes_in(acting, "SM1", 4 * MINUTE)
    acting.provider.away = True
    assert reconciles(acting).result.endswith("provider away")
    acting.provider.away = False
    assert reconciles(acting).result.endswith("1 came back")


def test_operators_are_told_once_a_day_of_a_provider_that_stays_away(acting: Acting) -> None:
    reconciles(acting)
    acting.provider.away = True
    acting.wait(hours=2)
    told = [alert.key for _ in range(3) for alert in reconciles(acting).follow_ups]
    assert told == ["alert:reconciler-behind:reconcile_twilio:2026-11-23"] * 3


def test_a_line_that_takes_over_a_number_leaves_alone_what_came_before_it(acting: Acting) -> None:
    comes_in(acting, "SMtheirs", timedelta(hours=2))
    acting.last_result = LastResult("", acting.clock.now() - timedelta(hours=1))
    comes_in(acting, "SMours", timedelta(minutes=59))
    reconciles(acting)
    assert [each.key for each in acting.enqueued] == ["twilio:SMours"]


@pytest.mark.parametrize("ahead", [1, 10, 15, 60])
def test_what_came_while_a_clock_was_ahead_is_fetched_once_it_is_right(
    acting: Acting, ahead: int
) -> None:
    """Until then the provider was asked for what had not come yet."""
    acting.wait(minutes=ahead)
    for number in range(40):
        reconciles(acting)
        acting.wait(minutes=3)
        comes_in(acting, f"SM{number}", ahead * MINUTE)
    acting.wait(minutes=-ahead)
    for _ in range(2):
        acting.wait(minutes=3)
        reconciles(acting)
    assert {each.key for each in acting.enqueued} == {f"twilio:SM{n}" for n in range(40)}


def test_a_mark_that_is_a_little_ahead_costs_no_look_at_the_whole_past(acting: Acting) -> None:
    """Hosts whose clocks differ by seconds take turns."""
    acting.wait(seconds=50)
    reconciles(acting)
    acting.wait(seconds=-50)
    acting.provider.spans.clear()
    reconciles(acting)
    assert len(acting.provider.spans) == 1


def test_one_that_the_queue_refuses_holds_up_nobody(acting: Acting) -> None:
    acting.refusing = {"twilio:SM1"}
    comes_in(acting, "SM1", 5 * MINUTE)
    comes_in(acting, "SM2", 4 * MINUTE)
    assert reconciles(acting).result.endswith("1 came back")


def test_a_pass_over_many_days_stops_in_time_and_its_successor_goes_on(acting: Acting) -> None:
    comes_in(acting, "SM1", timedelta(days=1))
    acting.provider.while_listing = lambda: acting.wait(seconds=25)
    assert reconciles(acting).result.endswith("0 came back")
    assert len(acting.provider.spans) == 5
    for _ in range(5):
        reconciles(acting)
    assert [each.key for each in acting.enqueued] == ["twilio:SM1"]


def test_a_result_that_cannot_be_read_is_none(acting: Acting) -> None:
    comes_in(acting, "SM1", timedelta(days=6))
    acting.last_result = LastResult("12 due", None)
    assert reconciles(acting).result.endswith("1 came back")
