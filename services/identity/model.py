"""People and roles: the rules, and every query of the schema `identity`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from kit.arrays import any_of, as_given, one_of, rows_given
from kit.binary_arrays import byteas, texts, uuids
from kit.database import AnyRow, DbReader, DbWriter
from kit.ids import uuid7
from kit.paging import Page
from services.identity.details import Email, Name
from services.identity.phone_number import PhoneNumber
from services.identity.suppression import Suppression
from services.identity.tables import suppressed_numbers, users
from services.identity.user import Role, Unreachable, User, UserNotFound

NONE_SUPPRESSED: Final = Suppression()
# Who passes where a role is asked for: an admin may do whatever support may.
_HOLDERS: Final[Mapping[Role, frozenset[Role]]] = {
    Role.SUPPORT: frozenset({Role.SUPPORT, Role.ADMIN}),
    Role.ADMIN: frozenset({Role.ADMIN}),
}

_COLUMNS: Final = (
    users.c.user_id,
    users.c.phone_number,
    users.c.email,
    users.c.name,
    as_given(users.c.roles),
    users.c.created_at,
    users.c.updated_at,
    users.c.erasing_at,
    users.c.suppressed,
    users.c.unreachable_at,
    users.c.unreachable_code,
)


_BY_ID: Final = sa.select(*_COLUMNS).where(any_of(users.c.user_id, "user_ids"))


def user_of(db: DbReader, user_id: UUID) -> User:
    """The person with this id. Raises UserNotFound."""
    user = users_of(db, [user_id]).get(user_id)
    if user is None:
        raise UserNotFound
    return user


def users_of(db: DbReader, user_ids: Collection[UUID]) -> dict[UUID, User]:
    """The people with these ids, as far as they are known."""
    rows = db.rows(_BY_ID, {"user_ids": uuids(user_ids)})
    return {row.user_id: _user(row) for row in rows}


def user_by_phone(db: DbReader, phone_number: PhoneNumber) -> User:
    """The person with this number. Raises UserNotFound."""
    user = known_users(db, [phone_number]).get(phone_number)
    if user is None:
        raise UserNotFound
    return user


def known_users(db: DbReader, phone_numbers: Collection[PhoneNumber]) -> dict[PhoneNumber, User]:
    """The people with these numbers, without those that never appeared."""
    numbers = [phone_number.e164 for phone_number in phone_numbers]
    rows = db.rows(sa.select(*_COLUMNS).where(one_of(users.c.phone_number, numbers)))
    return {user.phone_number: user for user in map(_user, rows)}


def ensure_user(db: DbWriter, phone_number: PhoneNumber, at: datetime) -> tuple[User, bool]:
    """The person with this number, and whether this call made them. See `ensure_users`."""
    [ensured] = ensure_users(db, [phone_number], at)
    return ensured


def ensure_users(
    db: DbWriter,
    phone_numbers: Sequence[PhoneNumber],
    at: datetime,
    suppression: Suppression = NONE_SUPPRESSED,
) -> list[tuple[User, bool]]:
    """The person with each number, and whether it is the first here, and made by this call.

    at: now, kept as the time of creation. Concurrent calls make one person of a number.
    """
    ids = {phone_number.e164: uuid7() for phone_number in phone_numbers}
    hashes = {each.e164: suppression.hash_if_known(each) for each in phone_numbers}
    params = {
        "given_user_id": uuids(ids.values()),
        "given_phone_number": texts(ids),
        "given_number_hash": byteas(hashes.values()),
        "at": at,
    }
    found = {user.phone_number: user for user in map(_user, db.rows(_ENSURED, params))}
    ensured = []
    for phone_number in phone_numbers:
        user = found[phone_number]
        ensured.append((user, user.user_id == ids.pop(phone_number.e164, None)))
    return ensured


def _new_users() -> sa.Select[Any]:
    """Rows of _COLUMNS for people of whom only the number is known."""
    given = rows_given(users.c.user_id, users.c.phone_number, suppressed_numbers.c.number_hash)
    known = suppressed_numbers.c.number_hash == given.c.number_hash
    moment = sa.bindparam("at", type_=users.c.created_at.type)
    # In order of the number, so that two batches wait for each other and not in turn.
    return sa.select(
        given.c.user_id,
        given.c.phone_number,
        sa.literal(""),
        sa.literal(""),
        sa.literal([], users.c.roles.type),
        moment,
        moment,
        sa.null(),
        sa.exists().where(known),
        sa.null(),
        sa.null(),
    ).order_by(given.c.phone_number)


def _ensured() -> ReturningInsert[Any]:
    made = insert(users).from_select([column.name for column in _COLUMNS], _new_users())
    # An update that changes nothing, where DO NOTHING would return no row: the person may have
    # been deleted again before a second statement could look.
    return made.on_conflict_do_update(
        index_elements=[users.c.phone_number], set_={"phone_number": made.excluded.phone_number}
    ).returning(*_COLUMNS)


_ENSURED: Final = _ensured()


def list_users(
    db: DbReader, role: Role | None, page: Page, *, unreachable: bool = False
) -> tuple[Sequence[User], str]:
    """One page of people, oldest first, and the token of the next ("" on the last).

    role: only those who were granted exactly this one; None for everybody. unreachable: only those
    whose numbers cannot be texted.
    """
    stmt = sa.select(*_COLUMNS)
    if unreachable:
        stmt = stmt.where(users.c.unreachable_at.is_not(None))
    if role is not None:
        held = users.c.roles.contains([role.value])
        stmt = stmt.where(sa.func.cardinality(users.c.roles) > 0, held)
    rows = db.rows(page.select(stmt, users.c.user_id))
    return page.cut([_user(row) for row in rows], key=lambda user: (user.user_id,))


def update_user(
    db: DbWriter,
    user_id: UUID,
    at: datetime,
    *,
    email: Email | None = None,
    name: Name | None = None,
) -> User:
    """The person after the change; None leaves a field as it is. Raises UserNotFound."""
    values: dict[str, object] = {"updated_at": at}
    if email is not None:
        values["email"] = email.text
    if name is not None:
        values["name"] = name.text
    stmt = sa.update(users).where(users.c.user_id == user_id).values(values)
    return _found(db.row(stmt.returning(*_COLUMNS)))


def grant_role(db: DbWriter, user_id: UUID, role: Role, at: datetime) -> User:
    """The person, who now holds the role. Raises UserNotFound."""
    roles = sa.func.array_append(users.c.roles, role.value)
    held = users.c.roles.contains([role.value])
    return _set_roles(db, user_id, roles, ~held, at)


def revoke_role(db: DbWriter, user_id: UUID, role: Role, at: datetime) -> User:
    """The person, who no longer holds the role. Raises UserNotFound."""
    roles = sa.func.array_remove(users.c.roles, role.value)
    held = users.c.roles.contains([role.value])
    return _set_roles(db, user_id, roles, held, at)


def grant_admin(db: DbWriter, phone_number: PhoneNumber, at: datetime) -> User:
    """The person with this number, made if need be, as an admin: how the first one comes to be."""
    user, _ = ensure_user(db, phone_number, at)
    return grant_role(db, user.user_id, Role.ADMIN, at)


def has_role(db: DbReader, user_id: UUID, role: Role) -> bool:
    """Whether the person holds the role or one that includes it; False for an unknown person."""
    held = db.scalar(sa.select(users.c.roles).where(users.c.user_id == user_id))
    return not _HOLDERS[role].isdisjoint(Role(text) for text in held or ())


def begin_erasure(db: DbWriter, user_id: UUID, at: datetime) -> User:
    """The person, marked as being erased since the first such call. Raises UserNotFound."""
    since = sa.func.coalesce(users.c.erasing_at, at)
    stmt = sa.update(users).where(users.c.user_id == user_id).values(erasing_at=since)
    return _found(db.row(stmt.returning(*_COLUMNS)))


def delete_user(
    db: DbWriter, user_id: UUID, at: datetime, suppression: Suppression | None = None
) -> bool:
    """Removes the person; False where they were gone already.

    suppression: by which their number is remembered as one that is never texted again; None for
    somebody who never asked for that. Raises SuppressionKeyMissing, and then removes nobody.
    """
    stmt = sa.delete(users).where(users.c.user_id == user_id).returning(users.c.phone_number)
    number = db.scalar(stmt)
    if number is None:
        return False
    if suppression is not None:
        kept = insert(suppressed_numbers).values(
            number_hash=suppression.hash_of(PhoneNumber(number)), created_at=at, updated_at=at
        )
        db.execute(kept.on_conflict_do_nothing())
    return True


def changed_user(
    db: DbWriter, user_id: UUID, differs: sa.ColumnElement[bool], values: Mapping[str, object]
) -> tuple[User, bool]:
    """The person, changed in one statement where `differs` holds, and whether it did.

    Raises UserNotFound.
    """
    stmt = sa.update(users).where(users.c.user_id == user_id, differs)
    row = db.row(stmt.values(**values).returning(*_COLUMNS))
    return (user_of(db, user_id), False) if row is None else (_user(row), True)


def _set_roles(
    db: DbWriter,
    user_id: UUID,
    roles: sa.ColumnElement[list[str]],
    differs: sa.ColumnElement[bool],
    at: datetime,
) -> User:
    user, _ = changed_user(db, user_id, differs, {"roles": roles, "updated_at": at})
    return user


def _found(row: AnyRow | None) -> User:
    if row is None:
        raise UserNotFound
    return _user(row)


def _user(row: AnyRow) -> User:
    user_id, phone_number, email, name, roles, created_at, updated_at, *rare = row
    erasing_at, suppressed, unreachable_at, code = rare
    return User(
        user_id=user_id,
        phone_number=PhoneNumber(phone_number),
        email=email,
        name=name,
        roles=frozenset(Role(text) for text in roles),
        created_at=created_at,
        updated_at=updated_at,
        erasing_at=erasing_at,
        suppressed=suppressed,
        unreachable=None if unreachable_at is None else Unreachable(unreachable_at, code),
    )
