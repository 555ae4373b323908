"""The door of identity: a request in, one model call, an answer out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

import grpc

from kit.access import current_call
from kit.audit import record_of
from kit.audit_trail import answer_list
from kit.batch import batch_to_proto, run_batch
from kit.clock import Clock
from kit.database import Database
from kit.ids import parse_uuid
from kit.logging import get_logger
from kit.paging import Page
from kit.refusals import InvalidArgument, Refusal
from kit.wire import parse_time, timestamp
from protos.identity.v1 import identity_pb2 as pb
from protos.identity.v1.identity_pb2_grpc import IdentityServiceServicer
from services.identity import model, model_unreachable
from services.identity.details import Email, Name
from services.identity.model import NONE_SUPPRESSED
from services.identity.phone_number import PhoneNumber
from services.identity.suppression import Suppression
from services.identity.tables import audit_records
from services.identity.user import Role, Unreachable, User, UserErasing, UserNotFound

log = get_logger(__name__)

Context = grpc.ServicerContext

_ROLES: Final = {pb.ROLE_SUPPORT: Role.SUPPORT, pb.ROLE_ADMIN: Role.ADMIN}
_ROLE_NUMBERS: Final = {role: number for number, role in _ROLES.items()}
_CHANGEABLE: Final = frozenset({"email", "name"})
MAXIMUM_CODE_LENGTH: Final = 20


class IdentityServicer(IdentityServiceServicer):
    """identity.v1.IdentityService on a database.

    default_region: the country of numbers written without one, ISO 3166-1 alpha-2.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        default_region: str = "US",
        suppression: Suppression = NONE_SUPPRESSED,
    ) -> None:
        self._suppression = suppression
        self._database = database
        self._clock = clock
        self._default_region = default_region

    def EnsureUser(self, request: pb.EnsureUserRequest, context: Context) -> pb.EnsureUserResponse:
        """The person with this number."""
        [ensured] = self._ensured([self._phone_number(request.phone_number)])
        if isinstance(ensured, Refusal):
            raise ensured
        return _ensured_to_proto(ensured)

    def BatchEnsureUsers(
        self, request: pb.BatchEnsureUsersRequest, context: Context
    ) -> pb.BatchEnsureUsersResponse:
        """The people with these numbers."""
        results = run_batch(
            request.requests, lambda each: self._phone_number(each.phone_number), self._ensured
        )
        return batch_to_proto(pb.BatchEnsureUsersResponse, results, _ensured_to_proto)

    def GetUser(self, request: pb.GetUserRequest, context: Context) -> pb.GetUserResponse:
        """The person with this id."""
        user_id = parse_uuid(request.user_id, "user_id")
        with self._database.reader() as db:
            return pb.GetUserResponse(user=to_proto(model.user_of(db, user_id)))

    def BatchGetUsers(
        self, request: pb.BatchGetUsersRequest, context: Context
    ) -> pb.BatchGetUsersResponse:
        """The people with these ids."""

        def found(user_ids: Sequence[UUID]) -> list[User | Refusal]:
            with self._database.reader() as db:
                users = model.users_of(db, user_ids)
            return [users.get(user_id) or UserNotFound() for user_id in user_ids]

        results = run_batch(
            request.requests, lambda each: parse_uuid(each.user_id, "user_id"), found
        )
        return batch_to_proto(
            pb.BatchGetUsersResponse,
            results,
            lambda user: pb.GetUserResponse(user=to_proto(user)),
        )

    def GetUserByPhone(
        self, request: pb.GetUserByPhoneRequest, context: Context
    ) -> pb.GetUserByPhoneResponse:
        """The person with this number."""
        phone_number = self._phone_number(request.phone_number)
        with self._database.reader() as db:
            return pb.GetUserByPhoneResponse(user=to_proto(model.user_by_phone(db, phone_number)))

    def ListUsers(self, request: pb.ListUsersRequest, context: Context) -> pb.ListUsersResponse:
        """One page of people."""
        page = Page.parse(request.page_size, request.page_token)
        role = _role(request.role) if request.role != pb.ROLE_UNSPECIFIED else None
        with self._database.list_reader() as db:
            users, token = model.list_users(db, role, page, unreachable=request.unreachable)
        masked = not request.show_phone_numbers
        return pb.ListUsersResponse(
            users=[to_proto(user, masked=masked) for user in users], next_page_token=token
        )

    def UpdateUser(self, request: pb.UpdateUserRequest, context: Context) -> pb.UpdateUserResponse:
        """Changes what the mask names."""
        user_id = parse_uuid(request.user.user_id, "user.user_id")
        paths = frozenset(request.update_mask.paths)
        if not paths or not paths <= _CHANGEABLE:
            raise InvalidArgument("update_mask", "must name email, name or both, and nothing else")
        email = Email.parse(request.user.email) if "email" in paths else None
        name = Name.parse(request.user.name) if "name" in paths else None
        at = self._clock.now()
        with self._database.writer() as db:
            db.note(f"user_id={user_id} fields={','.join(sorted(paths))}")
            user = model.update_user(db, user_id, at, email=email, name=name)
        return pb.UpdateUserResponse(user=to_proto(user))

    def GrantRole(self, request: pb.GrantRoleRequest, context: Context) -> pb.GrantRoleResponse:
        """Gives a role."""
        user_id, role = _user_and_role(request)
        with self._database.writer() as db:
            db.note(f"role={role.value}")
            user = model.grant_role(db, user_id, role, self._clock.now())
        return pb.GrantRoleResponse(user=to_proto(user))

    def RevokeRole(self, request: pb.RevokeRoleRequest, context: Context) -> pb.RevokeRoleResponse:
        """Takes a role away."""
        user_id, role = _user_and_role(request)
        with self._database.writer() as db:
            db.note(f"role={role.value}")
            user = model.revoke_role(db, user_id, role, self._clock.now())
        return pb.RevokeRoleResponse(user=to_proto(user))

    def CheckRole(self, request: pb.CheckRoleRequest, context: Context) -> pb.CheckRoleResponse:
        """Yes or no."""
        user_id, role = _user_and_role(request)
        with self._database.reader() as db:
            return pb.CheckRoleResponse(allowed=model.has_role(db, user_id, role))

    def MarkUnreachable(
        self, request: pb.MarkUnreachableRequest, context: Context
    ) -> pb.MarkUnreachableResponse:
        """Marks the number."""
        user_id = parse_uuid(request.user_id, "user_id")
        found = Unreachable(parse_time(request, "event_time"), _error_code(request.error_code))
        at = self._clock.now()
        user, changed = self._database.transact(
            lambda db: model_unreachable.mark_unreachable(db, user_id, found, at)
        )
        if changed:
            log.info("number_unreachable", user_id=str(user_id), code=found.code)
        return pb.MarkUnreachableResponse(user=to_proto(user))

    def ClearUnreachable(
        self, request: pb.ClearUnreachableRequest, context: Context
    ) -> pb.ClearUnreachableResponse:
        """Takes the mark away."""
        user_id = parse_uuid(request.user_id, "user_id")
        at = self._clock.now()
        seen_at = parse_time(request, "event_time") if request.HasField("event_time") else at
        user, changed = self._database.transact(
            lambda db: model_unreachable.clear_unreachable(db, user_id, seen_at, at)
        )
        if changed:
            log.info("number_reachable", user_id=str(user_id))
        return pb.ClearUnreachableResponse(user=to_proto(user))

    def GetIdentityStats(
        self, request: pb.GetIdentityStatsRequest, context: Context
    ) -> pb.GetIdentityStatsResponse:
        """Numbers that cannot be texted, counted."""
        with self._database.list_reader() as db:
            counts = model_unreachable.unreachable_counts(db)
        return pb.GetIdentityStatsResponse(
            unreachable_users=sum(counts.values()),
            unreachable_counts=[
                pb.UnreachableCount(error_code=code, users=users) for code, users in counts.items()
            ],
        )

    def BeginErasure(
        self, request: pb.BeginErasureRequest, context: Context
    ) -> pb.BeginErasureResponse:
        """Marks the person."""
        user_id = parse_uuid(request.user_id, "user_id")
        at = self._clock.now()
        user = self._database.transact(lambda db: model.begin_erasure(db, user_id, at))
        return pb.BeginErasureResponse(user=to_proto(user))

    def DeleteUser(self, request: pb.DeleteUserRequest, context: Context) -> pb.DeleteUserResponse:
        """Removes the row."""
        user_id = parse_uuid(request.user_id, "user_id")
        suppression = self._suppression if request.suppress_number else None
        at, call = self._clock.now(), current_call()
        with self._database.writer() as db:
            deleted = model.delete_user(db, user_id, at, suppression)
            if deleted and call is not None and call.caller.kind == "service":
                # The kit keeps records of operators; of an erasure one line stays whoever asked.
                db.execute(record_of(audit_records, replace(call, subject=str(user_id))))
        return pb.DeleteUserResponse(deleted=deleted)

    def ListAuditRecords(
        self, request: pb.ListAuditRecordsRequest, context: Context
    ) -> pb.ListAuditRecordsResponse:
        """One page of what operators did here."""
        return answer_list(self._database, audit_records, request, pb.ListAuditRecordsResponse)

    def _ensured(self, phone_numbers: Sequence[PhoneNumber]) -> list[tuple[User, bool] | Refusal]:
        """Most texts come from people who are known: those cost one read and lock nothing."""
        with self._database.reader() as reader:
            known = model.known_users(reader, phone_numbers)
        new = [phone_number for phone_number in phone_numbers if phone_number not in known]
        made: Iterator[tuple[User, bool]] = iter(())
        if new:
            at = self._clock.now()
            made = iter(
                self._database.transact(
                    lambda db: model.ensure_users(db, new, at, self._suppression)
                )
            )
        found = [
            (known[phone_number], False) if phone_number in known else next(made)
            for phone_number in phone_numbers
        ]
        return [UserErasing() if user.erasing_at else (user, first) for user, first in found]

    def _phone_number(self, text: str) -> PhoneNumber:
        return PhoneNumber.parse(text, self._default_region)


