"""What operators are told of all accounts at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from kit.clock import FixedClock
from kit.database import Database
from kit.ids import uuid7
from protos.billing.v1 import billing_pb2 as pb
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from services.billing.access import DEFAULT_GRACE, Subscription
from services.billing.model import delete_account, store_truth
from services.billing.model_links import link_customer
from services.billing.model_stats import billing_stats
from tests.databases import Databases
from tests.plans import plans_of, settle_down

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)

_FILL = """
INSERT INTO billing.billing_accounts (stripe_customer_id, user_id, stripe_subscription_id, status,
  unpaid_since, paid_until, created_at, updated_at)
SELECT 'cus_' || n, CASE WHEN n % 1000 > 0 THEN gen_random_uuid() END,
  CASE WHEN n % 10 > 0 THEN 'sub_' || n END,
  CASE WHEN n % 10 = 0 THEN NULL WHEN n % 100 = 1 THEN 'past_due' WHEN n % 10 = 2 THEN 'canceled'
    ELSE 'active' END,
  CASE WHEN n % 100 = 1 THEN timestamptz '2026-11-23 09:00+00' - n * interval '1 minute' END,
  CASE WHEN n % 10 = 2
    THEN timestamptz '2026-11-23 09:00+00' - (n - 1002) * interval '1 minute' END,
  now(), now()
FROM generate_series(1, 100000) n
"""


@pytest.fixture
def many_accounts(databases: Databases) -> Iterator[str]:
    """The admin's URL of a database of 100,000 accounts, one in a thousand of nobody."""
    databases.truncate("billing")
    admin_url = databases["billing"].admin
    with psycopg.connect(admin_url, autocommit=True) as admin:
        # or VACUUM finds commits that are not on disk, and marks no page as visible to all
        admin.execute("SET synchronous_commit = on")
        admin.execute(_FILL)
        settle_down(admin, "billing.billing_accounts")
    yield admin_url
    databases.truncate("billing")


def test_accounts_are_counted_by_status_access_and_whether_they_are_somebodys(
    billing: BillingServiceStub, database: Database, clock: FixedClock
) -> None:
    now = clock.now()
    held = (
        Subscription("sub_1", "active"),
        Subscription("sub_2", "active"),
        Subscription("sub_3", "trialing"),
        Subscription("sub_4", "past_due", unpaid_since=now - DEFAULT_GRACE + SECOND),
        Subscription("sub_5", "past_due", unpaid_since=now - DEFAULT_GRACE),
        Subscription("sub_6", "past_due"),
        Subscription("sub_7", "canceled", paid_until=now + SECOND),
        Subscription("sub_8", "canceled", paid_until=now),
        Subscription("sub_9", "unpaid", paid_until=now + DAY),
        None,
        None,
    )
    people = [uuid7() for _ in held]
    with database.writer() as db:
        for number, subscription in enumerate(held):
            store_truth(db, f"cus_{number}", 0, subscription, now, customer_deleted=False)
            if number not in (1, 10):
                link_customer(db, f"cus_{number}", people[number], now)
        delete_account(db, people[8], now)

    found = billing.GetBillingStats(pb.GetBillingStatsRequest())

    assert [(each.status, each.accounts) for each in found.statuses] == [
        ("", 2),
        ("active", 2),
        ("canceled", 2),
        ("past_due", 3),
        ("trialing", 1),
        ("unpaid", 1),
    ]
    assert found.accounts_in_grace == 1
    assert found.parked_accounts == 2
    # and the rules of access, account by account, agree
    listed = billing.ListAccounts(pb.ListAccountsRequest()).accounts
    assert found.accounts_with_access == 5 == sum(each.access.granted for each in listed)


@pytest.mark.slow
def test_a_hundred_thousand_accounts_are_counted_by_indexes_alone(
    database: Database, many_accounts: str
) -> None:
    plans = plans_of(database, many_accounts, lambda db: billing_stats(db, NOW, DEFAULT_GRACE))
    for index in ("by_status", "past_due", "canceled", "parked"):
        assert f"Index Only Scan using billing_accounts_{index} " in plans
    assert "Seq Scan" not in plans
    with database.list_reader() as db:
        counted = billing_stats(db, NOW, DEFAULT_GRACE)
    assert counted.statuses == {"": 10_000, "past_due": 1_000, "canceled": 10_000, "active": 79_000}
    # 1, 101, … before the 10,080th minute; of the canceled ones those up to 1,001
    assert counted.in_grace == 101
    assert counted.with_access == 79_000 + 101 + 100
    assert counted.parked == 100
