"""A Stripe that takes requests and answers none costs nobody who has paid their answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import grpc
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from kit.channel import channel
from kit.refusals import refusal_of
from kit.tls import issue, make_ca
from protos.billing.v1 import billing_pb2 as pb
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from respite import billing as billing_process
from services.billing.stripe_bulkhead import AT_ONCE, Bulkhead, BulkheadFull
from tests.billing.stripe_sandbox import KEY, PRICE, StripeSandbox
from tests.databases import Databases

PERSON = str(uuid4())
OF_A_WORKER = 48  # jobs at once that may ask Stripe


@pytest.fixture
def billing(
    databases: Databases, stripe: StripeSandbox, tmp_path: Path
) -> Iterator[BillingServiceStub]:
    """The process as it runs, as a worker calls it."""
    make_ca(tmp_path)
    issue(tmp_path, "billing", "respite://service/billing")
    databases.truncate("billing")
    process = billing_process.build(
        billing_process.BillingSettings(
            tls_dir=tmp_path,
            billing_port=0,
            billing_metrics_port=0,
            billing_database_url=SecretStr(databases["billing"].writer),
            billing_reader_database_url=SecretStr(databases["billing"].reader),
            stripe_secret_key=SecretStr(KEY),
            stripe_price_id=PRICE,
            stripe_base_url=stripe.url,
        ),
        registry=CollectorRegistry(),
        beat=0.0,
    )
    process.start()
    yield BillingServiceStub(
        channel(
            f"dns:///localhost:{process.port}",
            issue(tmp_path, "worker", "respite://service/worker"),
            service="billing.v1.BillingService",
            registry=CollectorRegistry(),
        )
    )
    stripe.reset()
    process.stop(0)


def test_who_has_paid_is_answered_while_a_workers_jobs_hang_at_stripe(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    paid = stripe.subscribe()["customer"]
    billing.SyncCustomer(pb.SyncCustomerRequest(stripe_customer_id=paid))
    billing.LinkCustomer(pb.LinkCustomerRequest(user_id=PERSON, stripe_customer_id=paid))
    stripe.fault("timeout", seconds=60)
    before = len(stripe.asked())
    request = pb.SyncCustomerRequest(stripe_customer_id=paid)
    hanging = [billing.SyncCustomer.future(request, timeout=60) for _ in range(OF_A_WORKER)]
    deadline = time.monotonic() + 30
    while len(stripe.asked()) < before + AT_ONCE:
        assert time.monotonic() < deadline, "nobody asks Stripe"
    answered = billing.GetAccess(pb.GetAccessRequest(user_id=PERSON), timeout=2)
    assert answered.access.granted
    refusals = []
    for call in hanging:
        with pytest.raises(grpc.RpcError) as error:
            call.result()
        refusals.append(refusal_of(error.value))
    assert {(each.reason, each.retry_after is None) for each in refusals} == {
        ("STRIPE_UNAVAILABLE", False)
    }


def test_a_burst_waits_for_a_place_as_long_as_stripe_answers() -> None:
    bulkhead, began, answers = Bulkhead(1, patience=60), Event(), Event()

    def ask() -> None:
        with bulkhead.place():
            began.set()
            answers.wait(60)

    asking = Thread(target=ask)
    asking.start()
    assert began.wait(60)
    waiting = Thread(target=ask)
    waiting.start()
    answers.set()
    for each in (asking, waiting):
        each.join(60)
        assert not each.is_alive()


def test_once_the_wait_was_too_short_others_are_refused_at_once_until_somebody_leaves() -> None:
    bulkhead = Bulkhead(1, patience=1)
    with bulkhead.place():
        assert seconds_until_refused(bulkhead) >= 1
        assert seconds_until_refused(bulkhead) < 1
    with bulkhead.place():
        assert seconds_until_refused(bulkhead) >= 1


def seconds_until_refused(bulkhead: Bulkhead) -> float:
    began = time.monotonic()
    with pytest.raises(BulkheadFull), bulkhead.place():
        pass
    return time.monotonic() - began
