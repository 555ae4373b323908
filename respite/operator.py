"""Making somebody an admin on identity's database: how the first operator comes to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from kit.clock import SystemClock
from kit.database import Database
from respite.migrate import NotConfigured, value_of
from services.identity import model
from services.identity.phone_number import PhoneNumber
from services.identity.user import UserNotFound

# The operator of a development run. 555-01xx numbers belong to nobody (NANPA, fiction).
DEVELOPMENT_PHONE: Final = "+12025550100"


def grant_admin(environment: Mapping[str, str], phone: str) -> UUID:
    """Makes the person with this number, if need be, and an admin of them; returns their id.

    Whoever has identity's writer URL may do this; there is no other way to the first admin.
    Raises NotConfigured, kit.refusals.InvalidArgument for a bad number, StoreUnavailable.
    """
    number = PhoneNumber.parse(phone)
    with _identity(environment) as database, database.writer() as db:
        return model.grant_admin(db, number, SystemClock().now()).user_id


def exists(environment: Mapping[str, str], user_id: UUID) -> bool:
    """Whether identity knows this person. Raises as `grant_admin`."""
    with _identity(environment) as database, database.reader() as db:
        try:
            model.user_of(db, user_id)
        except UserNotFound:
            return False
        return True


@contextmanager
def _identity(environment: Mapping[str, str]) -> Iterator[Database]:
    urls = {
        name: value_of(environment, name)
        for name in ("IDENTITY_DATABASE_URL", "IDENTITY_READER_DATABASE_URL")
    }
    if not all(urls.values()):
        missing = (name for name, url in urls.items() if not url)
        raise NotConfigured("\n".join(f"{name}: is not set" for name in missing))
    writer, reader = urls.values()
    database = Database(
        "identity", writer, reader, pool_size=1, application_name="respite-operator"
    )
    try:
        yield database
    finally:
        database.dispose()
