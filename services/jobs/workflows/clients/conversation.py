"""What was said, and the send ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import grpc

from kit import gatherer
from kit.refusals import refusal_of
from kit.wire import timestamp
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from services.jobs.workflows.clients.calls import DEADLINE, is_refused

A_MINUTE = timedelta(minutes=1)


class AlreadyAnswered(Exception):
    """Another text answers one of these already."""


class EarlierUnanswered(Exception):
    """A text that was written before one of these waits too, and was recorded meanwhile."""


class HeldBack(Exception):
    """A text may not leave yet. retry_after: when it may, or when there may be room again."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after


class OutboundLimitReached(HeldBack):
    """As many texts left in the last hour as may."""


class SendRateReached(HeldBack):
    """The number sends as fast as it may; the text has its turn then."""


_HELD_BACK: Final[Mapping[str, type[HeldBack]]] = {
    "OUTBOUND_LIMIT_REACHED": OutboundLimitReached,
    "SEND_RATE_REACHED": SendRateReached,
}


class StaleSummary(Exception):
    """Another summary was stored meanwhile, or all that it is of was deleted."""


_SERVICE = conversation.DESCRIPTOR.services_by_name["ConversationService"]


class Conversation:
    """What was said, and the send ledger.

    gather: whether concurrent calls travel together, see `kit.gatherer`.
    """

    def __init__(self, channel: grpc.aio.Channel, gather: bool) -> None:
        stub = ConversationServiceStub(channel)
        self._stub = gatherer.gather(stub, _SERVICE) if gather else stub

    async def record_inbound(
        self,
        user_id: str,
        sid: str,
        body: str,
        media: Sequence[conversation.Media],
        at: datetime,
        disposition: conversation.Disposition.ValueType,
    ) -> conversation.RecordInboundMessageResponse:
        """Stores a text that the person sent, once for its sid."""
        request = conversation.RecordInboundMessageRequest(
            user_id=user_id,
            provider_sid=sid,
            body=body,
            media=media,
            event_time=timestamp(at),
            disposition=disposition,
        )
        return await self._stub.RecordInboundMessage(request, timeout=DEADLINE)

    async def unanswered(self, user_id: str) -> Sequence[conversation.Message]:
        """Texts that want an answer, in the order in which they were written."""
        request = conversation.ListUnansweredMessagesRequest(user_id=user_id)
        return (await self._stub.ListUnansweredMessages(request, timeout=DEADLINE)).messages

    async def open_turn(self, user_id: str, request_key: str) -> conversation.OpenTurnResponse:
        """All that an answer under this key begins with."""
        request = conversation.OpenTurnRequest(user_id=user_id, request_key=request_key)
        return await self._stub.OpenTurn(request, timeout=DEADLINE)

    async def dismiss(self, user_id: str, message_ids: Sequence[str]) -> None:
        """Decides that these texts get no answer."""
        request = conversation.DismissMessagesRequest(user_id=user_id, message_ids=message_ids)
        await self._stub.DismissMessages(request, timeout=DEADLINE)

    async def get(self, user_id: str) -> conversation.Conversation:
        """The person's state and newest messages."""
        request = conversation.GetConversationRequest(user_id=user_id)
        return (await self._stub.GetConversation(request, timeout=DEADLINE)).conversation

    async def find(self, user_id: str) -> conversation.Conversation | None:
        """The same, None where nothing was ever said, or all of it was deleted."""
        try:
            return await self.get(user_id)
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "CONVERSATION_NOT_FOUND"):
                return None
            raise

    async def prepare(
        self,
        user_id: str,
        request_key: str,
        body: str,
        kind: conversation.MessageKind.ValueType,
        answers: Sequence[str] = (),
    ) -> conversation.Message:
        """Stores a text before it is sent, once for its key.

        Raises AlreadyAnswered or EarlierUnanswered, and then has stored nothing.
        """
        return (await self._prepare(user_id, request_key, body, kind, answers)).message

    async def prepare_new(
        self,
        user_id: str,
        request_key: str,
        body: str,
        kind: conversation.MessageKind.ValueType,
        answers: Sequence[str],
    ) -> bool:
        """The same; False where the key had a text already, which then answers nothing more."""
        return (await self._prepare(user_id, request_key, body, kind, answers)).created

    async def _prepare(
        self,
        user_id: str,
        request_key: str,
        body: str,
        kind: conversation.MessageKind.ValueType,
        answers: Sequence[str],
    ) -> conversation.PrepareOutboundMessageResponse:
        request = conversation.PrepareOutboundMessageRequest(
            user_id=user_id, request_key=request_key, body=body, kind=kind, answers=answers
        )
        try:
            return await self._stub.PrepareOutboundMessage(request, timeout=DEADLINE)
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "ALREADY_ANSWERED"):
                raise AlreadyAnswered from None
            if is_refused(error, "EARLIER_UNANSWERED"):
                raise EarlierUnanswered from None
            raise

    async def find_prepared(self, request_key: str) -> conversation.Message | None:
        """The text that was prepared under this key, None where there is none."""
        return await self._find(conversation.GetOutboundMessageRequest(request_key=request_key))

    async def find_message(self, message_id: str) -> conversation.Message | None:
        """The text with this id, None where there is none."""
        return await self._find(conversation.GetOutboundMessageRequest(message_id=message_id))

    async def _find(
        self, request: conversation.GetOutboundMessageRequest
    ) -> conversation.Message | None:
        try:
            return (await self._stub.GetOutboundMessage(request, timeout=DEADLINE)).message
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise

    async def begin_send(
        self, message_id: str, token: str, not_found_token: str = ""
    ) -> conversation.BeginSendResponse:
        """Takes the right to hand a text to the provider. Raises HeldBack."""
        request = conversation.BeginSendRequest(
            message_id=message_id, token=token, not_found_token=not_found_token
        )
        try:
            return await self._stub.BeginSend(request, timeout=DEADLINE)
        except grpc.aio.AioRpcError as error:
            refusal = refusal_of(error)
            if refusal.reason not in _HELD_BACK:
                raise
            raise _HELD_BACK[refusal.reason](refusal.retry_after or A_MINUTE) from None

    async def abandon_send(self, message_id: str, token: str) -> None:
        """Gives the right back: the provider has surely not taken the text."""
        request = conversation.AbandonSendRequest(message_id=message_id, token=token)
        await self._stub.AbandonSend(request, timeout=DEADLINE)

    async def record_accepted(self, message_id: str, sid: str) -> bool:
        """Stores the provider's id; False where another text has it."""
        request = conversation.RecordSendAcceptedRequest(message_id=message_id, provider_sid=sid)
        try:
            await self._stub.RecordSendAccepted(request, timeout=DEADLINE)
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "PROVIDER_SID_TAKEN"):
                return False
            raise
        return True

    async def record_failed(
        self, message_id: str, failure: conversation.SendFailure.ValueType, error_code: str = ""
    ) -> bool:
        """Stores that a text will not be sent; False where the provider has taken it before."""
        request = conversation.RecordSendFailedRequest(
            message_id=message_id, failure=failure, error_code=error_code
        )
        return (await self._stub.RecordSendFailed(request, timeout=DEADLINE)).recorded

    async def record_delivery(
        self, message_id: str, sid: str, status: str, error_code: str
    ) -> conversation.Message | None:
        """Stores what became of a text; None where it is unknown."""
        request = conversation.RecordDeliveryRequest(
            message_id=message_id, provider_sid=sid, status=status, error_code=error_code
        )
        answer = await self._stub.RecordDelivery(request, timeout=DEADLINE)
        return answer.message if answer.known else None

    async def unsummarized(
        self, user_id: str, before: datetime, most: int
    ) -> Sequence[conversation.Message]:
        """The oldest messages that the summary does not cover and that were written before then."""
        request = conversation.ListUnsummarizedMessagesRequest(
            user_id=user_id, event_before=timestamp(before), page_size=most
        )
        return (await self._stub.ListUnsummarizedMessages(request, timeout=DEADLINE)).messages

    async def save_summary(
        self, user_id: str, summary: str, expected_version: int, through: str
    ) -> int:
        """Stores the summary of all messages up to this one; its version. Raises StaleSummary."""
        request = conversation.SaveSummaryRequest(
            user_id=user_id,
            summary=summary,
            expected_version=expected_version,
            through_message_id=through,
        )
        try:
            return (await self._stub.SaveSummary(request, timeout=DEADLINE)).summary_version
        except grpc.aio.AioRpcError as error:
            if any(is_refused(error, why) for why in ("STALE_SUMMARY", "CONVERSATION_NOT_FOUND")):
                raise StaleSummary from None
            raise

    async def record_model_use(self, user_id: str, request_key: str, tokens: int) -> None:
        """Counts what an answer of the model has cost, once for the key."""
        request = conversation.RecordModelUseRequest(
            user_id=user_id, request_key=request_key, tokens=tokens
        )
        await self._stub.RecordModelUse(request, timeout=DEADLINE)

    async def delete(self, user_id: str) -> None:
        """Removes every text of the person and to them."""
        request = conversation.DeleteConversationRequest(user_id=user_id)
        await self._stub.DeleteConversation(request, timeout=DEADLINE)
