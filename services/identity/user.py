"""A person as identity knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

import grpc

from kit.refusals import Refusal
from services.identity.phone_number import PhoneNumber


class UserErasing(Refusal):
    """This person is being erased; try again once they are gone."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class UserNotFound(Refusal):
    """No such person is known."""

    code = grpc.StatusCode.NOT_FOUND


class Role(Enum):
    """What an operator may do; the values are stored, and named in the access rules."""

    SUPPORT = "support"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A number that cannot be texted. since: when the text began that showed it, aware. code: the
    provider's, for the reason."""

    since: datetime
    code: str


@dataclass(frozen=True, slots=True)
class User:
    """One person.

    roles: those granted, not those included. email, name: "" where unknown. Times: aware, UTC.
    erasing_at: None unless they are being erased. suppressed: not to be texted until they opt in.
    unreachable: None where their number takes texts as far as we know.
    """

    user_id: UUID
    phone_number: PhoneNumber
    email: str
    name: str
    roles: frozenset[Role]
    created_at: datetime
    updated_at: datetime
    erasing_at: datetime | None
    suppressed: bool
    unreachable: Unreachable | None