def to_proto(user: User, *, masked: bool = False) -> pb.User:
    """The person for the wire; masked: only the last four digits of the number."""
    phone_number = user.phone_number
    return pb.User(
        user_id=str(user.user_id),
        phone_number=phone_number.masked if masked else phone_number.e164,
        email=user.email,
        name=user.name,
        roles=sorted(_ROLE_NUMBERS[role] for role in user.roles),
        create_time=timestamp(user.created_at),
        update_time=timestamp(user.updated_at),
        erasing_time=timestamp(user.erasing_at),
        suppressed=user.suppressed,
        unreachable_time=timestamp(user.unreachable.since if user.unreachable else None),
        unreachable_code=user.unreachable.code if user.unreachable else "",
    )


def _ensured_to_proto(ensured: tuple[User, bool]) -> pb.EnsureUserResponse:
    user, created = ensured
    return pb.EnsureUserResponse(user=to_proto(user), created=created)


def _user_and_role(
    request: pb.GrantRoleRequest | pb.RevokeRoleRequest | pb.CheckRoleRequest,
) -> tuple[UUID, Role]:
    return parse_uuid(request.user_id, "user_id"), _role(request.role)


def _role(number: pb.Role.ValueType) -> Role:
    role = _ROLES.get(number)
    if role is None:
        raise InvalidArgument("role", "must be ROLE_SUPPORT or ROLE_ADMIN")
    return role


def _error_code(text: str) -> str:
    if not text.isascii() or not text.isdigit() or len(text) > MAXIMUM_CODE_LENGTH:
        raise InvalidArgument("error_code", f"must be 1 to {MAXIMUM_CODE_LENGTH} digits")
    return text
