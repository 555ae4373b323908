"""However the news of a subscription's life arrives, the row ends as Stripe's object.

What Stripe says after each step of a life is read from the sandbox once, with the SDK. The thousand
lives that are shuffled after that are told again from there: what is under test in them is which of
many readings ends in the row, and that needs no second reading of the same objects.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from kit.clock import FixedClock
from kit.database import Database
from protos.billing.v1 import billing_pb2 as pb
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from services.billing import model
from services.billing.access import DEFAULT_GRACE, access_at
from services.billing.stripe_client import StripeApi, Truth
from services.billing.sync import CustomerSync
from tests.billing.stripe_sandbox import KEY, TERMS, StripeSandbox

pytestmark = pytest.mark.slow

SEEDS = 1000
BATCH = 100  # seeds per test: a failure names its seed
WORKERS = 4
GRACE = DEFAULT_GRACE

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


@dataclass(frozen=True, slots=True)
class Step:
    """Stripe after one step of a life, which is told by so many events.

    held: what the row must be, by Stripe's objects and this file's own reading of the rules.
    mirrored: the row after a sync.
    """

    events: int
    truth: Truth
    held: dict[str, Any]
    mirrored: dict[str, Any]


@pytest.fixture(scope="module")
def lives(grpc_stub: BillingServiceStub, stripe_sandbox: StripeSandbox) -> list[list[Step]]:
    """Each life as it is lived at the sandbox, read after every step."""
    return [
        list(_lived(grpc_stub, stripe_sandbox, trial, life, f"+1202555{number:04}"))
        for number, (trial, life) in enumerate(LIVES)
    ]


def _lived(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    trial: bool,
    life: Sequence[str],
    phone: str,
) -> Iterator[Step]:
    paid = stripe.subscribe(phone=phone, trial=trial)
    customer, subscription = paid["customer"], paid["subscription"]
    events = len(paid["event_ids"])
    for action in ("", *life):
        if action == "customer":
            stripe.object(f"customers/{customer}", "DELETE")
            events = 2
        elif action:
            events = len(stripe.control(f"subscriptions/{subscription}/{action}")["event_ids"])
        row = billing.SyncCustomer(pb.SyncCustomerRequest(stripe_customer_id=customer)).account
        held = _held(stripe, customer, subscription)
        yield Step(events, stripe.api().truth_of(customer), held, _row(row))


class Retelling(StripeApi):
    """Stripe as it was at a step of somebody's life.

    Every answer is held until it is let go, so that it may be old by then.
    """

    def __init__(self) -> None:
        super().__init__(KEY, TERMS, "http://127.0.0.1:1")  # is never called
        self._changed = threading.Condition()
        self._held: list[threading.Event] = []
        self._now = Truth()

    def goes_on(self, step: Step) -> None:
        """From now on this is the truth."""
        self._now = step.truth

    def truth_of(self, customer_id: str) -> Truth:
        truth = self._now
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


class Worker:
    """What a worker does about an event, of this customer, without what is not billing's."""

    def __init__(self, database: Database, clock: FixedClock, stripe: StripeApi, seed: int) -> None:
        self.customer = f"cus_seed{seed}"
        self.welcomes: set[str] = set()
        self.saw_access = False
        self._user_id = UUID(int=seed + 1)
        self._database = database
        self._clock = clock
        self._sync = CustomerSync(database, stripe, clock, GRACE)

    def handle(self, event: str) -> None:
        """Fetches, stores, and asks for the welcome where access is there."""
        account, _ = self._sync.run(self.customer)
        now = self._clock.now()
        if not access_at(account.subscription, now).granted:
            return
        self.saw_access = True
        with self._database.writer() as db:
            if model.record_welcome_requested(db, self._user_id, event, now):
                self.welcomes.add(event)


class Deliveries:
    """Events that arrive late, out of order and more than once; each makes a worker sync.

    What an event says is not believed, so one is as good as another; but what a worker has read of
    the first change may well be stored after what another has read of the last.
    """

    def __init__(
        self,
        worker: Worker,
        workers: ThreadPoolExecutor,
        stripe: Retelling,
        dice: random.Random,
    ) -> None:
        self._worker = worker
        self._workers = workers
        self._stripe = stripe
        self._dice = dice
        self._late = 0
        self._delivered = 0
        self._calls: list[Future[Any]] = []

    def arrive(self, events: int) -> None:
        """Some of the events now, some of them twice, the rest whenever chance has it."""
        waiting = self._late + events
        now = min(waiting, self._dice.choice((0, 0, 1, 1)))
        self._late = waiting - now
        for _ in range(now):
            self._deliver(self._dice.choice((1, 1, 2)))
        held = self._stripe.wait_until_held(self._running)
        for _ in range(self._dice.randint(0, held)):
            self._stripe.let_go(self._dice)

    def settle(self) -> None:
        """The last event, which may be late too; returns when all that arrived were handled."""
        self._deliver(self._dice.choice((1, 2)))
        while self._stripe.wait_until_held(self._running):
            self._stripe.let_go(self._dice)
        for one in self._calls:
            one.result()

    def _deliver(self, times: int) -> None:
        self._delivered += 1
        for _ in range(times):
            call = self._workers.submit(self._worker.handle, f"stripe:evt_{self._delivered}")
            call.add_done_callback(self._stripe.look_again)
            self._calls.append(call)

    def _running(self) -> int:
        return sum(not call.done() for call in self._calls)


def test_every_step_of_a_life_is_mirrored_as_stripe_has_it(lives: list[list[Step]]) -> None:
    for life, steps in zip(LIVES, lives, strict=True):
        assert [step.mirrored for step in steps] == [step.held for step in steps], life


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_a_life_shuffled_and_repeated_ends_as_stripes_object_with_one_welcome(
    billing: BillingServiceStub,
    database: Database,
    clock: FixedClock,
    lives: list[list[Step]],
    first: int,
) -> None:
    stripe = Retelling()
    with ThreadPoolExecutor(WORKERS) as workers:
        for seed in range(first, first + BATCH):
            steps = lives[seed % len(lives)]
            worker = Worker(database, clock, stripe, seed)
            news = Deliveries(worker, workers, stripe, random.Random(seed))
            for step in steps:
                stripe.goes_on(step)
                news.arrive(step.events)
            news.settle()
            request = pb.GetAccountRequest(stripe_customer_id=worker.customer)
            row = billing.GetAccount(request).account
            assert _row(row) == steps[-1].held, f"seed {seed}: {LIVES[seed % len(lives)]}"
            assert len(worker.welcomes) == worker.saw_access, f"seed {seed}"


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


def _held(stripe: StripeSandbox, customer: str, subscription: str) -> dict[str, Any]:
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
