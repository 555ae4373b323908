"""What a request may name so that it reaches a model: people, texts, a crisis, a customer, jobs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from kit.wire import timestamp
from protos.billing.v1 import billing_pb2 as billing
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import JobPayload, Probe
from protos.profile.v1 import profile_pb2 as profile
from tests.world.world import World

Words = Mapping[str, tuple[str, ...]]

_keys = (f"hostile:{number}" for number in itertools.count())


def known_to(world: World, service: str) -> Words:
    """By the name of a field what it may hold in a request to this service.

    The people are new each time: requests before have deleted others, or have begun to.
    """
    numbers = world.new_number(), world.new_number()
    ids = tuple(
        world.identity.EnsureUser(identity.EnsureUserRequest(phone_number=number)).user.user_id
        for number in numbers
    )
    for user_id in ids:
        world.profile.EnsureProfile(profile.EnsureProfileRequest(user_id=user_id))
    own = _OWN.get(service, _nothing)(world, *ids)
    return {"user_id": ids, "user_ids": ids, "phone_number": numbers, **own}


def _nothing(_world: World, _user_id: str, _other: str) -> Words:
    return {"name": ("Ana",), "email": ("ana@example.org",)}


def _of_profile(world: World, user_id: str, other: str) -> Words:
    """An open crisis with its follow-ups; another was silent for long, and is asked things."""
    now = datetime.now(UTC)
    episode = world.profile.RecordCrisis(
        profile.RecordCrisisRequest(
            user_id=user_id,
            kind=profile.CrisisKind.CRISIS_KIND_ABUSE,
            event_time=timestamp(now),
            request_key=next(_keys),
        )
    ).crisis
    silent = timestamp(now - timedelta(days=7))
    wrote = profile.CONTACT_DIRECTION_INBOUND
    world.profile.RecordContact(
        profile.RecordContactRequest(user_id=other, direction=wrote, time=silent)
    )
    world.profile.AdvanceJourneys(profile.AdvanceJourneysRequest())
    planned = world.profile.ListPlannedReactivations(profile.ListPlannedReactivationsRequest())
    asked = world.profile.StartAssessment(
        profile.StartAssessmentRequest(
            user_id=other,
            questionnaire=profile.SCORE_SOURCE_DAILY_CHECK_IN,
            request_key=next(_keys),
        )
    ).assessment
    return {
        "assessment_id": (asked.assessment_id,),
        "crisis_id": (episode.crisis_id,),
        "follow_up_id": tuple(each.follow_up_id for each in episode.follow_ups),
        "reactivation_id": tuple(each.reactivation_id for each in planned.reactivations),
        "zip_code": ("10001",),
        "language": ("en",),
    }


def _of_conversation(world: World, user_id: str, _other: str) -> Words:
    """A text that came in, and one that waits to be sent."""
    came = world.conversation.RecordInboundMessage(
        conversation.RecordInboundMessageRequest(
            user_id=user_id,
            provider_sid=world.new_sid(),
            body="hi",
            event_time=timestamp(datetime.now(UTC)),
            disposition=conversation.DISPOSITION_TO_ANSWER,
        )
    ).message.message_id
    waits = world.conversation.PrepareOutboundMessage(
        conversation.PrepareOutboundMessageRequest(
            user_id=user_id,
            request_key=next(_keys),
            body="hello",
            kind=conversation.MessageKind.MESSAGE_KIND_ANSWER,
        )
    ).message.message_id
    return {
        "message_id": (came, waits),
        "message_ids": (came,),
        "answers": (came,),
        "through_message_id": (came,),
    }


def _of_billing(world: World, user_id: str, _other: str) -> Words:
    """A customer of Stripe's whose account and person are known, and what they paid."""
    customer: str = world.subscribes(world.new_number())["customer"]
    world.billing.SyncCustomer(billing.SyncCustomerRequest(stripe_customer_id=customer))
    world.billing.LinkCustomer(
        billing.LinkCustomerRequest(user_id=user_id, stripe_customer_id=customer)
    )
    paid = world.sandbox.stripe().v1.charges.list({"customer": customer}).data
    charges = tuple(each.id for each in paid)
    return {"stripe_customer_id": (customer,), "stripe_charge_id": charges}


def _of_jobs(world: World, _user_id: str, _other: str) -> Words:
    """A job that runs later."""
    new = jobs.NewJob(key=next(_keys), payload=JobPayload(probe=Probe()))
    new.run_time.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    made = world.jobs.EnqueueJob(jobs.EnqueueJobRequest(job=new)).job
    return {"key": (new.key,), "name": ("morning",), "job_id": (str(made.job_id),)}


_OWN: Final[Mapping[str, Callable[[World, str, str], Words]]] = {
    "profile": _of_profile,
    "conversation": _of_conversation,
    "billing": _of_billing,
    "jobs": _of_jobs,
}
