"""Who a phone number is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import grpc
from google.protobuf.message import Message

from kit import gatherer
from kit.wire import timestamp
from protos.identity.v1 import identity_pb2 as identity
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from services.jobs.workflows.clients.calls import DEADLINE, is_refused

_SERVICE = identity.DESCRIPTOR.services_by_name["IdentityService"]


class Identity:
    """Who a phone number is.

    gather: whether concurrent calls travel together, see `kit.gatherer`.
    """

    def __init__(self, channel: grpc.aio.Channel, gather: bool) -> None:
        stub = IdentityServiceStub(channel)
        self._stub = gatherer.gather(stub, _SERVICE) if gather else stub

    async def ensure_user(self, phone_number: str) -> identity.User:
        """The person with this number, made at their first text."""
        request = identity.EnsureUserRequest(phone_number=phone_number)
        return (await self._stub.EnsureUser(request, timeout=DEADLINE)).user

    async def mark_unreachable(self, user_id: str, code: str, at: datetime) -> None:
        """Keeps that the person's number takes no texts; at: when one to it began."""
        await self._unless_gone(
            self._stub.MarkUnreachable,
            identity.MarkUnreachableRequest(
                user_id=user_id, error_code=code, event_time=timestamp(at)
            ),
        )

    async def clear_unreachable(self, user_id: str, at: datetime) -> None:
        """Takes that back: the person wrote then."""
        await self._unless_gone(
            self._stub.ClearUnreachable,
            identity.ClearUnreachableRequest(user_id=user_id, event_time=timestamp(at)),
        )

    async def _unless_gone(self, call: Callable[..., Awaitable[Any]], request: Message) -> None:
        """Somebody who was erased meanwhile needs nothing."""
        try:
            await call(request, timeout=DEADLINE)
        except grpc.aio.AioRpcError as error:
            if not is_refused(error, "USER_NOT_FOUND"):
                raise

    async def begin_erasure(self, user_id: str) -> identity.User | None:
        """Marks the person as being erased, once; None where they are gone."""
        try:
            request = identity.BeginErasureRequest(user_id=user_id)
            return (await self._stub.BeginErasure(request, timeout=DEADLINE)).user
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "USER_NOT_FOUND"):
                return None
            raise

    async def delete_user(self, user_id: str, *, suppress_number: bool) -> None:
        """Removes the person; suppress_number: and never texts their number again."""
        request = identity.DeleteUserRequest(user_id=user_id, suppress_number=suppress_number)
        await self._stub.DeleteUser(request, timeout=DEADLINE)

    async def knows(self, user_id: str) -> bool:
        """Whether there is somebody with this id, also one who is being erased."""
        try:
            await self._stub.GetUser(identity.GetUserRequest(user_id=user_id), timeout=DEADLINE)
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "USER_NOT_FOUND"):
                return False
            raise
        return True

    async def find_user(self, user_id: str) -> identity.User | None:
        """The person with this id; None where there is none, or who is being erased, or no id."""
        try:
            request = identity.GetUserRequest(user_id=user_id)
            user = (await self._stub.GetUser(request, timeout=DEADLINE)).user
            return None if user.HasField("erasing_time") else user
        except grpc.aio.AioRpcError as error:
            if error.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT):
                return None
            raise
