"""However the news of a subscription's life arrives, the row ends as Stripe's object."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kit.clock import FixedClock
from kit.database import Database
from protos.billing.v1 import billing_pb2 as pb
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from services.billing.service import BillingServicer
from services.billing.stripe_client import StripeApi, Truth
from tests.billing.stripe_sandbox import KEY, TERMS, StripeSandbox

pytestmark = pytest.mark.slow

SEEDS = 100
WORKERS = 4
BATCH = 10  # seeds per test: a failure names its seed
GRACE = timedelta(days=7)

# Whole lives, each a way from the first payment to some end. "customer" deletes the customer.
LIVES: Sequence[tuple[bool, Sequence[str]]] = (
    (True, ("convert", "fail_payment", "recover", "change_plan", "pause", "resume")),
    (True, ("convert", "renew", "cancel_at_period_end", "cancel")),
    (True, ("fail_payment", "fail_payment", "mark_unpaid", "cancel")),
    (False, ("fail_payment", "recover", "fail_payment")),
    (False, ("change_plan", "pause", "resume", "cancel_at_period_end", "delete")),
    (False, ("renew", "cancel", "refund")),
    (False, ("pause", "cancel")),
    (False, ("fail_payment", "void_invoice", "renew", "customer")),
    (True, ("cancel",)),
)


class Dawdling(StripeApi):
    """Stripe whose every answer is held until it is let go, so that it may be old by then."""

    def __init__(self, url: str) -> None:
        super().__init__(KEY, TERMS, url)
        self._changed = threading.Condition()
        self._held: list[threading.Event] = []

    def truth_of(self, customer_id: str) -> Truth:
        truth = super().truth_of(customer_id)
        gate = threading.Event()
        with self._changed:
            self._held.append(gate)
            self._changed.notify_all()
        assert gate.wait(60), "nobody let the answer go"
        return truth

    def let_go(self, dice: random.Random) -> None:
        """Frees one answer that is held, old or new."""
        with self._changed:
            self._held.pop(dice.randrange(len(self._held))).set()

    def look_again(self, _ended: object) -> None:
        """Wakes who waits for all to be held, because there is one call less."""
        with self._changed:
            self._changed.notify_all()

    def wait_until_held(self, running: Callable[[], int]) -> int:
        """Returns how many answers are held, once that is all that the workers can be doing."""
        with self._changed:
            quiet = self._changed.wait_for(
                lambda: len(self._held) == min(WORKERS, running()), timeout=60
            )
            assert quiet, "a worker neither reads nor ends"
            return len(self._held)


@pytest.fixture(scope="module")
def dawdling(stripe_sandbox: StripeSandbox) -> Dawdling:
    return Dawdling(stripe_sandbox.url)


@pytest.fixture(scope="module")
def grpc_servicer(database: Database, clock: FixedClock, dawdling: Dawdling) -> BillingServicer:
    return BillingServicer(database, clock, dawdling)


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(BATCH, SEEDS, BATCH))]
)
def test_a_life_shuffled_and_repeated_ends_as_stripes_object(
    billing: BillingServiceStub, stripe: StripeSandbox, dawdling: Dawdling, first: int
) -> None:
    with ThreadPoolExecutor(WORKERS) as workers:
        for seed in range(first, first + BATCH):
            news = _Deliveries(billing, workers, dawdling, random.Random(seed))
            _live(billing, stripe, news, seed)


def _live(billing: BillingServiceStub, stripe: StripeSandbox, news: _Deliveries, seed: int) -> None:
    trial, life = LIVES[seed % len(LIVES)]
    paid = stripe.subscribe(phone=f"+1202555{seed:04}", trial=trial)
    customer, subscription = paid["customer"], paid["subscription"]
    news.arrive(customer, len(paid["event_ids"]))
    for action in life:
        if action == "customer":
            stripe.object(f"customers/{customer}", "DELETE")
            news.arrive(customer, 2)
        else:
            told = stripe.control(f"subscriptions/{subscription}/{action}")
            news.arrive(customer, len(told["event_ids"]))
    news.settle(customer)
    row = billing.GetAccount(pb.GetAccountRequest(stripe_customer_id=customer)).account
    assert _row(row) == _expected(stripe, customer, subscription), f"seed {seed}: {life}"


class _Deliveries:
    """Events that arrive late, out of order and more than once; each makes a worker sync.

    What an event says is not believed, so one is as good as another; but what a worker has read of
    the first change may well be stored after what another has read of the last.
    """

    def __init__(
        self,
        billing: BillingServiceStub,
        workers: ThreadPoolExecutor,
        dawdling: Dawdling,
        dice: random.Random,
    ) -> None:
        self._billing = billing
        self._workers = workers
        self._dawdling = dawdling
        self._dice = dice
        self._late = 0
        self._calls: list[Future[Any]] = []

    def arrive(self, customer: str, events: int) -> None:
        """Some of the events now, some of them twice, the rest whenever chance has it."""
        waiting = self._late + events
        now = self._dice.randint(0, min(waiting, 2))
        self._late = waiting - now
        for _ in range(now):
            self._deliver(customer, self._dice.choice((1, 1, 2)))
        held = self._dawdling.wait_until_held(self._running)
        for _ in range(self._dice.randint(0, held)):
            self._dawdling.let_go(self._dice)

    def settle(self, customer: str) -> None:
        """Whatever is still late, at least the last event; returns when all were handled."""
        for _ in range(max(1, min(self._late, 2))):
            self._deliver(customer, self._dice.choice((1, 2)))
        while self._dawdling.wait_until_held(self._running):
            self._dawdling.let_go(self._dice)
        for one in self._calls:
            one.result()

    def _deliver(self, customer: str, times: int) -> None:
        request = pb.SyncCustomerRequest(stripe_customer_id=customer)
        for _ in range(times):
            call = self._workers.submit(self._billing.SyncCustomer, request)
            call.add_done_callback(self._dawdling.look_again)
            self._calls.append(call)

    def _running(self) -> int:
        return sum(not call.done() for call in self._calls)


def _row(row: pb.BillingAccount) -> dict[str, Any]:
    return {
        "subscription": row.stripe_subscription_id,
        "status": row.status,
        "price": row.price_id,
        "current_period_end": _seconds(row, "current_period_end"),
        "trial_end": _seconds(row, "trial_end"),
        "cancel_time": _seconds(row, "cancel_time"),
        "granted": row.access.granted,
        "until": row.access.until_time.seconds if row.access.HasField("until_time") else None,
    }


def _seconds(row: pb.BillingAccount, field: Any) -> int | None:
    return getattr(row, field).seconds if row.HasField(field) else None


def _expected(stripe: StripeSandbox, customer: str, subscription: str) -> dict[str, Any]:
    """What the row must be, from the sandbox's objects and this test's own reading of the rules."""
    if stripe.object(f"customers/{customer}").get("deleted"):
        absent = dict.fromkeys(("current_period_end", "trial_end", "cancel_time", "until"))
        return {"subscription": "", "status": "", "price": "", "granted": False, **absent}
    held = stripe.object(f"subscriptions/{subscription}")
    items = held["items"]["data"]
    until = _until(stripe, held)
    return {
        "subscription": subscription,
        "status": held["status"],
        "price": items[0]["price"]["id"],
        "current_period_end": max(item["current_period_end"] for item in items),
        "trial_end": held["trial_end"],
        "cancel_time": held["ended_at"] or held["cancel_at"],
        "granted": held["status"] in ("active", "trialing") or until is not None,
        "until": until,
    }


def _until(stripe: StripeSandbox, held: dict[str, Any]) -> int | None:
    now = datetime.now(UTC).timestamp()
    ends: list[int] = []
    match held["status"]:
        case "active" | "trialing":
            ends = [held["cancel_at"] or 0]
        case "past_due":
            missed = max(one["created"] for one in _invoices(stripe, held, "open"))
            ends = [missed + int(GRACE.total_seconds())]
        case "canceled":
            refunded = {
                one["payment_intent"]
                for one in stripe.object(f"charges?customer={held['customer']}")["data"]
                if one["refunded"]
            }
            ends = [
                line["period"]["end"]
                for one in _invoices(stripe, held, "paid")
                if one["total"] > 0 and not _payments(one) & refunded
                for line in one["lines"]["data"]
            ]
    return max((end for end in ends if end > now), default=None)


def _payments(invoice: dict[str, Any]) -> set[str]:
    return {one["payment"]["payment_intent"] for one in invoice["payments"]["data"]}


def _invoices(stripe: StripeSandbox, held: dict[str, Any], status: str) -> Iterator[Any]:
    query = f"invoices?subscription={held['id']}&status={status}&limit=100&expand[]=data.payments"
    yield from stripe.object(query)["data"]
