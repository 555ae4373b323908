"""Every look-up on the path of a text uses its index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import psycopg
import pytest

from kit.database import Database, DbReader
from kit.migrations import drift
from kit.paging import Page
from services.identity import model, model_unreachable
from services.identity.phone_number import PhoneNumber
from services.identity.tables import metadata, users
from services.identity.user import Role
from tests.databases import Databases
from tests.plans import plans_of

PHONE = PhoneNumber.parse("+12025550101")
SOMEBODY = UUID("01936f6e-0000-7000-8000-000000000001")
# As many as a worker asks for in one call.
MANY = [UUID(int=SOMEBODY.int + n) for n in range(200)]
MANY_NUMBERS = [PhoneNumber.parse(f"+1202{5550000 + n}") for n in range(200)]

Read = Callable[[DbReader], object]


@pytest.fixture(scope="module")
def many_people(databases: Databases) -> Iterator[str]:
    """The admin's URL of a database with 20,000 people and 200 operators."""
    databases.truncate("identity")
    admin_url = databases["identity"].admin
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(
            "INSERT INTO identity.users"
            " SELECT gen_random_uuid(), '+1202' || (5550000 + n), '', '',"
            " CASE WHEN n % 100 = 0 THEN ARRAY['admin'] ELSE '{}' END, now(), now()"
            " FROM generate_series(1, 20000) n"
        )
        admin.execute(
            "UPDATE identity.users SET unreachable_at = now(), unreachable_code = '30006'"
            " WHERE phone_number LIKE '%77'"
        )
        # as old tables look to the planner, so that a bitmap is no better than the order
        admin.execute("CLUSTER identity.users USING users_pkey")
    yield admin_url
    databases.truncate("identity")


def test_tables_in_the_code_are_those_of_the_migrations(databases: Databases) -> None:
    assert drift("identity", metadata, databases["identity"].admin) == []


def test_users_hold_who_they_are_and_nothing_that_happens_to_them() -> None:
    who = {"user_id", "phone_number", "email", "name", "roles"}
    rare = {"created_at", "updated_at", "erasing_at", "suppressed"}
    rare |= {"unreachable_at", "unreachable_code"}
    assert set(users.c.keys()) == who | rare


@pytest.mark.parametrize(
    ("read", "index"),
    [
        (lambda db: model.known_users(db, [PHONE]), "users_by_phone"),
        (lambda db: model.known_users(db, MANY_NUMBERS), "users_by_phone"),
        (lambda db: model.users_of(db, MANY), "users_pkey"),
        (lambda db: model.user_by_phone(db, PHONE), "users_by_phone"),
        (lambda db: model.has_role(db, SOMEBODY, Role.ADMIN), "users_pkey"),
        (lambda db: model.list_users(db, None, Page(50, (SOMEBODY,))), "users_pkey"),
        (lambda db: model.list_users(db, Role.ADMIN, Page(50, (SOMEBODY,))), "users_with_roles"),
        (
            lambda db: model.list_users(db, None, Page(50, (SOMEBODY,)), unreachable=True),
            "users_unreachable",
        ),
        (model_unreachable.unreachable_counts, "users_unreachable"),
    ],
)
def test_look_ups_use_their_index(
    database: Database, many_people: str, read: Read, index: str
) -> None:
    plans = plans_of(database, many_people, read)
    assert index in plans
    assert "Seq Scan" not in plans
