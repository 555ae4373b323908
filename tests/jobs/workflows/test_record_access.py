"""Access that ends by time alone ends in the journey too, at that moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import grpc
import pytest

from protos.billing.v1 import billing_pb2 as billing
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from protos.jobs.v1.payloads_pb2 import JobPayload, ProcessStripeEvent, RecordAccess
from protos.profile.v1.profile_pb2 import JourneyPhase
from services.billing.access import DEFAULT_GRACE
from services.jobs.workflows import process_stripe_event, record_access
from services.jobs.workflows.outcome import Done, FollowUp, Later, Outcome
from tests.jobs.workflows.acting import ANA, Acting
from tests.jobs.workflows.serving import Services


class Subscriber:
    """Somebody who has paid just now, on a clock that is Stripe's."""

    def __init__(self, acting: Acting) -> None:
        acting.clock.advance(datetime.now(UTC).replace(microsecond=0) - acting.clock.now())
        self.acting = acting
        self.user_id = acting.person()
        paid = acting.stripe.subscribe(ANA, link="metadata", user_id=self.user_id)
        self.customer, self.subscription = paid["customer"], paid["subscription"]
        self.hears("evt_1")

    def hears(self, event_id: str) -> Outcome:
        """The outcome of an event of theirs."""
        event = ProcessStripeEvent(event_id=event_id, stripe_customer_id=self.customer)
        return self.acting.run(process_stripe_event.run, event, key=f"stripe:{event_id}")

    def ends(self, moment: datetime) -> FollowUp:
        """The job that is to look again then."""
        payload = RecordAccess(user_id=self.user_id, stripe_customer_id=self.customer)
        key = f"access-ends:{self.user_id}:{int(moment.timestamp())}000000"
        return FollowUp(key, JobPayload(record_access=payload), moment)

    def looks_again(self, planned: FollowUp) -> Outcome:
        return self.acting.run(record_access.run, planned.payload.record_access, key=planned.key)

    def period_end(self) -> datetime:
        held = self.acting.stripe.object(f"subscriptions/{self.subscription}")
        return datetime.fromtimestamp(held["items"]["data"][0]["current_period_end"], UTC)

    @property
    def phase(self) -> str:
        known = self.acting.act(lambda ctx: ctx.profile.get(self.user_id))
        return JourneyPhase.Name(known.journey_phase).removeprefix("JOURNEY_PHASE_").lower()


@pytest.fixture
def ana(acting: Acting) -> Subscriber:
    return Subscriber(acting)


def test_who_canceled_is_churned_when_what_they_paid_for_ends_and_may_come_back(
    ana: Subscriber,
) -> None:
    ana.acting.stripe.act(ana.subscription, "cancel")
    planned = ana.ends(ana.period_end())
    assert ana.hears("evt_2") == Done("synced", (planned,))
    assert ana.hears("evt_3") == Done("synced", (planned,)), "once, however often it is asked for"
    assert ana.phase == "active"
    ana.acting.clock.advance(ana.period_end() - ana.acting.clock.now())
    assert ana.looks_again(planned) == Done("ended")
    assert ana.phase == "churned"
    ana.acting.stripe.subscribe(ANA, link="customer")
    assert ana.hears("evt_4") == Done("synced")
    assert ana.phase == "active"


def test_who_missed_a_payment_is_churned_when_the_grace_runs_out(ana: Subscriber) -> None:
    ana.acting.stripe.act(ana.subscription, "fail_payment")
    outcome = ana.hears("evt_2")
    assert isinstance(outcome, Done)
    (planned,) = outcome.follow_ups
    assert planned.run_time is not None
    assert planned == ana.ends(planned.run_time)
    ana.acting.clock.advance(planned.run_time - ana.acting.clock.now())
    assert ana.looks_again(planned) == Done("ended")
    assert ana.phase == "churned"


def test_who_pays_meanwhile_keeps_their_journey(ana: Subscriber) -> None:
    ana.acting.stripe.act(ana.subscription, "fail_payment")
    outcome = ana.hears("evt_2")
    assert isinstance(outcome, Done)
    (planned,) = outcome.follow_ups
    ana.acting.stripe.act(ana.subscription, "recover")
    assert ana.hears("evt_3") == Done("synced")
    ana.acting.clock.advance(DEFAULT_GRACE)
    assert ana.looks_again(planned) == Done("granted")
    assert ana.phase == "active"


def test_whose_access_ends_at_another_moment_by_now_is_looked_at_again_then(
    ana: Subscriber,
) -> None:
    ana.acting.stripe.act(ana.subscription, "cancel")
    ana.hears("evt_2")
    early = ana.ends(ana.period_end() - timedelta(days=3))
    assert ana.looks_again(early) == Done("granted", (ana.ends(ana.period_end()),))


def test_a_moment_that_billing_has_not_seen_yet_is_waited_for(ana: Subscriber) -> None:
    """The job is due by the clock of the queue; its own key would plan nothing more."""
    ana.acting.stripe.act(ana.subscription, "cancel")
    ana.hears("evt_2")
    soon = timedelta(seconds=3)
    ana.acting.clock.advance(ana.period_end() - soon - ana.acting.clock.now())
    planned = ana.ends(ana.period_end())
    assert ana.looks_again(planned) == Later(soon, "ACCESS_ENDS_LATER")


def test_whose_payment_was_taken_from_them_is_churned(ana: Subscriber, services: Services) -> None:
    ana.acting.stripe.act(ana.subscription, "cancel")
    ana.hears("evt_2")
    taken = billing.UnlinkCustomerRequest(user_id=ana.user_id, stripe_customer_id=ana.customer)
    with grpc.insecure_channel(services.address) as channel:
        BillingServiceStub(channel).UnlinkCustomer(taken)
    assert ana.looks_again(ana.ends(ana.period_end())) == Done("ended")
    assert ana.phase == "churned"
