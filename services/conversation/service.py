"""The door of conversation: a request in, one model call, an answer out."""

from __future__ import annotations

from typing import Final

import grpc

from kit.audit import list_records
from kit.clock import Clock
from kit.database import Database
from kit.ids import parse_uuid
from kit.paging import Page
from kit.refusals import InvalidArgument
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceServicer
from services.conversation import wire
from services.conversation.model import conversation, inbound, messages, outbound, sending
from services.conversation.refusals import MessageNotFound, ProviderSidTaken
from services.conversation.tables import audit_records

Context = grpc.ServicerContext

DEFAULT_RECENT: Final = 20
MOST_RECENT: Final = 100


class ConversationServicer(ConversationServiceServicer):
    """conversation.v1.ConversationService on a database.

    clock: domain time, for what is stamped.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def RecordInboundMessage(
        self, request: pb.RecordInboundMessageRequest, context: Context
    ) -> pb.RecordInboundMessageResponse:
        """One text of a person."""
        text = wire.parse_inbound(request)
        at = self._clock.now()
        recorded = self._database.transact(lambda db: inbound.record_inbound(db, text, at))
        return pb.RecordInboundMessageResponse(
            message=wire.message_to_proto(recorded.message),
            created=recorded.created,
            first_contact=recorded.first_contact,
        )

    def ListUnansweredMessages(
        self, request: pb.ListUnansweredMessagesRequest, context: Context
    ) -> pb.ListUnansweredMessagesResponse:
        """What still wants an answer; from the primary, since an answer follows."""
        user_id = parse_uuid(request.user_id, "user_id")
        with self._database.reader() as db:
            found = messages.unanswered_messages(db, user_id)
        return pb.ListUnansweredMessagesResponse(
            messages=[wire.message_to_proto(message) for message in found]
        )

    def DismissMessages(
        self, request: pb.DismissMessagesRequest, context: Context
    ) -> pb.DismissMessagesResponse:
        """Texts that get no answer."""
        user_id = parse_uuid(request.user_id, "user_id")
        message_ids = wire.parse_ids(request.message_ids, "message_ids")
        at = self._clock.now()
        self._database.transact(lambda db: inbound.dismiss(db, user_id, message_ids, at))
        return pb.DismissMessagesResponse()

    def GetConversation(
        self, request: pb.GetConversationRequest, context: Context
    ) -> pb.GetConversationResponse:
        """State and newest messages; from the primary, since an answer follows."""
        user_id = parse_uuid(request.user_id, "user_id")
        if request.recent_limit < 0:
            raise InvalidArgument("recent_limit", "must not be negative")
        limit = min(request.recent_limit or DEFAULT_RECENT, MOST_RECENT)
        with self._database.reader() as db:
            found = conversation.conversation_of(db, user_id, limit)
        return pb.GetConversationResponse(conversation=wire.conversation_to_proto(found))

    def ListMessages(
        self, request: pb.ListMessagesRequest, context: Context
    ) -> pb.ListMessagesResponse:
        """One page of a person's messages."""
        user_id = parse_uuid(request.user_id, "user_id")
        page = Page.parse(request.page_size, request.page_token)
        with self._database.list_reader() as db:
            found, token = messages.list_messages(db, user_id, page)
        return pb.ListMessagesResponse(
            messages=[wire.message_to_proto(message) for message in found], next_page_token=token
        )

    def PrepareOutboundMessage(
        self, request: pb.PrepareOutboundMessageRequest, context: Context
    ) -> pb.PrepareOutboundMessageResponse:
        """A text to be sent."""
        draft = wire.parse_draft(request)
        at = self._clock.now()
        message, created = self._database.transact(
            lambda db: outbound.prepare_outbound(db, draft, at)
        )
        return pb.PrepareOutboundMessageResponse(
            message=wire.message_to_proto(message), created=created
        )

    def GetOutboundMessage(
        self, request: pb.GetOutboundMessageRequest, context: Context
    ) -> pb.GetOutboundMessageResponse:
        """A text of ours; from the primary, since its sender decides by it."""
        match request.WhichOneof("message"):
            case "request_key":
                key = wire.parse_key(request.request_key, "request_key")
                with self._database.reader() as db:
                    message = messages.outbound_by_key(db, key)
            case "message_id":
                message_id = parse_uuid(request.message_id, "message_id")
                with self._database.reader() as db:
                    message = messages.outbound_by_id(db, message_id)
            case _:
                raise InvalidArgument("message", "must be a request_key or a message_id")
        if message is None:
            raise MessageNotFound
        return pb.GetOutboundMessageResponse(message=wire.message_to_proto(message))

    def BeginSend(self, request: pb.BeginSendRequest, context: Context) -> pb.BeginSendResponse:
        """The right to send."""
        message_id = parse_uuid(request.message_id, "message_id")
        token = wire.parse_key(request.token, "token")
        not_found = request.not_found_token and wire.parse_key(
            request.not_found_token, "not_found_token"
        )
        at = self._clock.now()
        permission, message = self._database.transact(
            lambda db: sending.begin_send(db, message_id, token, not_found, at)
        )
        return wire.permission_to_proto(permission, message)

    def AbandonSend(
        self, request: pb.AbandonSendRequest, context: Context
    ) -> pb.AbandonSendResponse:
        """The right given back."""
        message_id = parse_uuid(request.message_id, "message_id")
        token = wire.parse_key(request.token, "token")
        at = self._clock.now()
        message = self._database.transact(
            lambda db: sending.abandon_send(db, message_id, token, at)
        )
        return pb.AbandonSendResponse(message=wire.message_to_proto(message))

    def RecordSendAccepted(
        self, request: pb.RecordSendAcceptedRequest, context: Context
    ) -> pb.RecordSendAcceptedResponse:
        """The provider's receipt."""
        message_id = parse_uuid(request.message_id, "message_id")
        provider_sid = wire.parse_sid(request.provider_sid)
        at = self._clock.now()
        message = self._database.transact(
            lambda db: sending.record_send_accepted(db, message_id, provider_sid, at)
        )
        return pb.RecordSendAcceptedResponse(message=wire.message_to_proto(message))

    def RecordSendFailed(
        self, request: pb.RecordSendFailedRequest, context: Context
    ) -> pb.RecordSendFailedResponse:
        """A text that will not be sent."""
        message_id = parse_uuid(request.message_id, "message_id")
        failure = wire.FAILURES.parse(request.failure, "failure")
        error_code = wire.parse_error_code(request.error_code)
        at = self._clock.now()
        message, recorded = self._database.transact(
            lambda db: sending.record_send_failed(db, message_id, failure, error_code, at)
        )
        return pb.RecordSendFailedResponse(
            message=wire.message_to_proto(message), recorded=recorded
        )

    def RecordDelivery(
        self, request: pb.RecordDeliveryRequest, context: Context
    ) -> pb.RecordDeliveryResponse:
        """One status of the provider."""
        status = wire.parse_status(request)
        at = self._clock.now()
        try:
            message = self._database.transact(lambda db: sending.record_delivery(db, status, at))
        except ProviderSidTaken:  # by a call that ran beside this one: now it says which text
            message = self._database.transact(lambda db: sending.record_delivery(db, status, at))
        if message is None:
            return pb.RecordDeliveryResponse(known=False)
        return pb.RecordDeliveryResponse(known=True, message=wire.message_to_proto(message))

    def ListAuditRecords(
        self, request: pb.ListAuditRecordsRequest, context: Context
    ) -> pb.ListAuditRecordsResponse:
        """One page of what operators did here."""
        page = Page.parse(request.page_size, request.page_token)
        with self._database.list_reader() as db:
            records, token = list_records(db, audit_records, page)
        return pb.ListAuditRecordsResponse(
            audit_records=[wire.audit_to_proto(record) for record in records],
            next_page_token=token,
        )
