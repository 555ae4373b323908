"""The door of conversation: requests in, one model call, answers out.

A one-item call is a batch of one: both are parsed, done and answered by the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

import grpc

from kit.audit_trail import answer_list
from kit.batch import batch_to_proto, only, run_batch
from kit.clock import Clock
from kit.database import Database, DbWriter
from kit.ids import parse_uuid
from kit.paging import Page
from kit.refusals import Refusal
from kit.wire import parse_time
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceServicer
from services.conversation import wire
from services.conversation.message import Admission, Message
from services.conversation.model import (
    admission,
    conversation,
    giving_up,
    inbound,
    messages,
    model_use,
    outbound,
    reports,
    restoring,
    sending,
    stats,
    summaries,
    turns,
)
from services.conversation.refusals import LostRace
from services.conversation.tables import audit_records

T = TypeVar("T")
Context = grpc.ServicerContext


class ConversationServicer(ConversationServiceServicer):
    """conversation.v1.ConversationService on a database.

    clock: domain time, for what is stamped. limits: how much is answered and sent. tokens: what
    the model may cost.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        limits: admission.Limits,
        tokens: model_use.TokenLimits | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._limits = limits
        self._tokens = tokens or model_use.TokenLimits()

    def RecordInboundMessage(
        self, request: pb.RecordInboundMessageRequest, context: Context
    ) -> pb.RecordInboundMessageResponse:
        """One text of a person."""
        return wire.recorded_to_proto(only(self._record_inbound([wire.parse_inbound(request)])))

    def BatchRecordInboundMessages(
        self, request: pb.BatchRecordInboundMessagesRequest, context: Context
    ) -> pb.BatchRecordInboundMessagesResponse:
        """Texts of people."""
        results = run_batch(request.requests, wire.parse_inbound, self._record_inbound)
        return batch_to_proto(
            pb.BatchRecordInboundMessagesResponse, results, wire.recorded_to_proto
        )

    def _record_inbound(
        self, texts: Sequence[inbound.InboundText]
    ) -> list[inbound.Recorded | Refusal]:
        at = self._clock.now()
        return self._write(lambda db: inbound.record_inbound(db, texts, at))

    def ListUnansweredMessages(
        self, request: pb.ListUnansweredMessagesRequest, context: Context
    ) -> pb.ListUnansweredMessagesResponse:
        """What still wants an answer; from the primary, since an answer follows."""
        return wire.unanswered_to_proto(only(self._unanswered([wire.parse_user(request)])))

    def BatchListUnansweredMessages(
        self, request: pb.BatchListUnansweredMessagesRequest, context: Context
    ) -> pb.BatchListUnansweredMessagesResponse:
        """What of many people still wants an answer."""
        results = run_batch(request.requests, wire.parse_user, self._unanswered)
        return batch_to_proto(
            pb.BatchListUnansweredMessagesResponse, results, wire.unanswered_to_proto
        )

    def _unanswered(self, user_ids: Sequence[UUID]) -> list[Sequence[Message] | Refusal]:
        with self._database.reader() as db:
            found = messages.unanswered_messages(db, user_ids)
        return [found.get(user_id, ()) for user_id in user_ids]

    def DismissMessages(
        self, request: pb.DismissMessagesRequest, context: Context
    ) -> pb.DismissMessagesResponse:
        """Texts that get no answer."""
        user_id = parse_uuid(request.user_id, "user_id")
        message_ids = wire.parse_ids(request.message_ids, "message_ids")
        at = self._clock.now()
        self._database.transact(lambda db: inbound.dismiss(db, user_id, message_ids, at))
        return pb.DismissMessagesResponse()

    def AdmitText(self, request: pb.AdmitTextRequest, context: Context) -> pb.AdmitTextResponse:
        """Whether a text is answered."""
        return wire.admission_to_proto(only(self._admit([wire.parse_text(request)])))

    def BatchAdmitTexts(
        self, request: pb.BatchAdmitTextsRequest, context: Context
    ) -> pb.BatchAdmitTextsResponse:
        """Whether texts are answered."""
        results = run_batch(request.requests, wire.parse_text, self._admit)
        return batch_to_proto(pb.BatchAdmitTextsResponse, results, wire.admission_to_proto)

    def _admit(self, message_ids: Sequence[UUID]) -> list[Admission | Refusal]:
        at = self._clock.now()
        return self._write(lambda db: admission.admit_texts(db, message_ids, self._limits, at))

    def OpenTurn(self, request: pb.OpenTurnRequest, context: Context) -> pb.OpenTurnResponse:
        """What an answer begins with."""
        return wire.turn_to_proto(only(self._open_turns([wire.parse_opening(request)])))

    def BatchOpenTurns(
        self, request: pb.BatchOpenTurnsRequest, context: Context
    ) -> pb.BatchOpenTurnsResponse:
        """What answers begin with."""
        results = run_batch(request.requests, wire.parse_opening, self._open_turns)
        return batch_to_proto(pb.BatchOpenTurnsResponse, results, wire.turn_to_proto)

    def _open_turns(self, openings: Sequence[turns.Opening]) -> list[turns.Turn | Refusal]:
        at = self._clock.now()
        return self._write(
            lambda db: turns.open_turns(
                db, openings, self._limits, self._tokens, at, wire.DEFAULT_RECENT
            )
        )

    def GetConversation(
        self, request: pb.GetConversationRequest, context: Context
    ) -> pb.GetConversationResponse:
        """State and newest messages; from the primary, since an answer follows."""
        return wire.look_to_proto(only(self._conversations([wire.parse_look(request)])))

    def BatchGetConversations(
        self, request: pb.BatchGetConversationsRequest, context: Context
    ) -> pb.BatchGetConversationsResponse:
        """Many people's."""
        results = run_batch(request.requests, wire.parse_look, self._conversations)
        return batch_to_proto(pb.BatchGetConversationsResponse, results, wire.look_to_proto)

    def _conversations(
        self, looks: Sequence[conversation.Look]
    ) -> list[conversation.Conversation | Refusal]:
        with self._database.reader() as db:
            return conversation.conversations_of(db, looks, self._tokens, self._clock.now())

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
        return wire.prepared_to_proto(only(self._prepare([wire.parse_draft(request)])))

    def BatchPrepareOutboundMessages(
        self, request: pb.BatchPrepareOutboundMessagesRequest, context: Context
    ) -> pb.BatchPrepareOutboundMessagesResponse:
        """Texts to be sent."""
        results = run_batch(request.requests, wire.parse_draft, self._prepare)
        return batch_to_proto(
            pb.BatchPrepareOutboundMessagesResponse, results, wire.prepared_to_proto
        )

    def _prepare(self, drafts: Sequence[outbound.Draft]) -> list[outbound.Prepared | Refusal]:
        at = self._clock.now()
        return self._write(lambda db: outbound.prepare_outbound(db, drafts, at))

    def GetOutboundMessage(
        self, request: pb.GetOutboundMessageRequest, context: Context
    ) -> pb.GetOutboundMessageResponse:
        """A text of ours; from the primary, since its sender decides by it."""
        return wire.outbound_to_proto(only(self._outbound([wire.parse_name(request)])))

    def BatchGetOutboundMessages(
        self, request: pb.BatchGetOutboundMessagesRequest, context: Context
    ) -> pb.BatchGetOutboundMessagesResponse:
        """Texts of ours."""
        results = run_batch(request.requests, wire.parse_name, self._outbound)
        return batch_to_proto(pb.BatchGetOutboundMessagesResponse, results, wire.outbound_to_proto)

    def _outbound(self, names: Sequence[str | UUID]) -> list[Message | Refusal]:
        with self._database.reader() as db:
            return messages.outbound_messages(db, names)

    def BeginSend(self, request: pb.BeginSendRequest, context: Context) -> pb.BeginSendResponse:
        """The right to send."""
        return wire.begun_to_proto(only(self._begin([wire.parse_begin(request)])))

    def BatchBeginSends(
        self, request: pb.BatchBeginSendsRequest, context: Context
    ) -> pb.BatchBeginSendsResponse:
        """The rights to send."""
        results = run_batch(request.requests, wire.parse_begin, self._begin)
        return batch_to_proto(pb.BatchBeginSendsResponse, results, wire.begun_to_proto)

    def _begin(self, begins: Sequence[sending.Begin]) -> list[sending.Begun | Refusal]:
        at = self._clock.now()
        return self._write(lambda db: sending.begin_send(db, begins, self._limits, at))

    def AbandonSend(
        self, request: pb.AbandonSendRequest, context: Context
    ) -> pb.AbandonSendResponse:
        """The right given back."""
        return wire.abandoned_to_proto(only(self._abandon([wire.parse_abandon(request)])))

    def BatchAbandonSends(
        self, request: pb.BatchAbandonSendsRequest, context: Context
    ) -> pb.BatchAbandonSendsResponse:
        """The rights given back."""
        results = run_batch(request.requests, wire.parse_abandon, self._abandon)
        return batch_to_proto(pb.BatchAbandonSendsResponse, results, wire.abandoned_to_proto)

    def _abandon(self, abandons: Sequence[sending.Abandon]) -> list[Message | Refusal]:
        at = self._clock.now()
        return self._write(lambda db: sending.abandon_send(db, abandons, at))

    def RecordSendAccepted(
        self, request: pb.RecordSendAcceptedRequest, context: Context
    ) -> pb.RecordSendAcceptedResponse:
        """The provider's receipt."""
        return wire.accepted_to_proto(only(self._accept([wire.parse_receipt(request)])))

    def BatchRecordSendsAccepted(
        self, request: pb.BatchRecordSendsAcceptedRequest, context: Context
    ) -> pb.BatchRecordSendsAcceptedResponse:
        """The provider's receipts."""
        results = run_batch(request.requests, wire.parse_receipt, self._accept)
        return batch_to_proto(pb.BatchRecordSendsAcceptedResponse, results, wire.accepted_to_proto)

    def _accept(self, receipts: Sequence[reports.Receipt]) -> list[Message | Refusal]:
        at = self._clock.now()
        return self._write(lambda db: reports.record_send_accepted(db, receipts, at))

    def RecordSendFailed(
        self, request: pb.RecordSendFailedRequest, context: Context
    ) -> pb.RecordSendFailedResponse:
        """A text that will not be sent."""
        failure = wire.parse_failure(request)
        at = self._clock.now()
        return wire.given_up_to_proto(
            self._write(lambda db: giving_up.record_send_failed(db, failure, at))
        )

    def RecordDelivery(
        self, request: pb.RecordDeliveryRequest, context: Context
    ) -> pb.RecordDeliveryResponse:
        """One status of the provider."""
        return wire.delivery_to_proto(only(self._deliver([wire.parse_status(request)])))

    def BatchRecordDeliveries(
        self, request: pb.BatchRecordDeliveriesRequest, context: Context
    ) -> pb.BatchRecordDeliveriesResponse:
        """Statuses of the provider."""
        results = run_batch(request.requests, wire.parse_status, self._deliver)
        return batch_to_proto(pb.BatchRecordDeliveriesResponse, results, wire.delivery_to_proto)

    def _deliver(self, statuses: Sequence[reports.Status]) -> Sequence[Message | None]:
        at = self._clock.now()
        return self._write(lambda db: reports.record_delivery(db, statuses, at))

    def RestoreSentTexts(
        self, request: pb.RestoreSentTextsRequest, context: Context
    ) -> pb.RestoreSentTextsResponse:
        """What the provider took for a person and a restored backup has forgotten."""
        user_id, sent = wire.parse_sent(request)
        at = self._clock.now()
        became = self._write(lambda db: restoring.restore_sent(db, user_id, sent, at))
        return wire.became_to_proto(became)

    def ListUnsummarizedMessages(
        self, request: pb.ListUnsummarizedMessagesRequest, context: Context
    ) -> pb.ListUnsummarizedMessagesResponse:
        """What the summary does not cover; from the primary, since a summary follows."""
        user_id = parse_uuid(request.user_id, "user_id")
        before = parse_time(request, "event_before")
        page = Page.parse(request.page_size, "")
        with self._database.reader() as db:
            found = summaries.unsummarized_messages(db, user_id, before, page.size)
        return pb.ListUnsummarizedMessagesResponse(
            messages=[wire.message_to_proto(message) for message in found]
        )

    def SaveSummary(
        self, request: pb.SaveSummaryRequest, context: Context
    ) -> pb.SaveSummaryResponse:
        """The next version of a summary."""
        summary = wire.parse_summary(request)
        at = self._clock.now()
        version = self._database.transact(lambda db: summaries.save_summary(db, summary, at))
        return pb.SaveSummaryResponse(summary_version=version)

    def RecordModelUse(
        self, request: pb.RecordModelUseRequest, context: Context
    ) -> pb.RecordModelUseResponse:
        """What an answer has cost."""
        use = wire.parse_model_use(request)
        at = self._clock.now()
        self._database.transact(lambda db: model_use.record_model_use(db, use, at))
        return pb.RecordModelUseResponse()

    def DeleteConversation(
        self, request: pb.DeleteConversationRequest, context: Context
    ) -> pb.DeleteConversationResponse:
        """Every text of the person and to them."""
        user_id = parse_uuid(request.user_id, "user_id")
        deleted = self._database.transact(lambda db: conversation.delete_conversation(db, user_id))
        return pb.DeleteConversationResponse(deleted=deleted)

    def GetConversationStats(
        self, request: pb.GetConversationStatsRequest, context: Context
    ) -> pb.GetConversationStatsResponse:
        """The texts of the last hours or days, counted."""
        since = self._clock.now() - wire.parse_window(request)
        with self._database.list_reader() as db:
            return wire.stats_to_proto(stats.conversation_stats(db, since))

    def ListAuditRecords(
        self, request: pb.ListAuditRecordsRequest, context: Context
    ) -> pb.ListAuditRecordsResponse:
        """One page of what operators did here."""
        return answer_list(self._database, audit_records, request, pb.ListAuditRecordsResponse)

    def _write(self, fn: Callable[[DbWriter], T]) -> T:
        """What `fn` returns, committed; where it lost a race, it looks again and sees who won."""
        try:
            return self._database.transact(fn)
        except LostRace:
            return self._database.transact(fn)
