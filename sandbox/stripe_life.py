"""The life of a subscription: each action changes the objects and emits what Stripe would emit.

Source: https://docs.stripe.com/billing/subscriptions/overview and .../webhooks
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox import stripe_payments as payments
from sandbox.stripe_forms import StripeRefusal
from sandbox.stripe_ledger import Ledger
from sandbox.stripe_objects import Thing, period_end, plan

UPDATED: Final = "customer.subscription.updated"
_ENDED: Final = frozenset({"canceled", "incomplete_expired"})
_MOST_PERIODS: Final = 120

Action = Callable[[Ledger, Thing, Mapping[str, Any], int], list[str]]


def act(
    ledger: Ledger, subscription_id: str, action: str, body: Mapping[str, Any]
) -> tuple[Thing, list[str]]:
    """Do one action; return the subscription as it then is and the ids of its events.

    `body` may say `at`, the epoch second it happens. Raises StripeRefusal: 404 for an unknown
    subscription or action, 409 for one that its state does not allow.
    """
    subscription = ledger.get("subscription", subscription_id)
    if action not in ACTIONS:
        raise StripeRefusal(404, f"No such action: {action}. Known: {', '.join(sorted(ACTIONS))}")
    if subscription["status"] in _ENDED and action not in ("refund", "dispute", "set"):
        raise StripeRefusal(409, f"This subscription is {subscription['status']}.")
    now = int(body.get("at") or ledger.now())
    events = ACTIONS[action](ledger, subscription, body, now)
    return ledger.get("subscription", subscription_id), events


def _next_period(subscription: Thing, start: int) -> Thing:
    """The subscription's items, moved on to the period that begins at `start`."""
    items = copy.deepcopy(subscription["items"])
    for item in items["data"]:
        end = period_end(start, item["price"])
        item.update(current_period_start=start, current_period_end=end, billed_until=end)
    moved: Thing = items
    return moved


def _period_end(subscription: Thing) -> int:
    return max(int(item["current_period_end"]) for item in subscription["items"]["data"])


def _bill_next(
    ledger: Ledger, subscription: Thing, start: int, now: int, changes: Thing
) -> tuple[Thing, list[str]]:
    """Move to the next period, make its invoice and tell of both."""
    moved = {"items": _next_period(subscription, start), **changes}
    billed = {**copy.deepcopy(subscription), **moved}
    invoice, events = payments.bill(ledger, billed, now, "subscription_cycle")
    moved["latest_invoice"] = invoice["id"]
    _, updated = ledger.change(subscription, moved, UPDATED)
    return invoice, events + updated


def convert(ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int) -> list[str]:
    """The trial ends and the first payment succeeds."""
    if subscription["status"] != "trialing":
        raise StripeRefusal(409, "This subscription is not trialing.")
    ending: Thing = {"status": "active", "billing_cycle_anchor": now}
    if subscription["trial_end"] > now:
        ending["trial_end"] = now
    invoice, events = _bill_next(ledger, subscription, now, now, ending)
    return events + payments.pay(ledger, invoice, now)


def renew(ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int) -> list[str]:
    """The next period begins and is paid."""
    invoice, events = _bill_next(ledger, subscription, _period_end(subscription), now, {})
    return events + payments.pay(ledger, invoice, now)


def fail_payment(
    ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int
) -> list[str]:
    """The next period begins, or the trial ends, and the card is declined; a second time: again."""
    if subscription["status"] in ("past_due", "unpaid", "incomplete"):
        return payments.decline(ledger, payments.open_invoice(ledger, subscription), now)
    trialing = subscription["status"] == "trialing"
    start = now if trialing else _period_end(subscription)
    ending: Thing = {"trial_end": min(now, subscription["trial_end"])} if trialing else {}
    invoice, events = _bill_next(ledger, subscription, start, now, {"status": "past_due", **ending})
    return events + payments.decline(ledger, invoice, now)


def recover(ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int) -> list[str]:
    """The open invoice is paid after all."""
    invoice = payments.open_invoice(ledger, subscription)
    events = payments.pay(ledger, invoice, now)
    return events + ledger.change(subscription, {"status": "active"}, UPDATED)[1]


def mark_unpaid(
    ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int
) -> list[str]:
    """The last retry has failed; the subscription stays, unpaid."""
    payments.open_invoice(ledger, subscription)
    return ledger.change(subscription, {"status": "unpaid"}, UPDATED)[1]


def require_action(
    ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int
) -> list[str]:
    """The bank wants the cardholder to confirm the open invoice."""
    invoice = payments.open_invoice(ledger, subscription)
    return [ledger.emit("invoice.payment_action_required", invoice)]


def void_invoice(
    ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int
) -> list[str]:
    """The open invoice is voided; a subscription that was late because of it is active again."""
    events = payments.void(ledger, payments.open_invoice(ledger, subscription), now)
    if subscription["status"] in ("past_due", "unpaid"):
        events += ledger.change(subscription, {"status": "active"}, UPDATED)[1]
    return events


def refund(ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int) -> list[str]:
    """The latest payment is refunded, `amount` cents of it or all."""
    return payments.refund(ledger, payments.paid_charge(ledger, subscription), now, body)[1]


