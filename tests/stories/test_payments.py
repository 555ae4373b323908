"""Whoever pays has access, and whoever has access is welcomed once (acceptance 28 to 31)."""

from __future__ import annotations

import urllib.request

import pytest

from protos.billing.v1 import billing_pb2 as billing
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.profile.v1 import profile_pb2 as profile
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow


def access_of(world: World, number: str) -> billing.Access:
    request = billing.GetAccessRequest(user_id=world.user_id(number))
    return world.billing.GetAccess(request).access


def welcomes(world: World, number: str) -> int:
    return sum("Welcome" in body for body in world.phone(number).bodies)


def test_a_person_who_subscribes_has_access_and_is_welcomed_once(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "hello")
    world.receives(ana)
    world.subscribes(ana, user_id=world.user_id(ana), link="metadata")
    world.receives(ana, 2)
    assert access_of(world, ana).granted
    assert welcomes(world, ana) == 1
    assert world.profile_of(ana).journey_phase == profile.JourneyPhase.JOURNEY_PHASE_ACTIVE


def test_a_payment_with_a_phone_that_never_texted_makes_the_person(world: World) -> None:
    ana = world.new_number()
    world.subscribes(ana, link="phone")
    world.receives(ana)
    assert access_of(world, ana).granted
    assert welcomes(world, ana) == 1


def test_a_life_of_a_subscription_ends_as_stripe_has_it_with_one_welcome(world: World) -> None:
    ana = world.new_number()
    paid = world.subscribes(ana, link="phone")
    world.receives(ana)
    subscription = paid["subscription"]
    world.fault("webhooks", "duplicate", times=4)
    for action in ("fail_payment", "recover", "change_plan", "pause", "resume"):
        world.sandbox.act(subscription, action)
    world.rests()
    assert access_of(world, ana).granted
    world.sandbox.act(subscription, "delete")
    world.rests()
    request = billing.GetAccountRequest(stripe_customer_id=paid["customer"])
    account = world.billing.GetAccount(request).account
    assert account.status == "canceled"
    assert account.stripe_subscription_id == subscription
    assert welcomes(world, ana) == 1


def test_a_missed_payment_keeps_access_for_its_grace_and_a_pause_takes_it(world: World) -> None:
    ana = world.new_number()
    subscription = world.subscribes(ana, link="phone")["subscription"]
    world.receives(ana)
    world.sandbox.act(subscription, "fail_payment")
    world.rests()
    assert access_of(world, ana).reason == billing.AccessReason.ACCESS_REASON_GRACE
    world.sandbox.act(subscription, "recover")
    world.sandbox.act(subscription, "pause")
    world.rests()
    assert not access_of(world, ana).granted


def test_stripe_away_means_nothing_is_guessed_and_all_is_caught_up_after(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "hello")
    world.receives(ana)
    world.fault("stripe", "fail", status=500, match={"method": "GET"})
    world.subscribes(ana, user_id=world.user_id(ana), link="metadata")
    until(
        lambda: any(job.attempt for job in waiting_for_stripe(world)),
        "a first attempt that failed",
    )
    assert not access_of(world, ana).granted
    world.clear_faults()
    for job in waiting_for_stripe(world):
        world.jobs.RetryJob(jobs.RetryJobRequest(job_id=job.job_id))
    world.receives(ana, 2)
    assert access_of(world, ana).granted
    assert welcomes(world, ana) == 1


def waiting_for_stripe(world: World) -> list[jobs.Job]:
    return world.jobs_of_type("process_stripe_event", jobs.JOB_STATE_SCHEDULED)


def test_a_payment_of_nobody_waits_visibly_and_is_redriven_after_it_is_linked(
    world: World,
) -> None:
    ana = world.new_number()
    world.texts(ana, "hello")
    world.receives(ana)
    paid = world.subscribes(ana, link="none")
    world.rests()
    waiting = [
        job
        for job in world.jobs_of_type("process_stripe_event", jobs.JOB_STATE_SCHEDULED)
        if world.job(job.key).payload.process_stripe_event.stripe_customer_id == paid["customer"]
    ]
    assert waiting
    assert {job.last_error for job in waiting} == {"CUSTOMER_NOT_LINKED"}
    assert not access_of(world, ana).granted
    request = billing.LinkCustomerRequest(
        user_id=world.user_id(ana), stripe_customer_id=paid["customer"]
    )
    world.operator_billing.LinkCustomer(request)
    for job in waiting:
        world.jobs.RetryJob(jobs.RetryJobRequest(job_id=job.job_id))
    world.receives(ana, 2)
    assert access_of(world, ana).granted
    assert welcomes(world, ana) == 1


def test_after_the_free_answers_one_invitation_a_day_with_a_link_that_works(world: World) -> None:
    with world.worker(free_answers=1):
        ana = world.new_number()
        world.texts(ana, "hello")
        world.receives(ana, 1)
        world.texts(ana, "are you there?")
        invitation = world.receives(ana, 2)[1]
        world.texts(ana, "hello?")
        world.rests()
        assert len(world.phone(ana).received) == 2
        link = next(word for word in invitation.body.split() if word.startswith("http"))
        assert world.sandbox.url.rpartition(":")[2] in link
        world.pays_on(link)
        world.receives(ana, 3)
        world.texts(ana, "thank you")
        assert len(world.receives(ana, 4)) == 4


def test_who_missed_a_payment_is_sent_to_mend_it_and_goes_on(world: World) -> None:
    with world.worker(free_answers=0):
        ana = world.new_number()
        paid = world.subscribes(ana, link="phone")
        world.receives(ana, 1)
        for action in ("fail_payment", "mark_unpaid"):
            world.sandbox.act(paid["subscription"], action)
        world.rests()
        world.texts(ana, "are you there?")
        mending = world.receives(ana, 2)[1]
        link = next(word for word in mending.body.split() if word.startswith("http"))
        with urllib.request.urlopen(link) as page:
            assert "Pay the open invoice" in page.read().decode()
        world.sandbox.act(paid["subscription"], "recover")
        world.rests()
        world.texts(ana, "thank you")
        world.receives(ana, 3)
    assert access_of(world, ana).granted
    assert (
        len(world.sandbox.stripe().v1.subscriptions.list({"customer": paid["customer"]}).data) == 1
    )


def test_an_open_policy_asks_billing_nothing(world: World) -> None:
    with world.worker(access_policy="open", free_answers=0):
        ana = world.new_number()
        called = world.calls_during(lambda: (world.texts(ana, "hello"), world.receives(ana)))
    assert not any(name.startswith("billing") for name in called)
