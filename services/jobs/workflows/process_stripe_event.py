"""Something happened to a customer at Stripe. What happened is fetched, never believed.

Whatever follows is decided from the state that was fetched, so that any order and repetition of a
customer's events ends the same.
"""

from __future__ import annotations

from datetime import timedelta

from kit.logging import get_logger
from protos.billing.v1 import billing_pb2 as billing
from protos.jobs.v1.payloads_pb2 import Notice, ProcessStripeEvent, RecordAccess
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.numbers import person_number
from services.jobs.workflows.outcome import Bury, Done, Later, Outcome
from services.jobs.workflows.record_access import at_its_end

log = get_logger(__name__)

UNKNOWN_AGAIN_AFTER = timedelta(minutes=10)
"""A payment whose person is not known yet waits, and is looked at again."""


async def run(event: ProcessStripeEvent, ctx: Context) -> Outcome:
    """Brings the account up to date, finds its person, welcomes them when access begins, and plans
    a look at the moment when it ends."""
    customer_id: str | None = event.stripe_customer_id
    if not customer_id and event.stripe_charge_id:
        customer_id = await ctx.billing.customer_of_charge(event.stripe_charge_id)
        if customer_id is None:
            return Later(UNKNOWN_AGAIN_AFTER, "CHARGE_UNKNOWN_TO_STRIPE")
    if not customer_id:
        return Bury("NO_CUSTOMER")
    synced = await ctx.billing.sync(customer_id)
    if synced is None:
        return Later(UNKNOWN_AGAIN_AFTER, "CUSTOMER_UNKNOWN_TO_STRIPE")
    account = await _of_somebody(synced.account, ctx)
    if account.HasField("erase_time"):
        return Done("of an erased person")
    user_id = account.user_id or await _link(event, synced, ctx)
    if not user_id:
        if not synced.account.stripe_subscription_id:
            return Done("no subscription and no person")
        return Later(UNKNOWN_AGAIN_AFTER, "CUSTOMER_NOT_LINKED")
    access = await ctx.billing.access(user_id)
    await ctx.profile.record_access(user_id, access.granted)
    end = at_its_end(access, RecordAccess(user_id=user_id, stripe_customer_id=customer_id))
    if access.granted and await ctx.billing.first_welcome(user_id, ctx.job.key):
        welcome = follow_ups.notice(user_id, user_id, Notice.NOTICE_WELCOME)
        return Done("welcome", (welcome, *end))
    return Done("synced", end)


async def _of_somebody(account: billing.BillingAccount, ctx: Context) -> billing.BillingAccount:
    """The account as it is, but parked where its person does not exist: an operator linked it to a
    mistyped id, which would be locked in for good.

    An erasure comes to billing before it comes to identity: then the account says so after it.
    """
    if not account.user_id or await ctx.identity.knows(account.user_id):
        return account
    log.warning("payment_of_nobody", stripe_customer_id=account.stripe_customer_id)
    return await ctx.billing.unlink_from_nobody(account.user_id, account.stripe_customer_id)


async def _link(
    event: ProcessStripeEvent, synced: billing.SyncCustomerResponse, ctx: Context
) -> str:
    """Links the customer to its person and returns their id, "" where nobody is found.

    By the id that Stripe keeps, which is the same whichever event comes first; then by the event's;
    then by phone. A payment with a phone that never texted makes the person: whoever pays us
    nothing is not made one by a word of Stripe's, nor is somebody erased whom an operator has told
    from this customer.
    """
    customer_id, hints = synced.account.stripe_customer_id, synced.hints
    for user_id in (hints.user_id, event.user_id):
        if not user_id or await ctx.identity.find_user(user_id) is None:
            continue
        if await ctx.billing.link(user_id, customer_id):
            return user_id
    if not synced.account.stripe_subscription_id or synced.account.HasField("phone_distrust_time"):
        return ""
    for phone in (event.phone_number, hints.phone_number):
        number = person_number(phone) if phone else None
        if number is not None:
            user_id = (await ctx.identity.ensure_user(number)).user_id
            if await ctx.billing.link(user_id, customer_id):
                return user_id
    return ""