def dispute(ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int) -> list[str]:
    """The latest payment is disputed."""
    charge = payments.paid_charge(ledger, subscription)
    return payments.dispute(ledger, charge, now, str(body.get("reason", "fraudulent")))


def trial_will_end(
    ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int
) -> list[str]:
    """The trial ends in three days."""
    if subscription["status"] != "trialing":
        raise StripeRefusal(409, "This subscription is not trialing.")
    return [ledger.emit("customer.subscription.trial_will_end", subscription)]


def change_plan(
    ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int
) -> list[str]:
    """The first item moves to `price` (default price_sandbox_yearly), from now on and paid."""
    price = ledger.price(str(body.get("price") or "price_sandbox_yearly"), "items[0][price]")
    items = copy.deepcopy(subscription["items"])
    end = period_end(now, price)
    items["data"][0].update(price=price, plan=plan(price), current_period_start=now,
                            current_period_end=end, billed_until=end)  # fmt: skip
    if subscription["status"] == "trialing":
        items["data"][0].update(current_period_end=subscription["trial_end"])
        return ledger.change(subscription, {"items": items}, UPDATED)[1]
    billed = {**copy.deepcopy(subscription), "items": items}
    invoice, events = payments.bill(ledger, billed, now, "subscription_update")
    changes = {"items": items, "latest_invoice": invoice["id"], "billing_cycle_anchor": now}
    events += ledger.change(subscription, changes, UPDATED)[1]
    return events + payments.pay(ledger, invoice, now)


def pause(ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int) -> list[str]:
    """The subscription is paused: no service and no invoices until it is resumed."""
    details = {"paused": {"subscription": {"type": "pause_requested"}, "transitioned_at": now}}
    changed, events = ledger.change(
        subscription, {"status": "paused", "status_details": details}, UPDATED
    )
    return [*events, ledger.emit("customer.subscription.paused", changed)]


def resume(ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int) -> list[str]:
    """A paused subscription begins a new, paid period."""
    if subscription["status"] != "paused":
        raise StripeRefusal(409, "This subscription is not paused.")
    changes: Thing = {"status": "active", "status_details": None, "billing_cycle_anchor": now}
    invoice, events = _bill_next(ledger, subscription, now, now, changes)
    resumed = ledger.emit("customer.subscription.resumed", subscription)
    return [*events, resumed, *payments.pay(ledger, invoice, now)]


def cancel_at_period_end(
    ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int
) -> list[str]:
    """The subscription will end with its period, unless `undo` is true."""
    leaving = not body.get("undo")
    changes = {
        "cancel_at_period_end": leaving,
        "cancel_at": _period_end(subscription) if leaving else None,
        "canceled_at": now if leaving else None,
        "cancellation_details": _reason("cancellation_requested" if leaving else None),
    }
    return ledger.change(subscription, changes, UPDATED)[1]


def cancel(ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int) -> list[str]:
    """The subscription ends now, whether asked for or because its last period is over."""
    changes = {
        "status": "incomplete_expired" if subscription["status"] == "incomplete" else "canceled",
        "canceled_at": subscription["canceled_at"] or now,
        "ended_at": now,
        "cancellation_details": _reason("cancellation_requested"),
    }
    changed, _ = ledger.change(subscription, changes, None)
    event = (
        UPDATED if changed["status"] == "incomplete_expired" else "customer.subscription.deleted"
    )
    return [ledger.emit(event, changed)]


def set_fields(ledger: Ledger, subscription: Thing, body: Mapping[str, Any], now: int) -> list[str]:
    """Put any `fields` into the object, for states and shapes that no action leads to."""
    return ledger.change(subscription, dict(body.get("fields") or {}), UPDATED)[1]


def _reason(reason: str | None) -> Thing:
    return {"comment": None, "feedback": None, "reason": reason}


ACTIONS: Final[dict[str, Action]] = {
    "convert": convert,
    "renew": renew,
    "fail_payment": fail_payment,
    "recover": recover,
    "mark_unpaid": mark_unpaid,
    "require_action": require_action,
    "void_invoice": void_invoice,
    "refund": refund,
    "dispute": dispute,
    "trial_will_end": trial_will_end,
    "change_plan": change_plan,
    "pause": pause,
    "resume": resume,
    "cancel_at_period_end": cancel_at_period_end,
    "cancel": cancel,
    "delete": cancel,
    "set": set_fields,
}


def catch_up(ledger: Ledger) -> list[str]:
    """After the clock has moved: convert, renew and end what has become due; return event ids."""
    events: list[str] = []
    for each in reversed(ledger.all("subscription")):
        subscription = each
        for _ in range(_MOST_PERIODS):
            action, moment = _due(subscription)
            if action is None or moment > ledger.now():
                break
            subscription, told = act(ledger, subscription["id"], action, {"at": moment})
            events += told
    return events


def _due(subscription: Thing) -> tuple[str | None, int]:
    """What happens to a subscription by itself, and when."""
    if subscription["status"] not in ("active", "trialing"):
        return None, 0
    if subscription["cancel_at"] is not None:
        return "cancel", int(subscription["cancel_at"])
    if subscription["status"] == "trialing":
        return "convert", int(subscription["trial_end"])
    return "renew", _period_end(subscription)
