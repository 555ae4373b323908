"""Every look-up of billing uses its index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest

from kit.database import Database, DbReader
from kit.migrations import drift
from kit.paging import Page
from services.billing import model, model_pages
from services.billing.access import DEFAULT_GRACE
from services.billing.tables import metadata
from tests.databases import Databases
from tests.plans import plans_of

SOMEBODY = UUID("01936f6e-0000-7000-8000-000000000001")
MANY = [UUID(int=SOMEBODY.int + n) for n in range(200)]  # as a worker asks for in one call
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

Read = Callable[[DbReader], object]


@pytest.fixture(scope="module")
def many_accounts(databases: Databases) -> Iterator[str]:
    """The admin's URL of a database with 20,000 accounts, one in a hundred past due."""
    databases.truncate("billing")
    admin_url = databases["billing"].admin
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(
            "INSERT INTO billing.billing_accounts (stripe_customer_id, user_id,"
            " stripe_subscription_id, status, created_at, updated_at)"
            " SELECT 'cus_' || lpad(n::text, 8, '0'), gen_random_uuid(), 'sub_' || n,"
            " CASE WHEN n % 100 = 0 THEN 'past_due' ELSE 'active' END, now(), now()"
            " FROM generate_series(1, 20000) n"
        )
        admin.execute(
            "INSERT INTO billing.welcome_requests"
            " SELECT user_id, 'key', now(), now(), now() FROM billing.billing_accounts"
        )
        admin.execute(
            "INSERT INTO billing.refused_pages"
            " SELECT md5(n::text), 1, now(), now() FROM generate_series(1, 20000) n"
        )
        admin.execute(
            "INSERT INTO billing.checkout_pages"
            " SELECT 'cs_' || n, gen_random_uuid(), NULL, now(), now()"
            " FROM generate_series(1, 20000) n"
        )
    yield admin_url
    databases.truncate("billing")


def test_tables_in_the_code_are_those_of_the_migrations(databases: Databases) -> None:
    assert drift("billing", metadata, databases["billing"].admin) == []


@pytest.mark.parametrize(
    ("read", "index"),
    [
        (
            lambda db: model.access_of_user(db, SOMEBODY, NOW, DEFAULT_GRACE),
            "billing_accounts_by_user",
        ),
        (
            lambda db: model.living_customers(db, SOMEBODY, NOW, DEFAULT_GRACE),
            "billing_accounts_by_user",
        ),
        (
            lambda db: model.access_of_users(db, MANY, NOW, DEFAULT_GRACE),
            "billing_accounts_by_user",
        ),
        (lambda db: model_pages.refusals_of(db, "0af3"), "refused_pages_by_page"),
        (lambda db: model_pages.open_pages(db, SOMEBODY), "checkout_pages_by_user"),
        (lambda db: model.known_account(db, "cus_1"), "billing_accounts_by_stripe_customer"),
        (
            lambda db: model.list_accounts(db, "", Page(50, ("cus_00010000",))),
            "billing_accounts_by_stripe_customer",
        ),
        (
            lambda db: model.list_accounts(db, "past_due", Page(50, ("cus_00010000",))),
            "billing_accounts_by_status",
        ),
    ],
)
def test_look_ups_use_their_index(
    database: Database, many_accounts: str, read: Read, index: str
) -> None:
    plans = plans_of(database, many_accounts, read)
    assert index in plans
    assert ("welcome_requests_by_user" in plans) is ("welcome_requests" in plans)
    assert "Seq Scan" not in plans
