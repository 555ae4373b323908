"""Payments are brought back for as many as can be, and offered to the queue in pages."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest

from kit.refusals import ReceivedRefusal
from protos.billing.v1 import billing_pb2 as billing
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1 import jobs_pb2 as jobs
from respite.payment_customers import Customer, Customers
from respite.payment_jobs import JOBS_AT_ONCE, queue
from respite.payments import AWAY_IN_A_ROW, go_through
from respite.payments_report import Became, Report
from respite.services import CallFailed, Services

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def failed(code: grpc.StatusCode) -> CallFailed:
    return CallFailed("billing", "localhost:1", ReceivedRefusal(code.name, "billing", code, ""))


AWAY, BROKEN = failed(grpc.StatusCode.UNAVAILABLE), failed(grpc.StatusCode.INTERNAL)


def people(count: int) -> list[Customer]:
    changes = [billing.StripeChange(change_id=f"evt_{n}") for n in range(count)]
    return [Customer(f"cus_{n}", [change], ()) for n, change in enumerate(changes)]


def test_one_who_fails_is_tried_once_more_and_then_told_of_by_id() -> None:
    report, tried = Report(by_events=True), []

    def work(customer: Customer) -> Became | CallFailed:
        tried.append(customer.customer_id)
        match customer.customer_id:
            case "cus_0":
                return AWAY
            case "cus_3":
                return AWAY if tried.count("cus_3") == 1 else Became.SYNCED
            case "cus_5":
                return BROKEN
        return Became.LINKED

    done = go_through(people(20), work, report)
    assert report.counts == {Became.LINKED: 17, Became.SYNCED: 1, Became.REFUSED: 2}
    assert sorted(report.refused) == ["cus_0", "cus_5"]
    assert len(done) == 18
    assert (tried.count("cus_0"), tried.count("cus_5")) == (2, 1)


def test_where_all_fail_the_service_is_away() -> None:
    report = Report(by_events=True)
    with pytest.raises(CallFailed):
        go_through(people(AWAY_IN_A_ROW), lambda customer: AWAY, report)
    assert not report.customers


def test_a_payment_that_is_linked_to_an_id_of_nobody_becomes_nobodys() -> None:
    synced = billing.BillingAccount(
        user_id="mistyped", stripe_customer_id="cus_1", stripe_subscription_id="sub_1"
    )

    def get_user(request: identity.GetUserRequest) -> None:
        missing = ReceivedRefusal("USER_NOT_FOUND", "identity", grpc.StatusCode.NOT_FOUND, "")
        raise CallFailed("identity", "localhost:1", missing)

    def unlink(request: billing.UnlinkCustomerRequest) -> billing.UnlinkCustomerResponse:
        assert (request.user_id, request.person_unknown) == ("mistyped", True)
        parked = billing.BillingAccount(stripe_customer_id="cus_1", stripe_subscription_id="sub_1")
        return billing.UnlinkCustomerResponse(account=parked)

    services: Any = SimpleNamespace(
        identity=SimpleNamespace(GetUser=get_user),
        billing=SimpleNamespace(
            GetAccount=lambda _: billing.GetAccountResponse(account=synced),
            SyncCustomer=lambda _, timeout: billing.SyncCustomerResponse(account=synced),
            UnlinkCustomer=unlink,
        ),
    )
    customers = Customers(cast(Services, services))
    customer = Customer("cus_1", [], ())
    assert customers.look(customer) == Became.MISSING
    assert customers.bring_up_to_date(customer) == Became.NOBODYS


def test_a_refused_job_keeps_no_other_from_the_queue_which_takes_a_thousand_at_once() -> None:
    asked: list[int] = []

    def enqueue(request: jobs.EnqueueJobsRequest, timeout: float) -> jobs.EnqueueJobsResponse:
        asked.append(len(request.jobs))
        return jobs.EnqueueJobsResponse(results=[result(job.key) for job in request.jobs])

    def result(key: str) -> jobs.EnqueueResult:
        if key == "stripe:evt_7":
            refused = jobs.ItemStatus(reason="BODY_DIFFERS", message="The key is known.")
            return jobs.EnqueueResult(error=refused)
        return jobs.EnqueueResult(job=jobs.EnqueuedJob(created=key != "stripe:evt_8"))

    services: Any = SimpleNamespace(jobs=SimpleNamespace(EnqueueJobs=enqueue))
    report = Report(by_events=True)
    changes = [billing.StripeChange(change_id=f"evt_{n}") for n in range(JOBS_AT_ONCE + 5)]
    queue(cast(Services, services), changes, NOW, report)
    assert asked == [JOBS_AT_ONCE, 5]
    assert (report.queued, report.known) == (JOBS_AT_ONCE + 3, 1)
    assert report.refused == {"evt_7": "jobs: BODY_DIFFERS: The key is known."}
    assert not report.is_whole
