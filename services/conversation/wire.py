"""Between protos and domain values: what comes in is parsed once, here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument
from kit.wire import Names, duration, parse_time, timestamp
from protos.conversation.v1 import conversation_pb2 as pb
from services.conversation.delivery import MessageState, SendFailure
from services.conversation.message import (
    Admission,
    Direction,
    Disposition,
    Media,
    Message,
    MessageKind,
)
from services.conversation.model.conversation import Conversation, Look
from services.conversation.model.giving_up import Failure, GivenUp
from services.conversation.model.inbound import InboundText, Recorded
from services.conversation.model.model_use import ModelBudget, ModelUse
from services.conversation.model.outbound import Draft, Prepared
from services.conversation.model.reports import Receipt, Status
from services.conversation.model.sending import Abandon, Begin, Begun, SendPermission
from services.conversation.model.stats import ConversationStats
from services.conversation.model.summaries import Summary
from services.conversation.model.turns import Opening, Turn

LONGEST_KEY: Final = 200
LONGEST_OUTBOUND: Final = 1600
LONGEST_SUMMARY: Final = 4000
# The provider joins an inbound text to at most 1,600 of its characters, each of them no more than
# two code points. What is longer is no text message.
LONGEST_INBOUND: Final = 4000
MOST_MEDIA: Final = 10  # https://www.twilio.com/docs/messaging/guides/accepted-mime-types
LONGEST_URL: Final = 2000
LONGEST_CONTENT_TYPE: Final = 255
MOST_TOKENS: Final = 10_000_000  # of one answer; no model reads as much
MOST_IDS: Final = 100
DEFAULT_RECENT: Final = 20
DEFAULT_WINDOW: Final = timedelta(hours=24)
LONGEST_WINDOW: Final = timedelta(days=7)
MOST_RECENT: Final = 100
_SID: Final = re.compile(r"[!-~]{1,64}")
_ERROR_CODE: Final = re.compile(r"[!-~]{0,32}")

DIRECTIONS: Final = Names(pb.Direction.Value, "DIRECTION", Direction)
KINDS: Final = Names(pb.MessageKind.Value, "MESSAGE_KIND", MessageKind)
STATES: Final = Names(pb.MessageState.Value, "MESSAGE_STATE", MessageState)
DISPOSITIONS: Final = Names(pb.Disposition.Value, "DISPOSITION", Disposition)
FAILURES: Final = Names(pb.SendFailure.Value, "SEND_FAILURE", SendFailure)
BUDGETS: Final = Names(pb.ModelBudget.Value, "MODEL_BUDGET", ModelBudget)
PERMISSIONS: Final = Names(pb.SendPermission.Value, "SEND_PERMISSION", SendPermission)

ADMISSIONS: Final = {
    Admission.ADMITTED: pb.ADMISSION_ADMITTED,
    Admission.TOLD_OF_MINUTE: pb.ADMISSION_LIMITED_FIRST,
    Admission.TOLD_OF_DAY: pb.ADMISSION_LIMITED_FIRST,
    Admission.LIMITED: pb.ADMISSION_LIMITED,
}


def parse_inbound(request: pb.RecordInboundMessageRequest) -> InboundText:
    """Raises InvalidArgument naming the field that is refused.

    A text may be empty even without media: people do send blanks, and they were received.
    """
    return InboundText(
        user_id=parse_uuid(request.user_id, "user_id"),
        provider_sid=parse_sid(request.provider_sid),
        body=parse_body("body", request.body, 0, LONGEST_INBOUND),
        media=_media(request.media),
        event_at=parse_time(request, "event_time"),
        disposition=DISPOSITIONS.parse(request.disposition, "disposition"),
    )


def parse_draft(request: pb.PrepareOutboundMessageRequest) -> Draft:
    """Raises InvalidArgument naming the field that is refused."""
    kind = KINDS.parse(request.kind, "kind")
    if kind is MessageKind.TEXT:
        raise InvalidArgument("kind", "TEXT is what people write")
    if kind in (MessageKind.RESTORED, MessageKind.RESTORED_NOTICE):
        raise InvalidArgument("kind", "of RESTORED texts only the provider knew")
    return Draft(
        user_id=parse_uuid(request.user_id, "user_id"),
        request_key=parse_key(request.request_key, "request_key"),
        body=parse_body("body", request.body, 1, LONGEST_OUTBOUND),
        answers=parse_ids(request.answers, "answers"),
        kind=kind,
    )


def parse_window(request: pb.GetConversationStatsRequest) -> timedelta:
    """How far back, DEFAULT_WINDOW where unset. Raises InvalidArgument naming `window`."""
    if not request.HasField("window"):
        return DEFAULT_WINDOW
    seconds = request.window.seconds + request.window.nanos / 1e9
    if not 0 < seconds <= LONGEST_WINDOW.total_seconds():
        raise InvalidArgument("window", "must be more than nothing and at most 7 days")
    return timedelta(seconds=seconds)


def parse_user(request: pb.ListUnansweredMessagesRequest) -> UUID:
    """Raises InvalidArgument naming `user_id`."""
    return parse_uuid(request.user_id, "user_id")


def parse_text(request: pb.AdmitTextRequest) -> UUID:
    """Raises InvalidArgument naming `message_id`."""
    return parse_uuid(request.message_id, "message_id")


def parse_opening(request: pb.OpenTurnRequest) -> Opening:
    """Raises InvalidArgument naming the field that is refused."""
    user_id = parse_uuid(request.user_id, "user_id")
    return Opening(user_id, parse_key(request.request_key, "request_key"))


def parse_look(request: pb.GetConversationRequest) -> Look:
    """Raises InvalidArgument naming the field that is refused."""
    user_id = parse_uuid(request.user_id, "user_id")
    if request.recent_limit < 0:
        raise InvalidArgument("recent_limit", "must not be negative")
    return Look(user_id, min(request.recent_limit or DEFAULT_RECENT, MOST_RECENT))


def parse_name(request: pb.GetOutboundMessageRequest) -> str | UUID:
    """The request key or the id of a text. Raises InvalidArgument naming the field."""
    match request.WhichOneof("message"):
        case "request_key":
            return parse_key(request.request_key, "request_key")
        case "message_id":
            return parse_uuid(request.message_id, "message_id")
        case _:
            raise InvalidArgument("message", "must be a request_key or a message_id")


def parse_begin(request: pb.BeginSendRequest) -> Begin:
    """Raises InvalidArgument naming the field that is refused."""
    not_found = request.not_found_token
    return Begin(
        message_id=parse_uuid(request.message_id, "message_id"),
        token=parse_key(request.token, "token"),
        not_found_token=not_found and parse_key(not_found, "not_found_token"),
    )


def parse_abandon(request: pb.AbandonSendRequest) -> Abandon:
    """Raises InvalidArgument naming the field that is refused."""
    return Abandon(parse_uuid(request.message_id, "message_id"), parse_key(request.token, "token"))


def parse_receipt(request: pb.RecordSendAcceptedRequest) -> Receipt:
    """Raises InvalidArgument naming the field that is refused."""
    return Receipt(parse_uuid(request.message_id, "message_id"), parse_sid(request.provider_sid))


def parse_failure(request: pb.RecordSendFailedRequest) -> Failure:
    """Raises InvalidArgument naming the field that is refused."""
    return Failure(
        message_id=parse_uuid(request.message_id, "message_id"),
        why=FAILURES.parse(request.failure, "failure"),
        error_code=parse_error_code(request.error_code),
    )


def parse_status(request: pb.RecordDeliveryRequest) -> Status:
    """Raises InvalidArgument naming the field that is refused."""
    return Status(
        message_id=parse_uuid(request.message_id, "message_id") if request.message_id else None,
        provider_sid=parse_sid(request.provider_sid),
        word=request.status,
        error_code=parse_error_code(request.error_code),
    )


def parse_summary(request: pb.SaveSummaryRequest) -> Summary:
    """Raises InvalidArgument naming the field that is refused."""
    if request.expected_version < 0:
        raise InvalidArgument("expected_version", "must not be negative")
    return Summary(
        user_id=parse_uuid(request.user_id, "user_id"),
        text=parse_body("summary", request.summary, 0, LONGEST_SUMMARY),
        expected_version=request.expected_version,
        through=parse_uuid(request.through_message_id, "through_message_id"),
    )


def parse_model_use(request: pb.RecordModelUseRequest) -> ModelUse:
    """Raises InvalidArgument naming the field that is refused."""
    user_id = parse_uuid(request.user_id, "user_id")
    request_key = parse_key(request.request_key, "request_key")
    if not 1 <= request.tokens <= MOST_TOKENS:
        raise InvalidArgument("tokens", f"must be 1 to {MOST_TOKENS}")
    return ModelUse(user_id=user_id, request_key=request_key, tokens=request.tokens)


def parse_key(text: str, field: str) -> str:
    """A request key or a token. Raises InvalidArgument for none, a long one, or one with NUL."""
    if not 1 <= len(text) <= LONGEST_KEY or "\0" in text:
        raise InvalidArgument(field, f"must have 1 to {LONGEST_KEY} characters, none of them NUL")
    return text


def parse_sid(text: str) -> str:
    """The provider's id of a text. Raises InvalidArgument naming `provider_sid`."""
    if not _SID.fullmatch(text):
        raise InvalidArgument("provider_sid", "must have 1 to 64 visible ASCII characters")
    return text


def parse_error_code(text: str) -> str:
    """The provider's error code, "" for none. Raises InvalidArgument naming `error_code`."""
    if not _ERROR_CODE.fullmatch(text):
        raise InvalidArgument("error_code", "must have at most 32 visible ASCII characters")
    return text


def parse_ids(texts: Sequence[str], field: str) -> frozenset[UUID]:
    """Ids of texts, each once. Raises InvalidArgument naming `field`."""
    if len(texts) > MOST_IDS:
        raise InvalidArgument(field, f"must name at most {MOST_IDS} texts")
    return frozenset(parse_uuid(text, field) for text in texts)


def parse_body(field: str, text: str, shortest: int, longest: int) -> str:
    """A text of so many characters. Raises InvalidArgument naming `field`."""
    if not shortest <= len(text) <= longest:
        raise InvalidArgument(field, f"must have {shortest} to {longest} characters")
    if "\0" in text:
        raise InvalidArgument(field, "must not hold the character NUL")
    return text


def _media(items: Sequence[pb.Media]) -> tuple[Media, ...]:
    if len(items) > MOST_MEDIA:
        raise InvalidArgument("media", f"must hold at most {MOST_MEDIA} items")
    for item in items:
        if not 1 <= len(item.url) <= LONGEST_URL or "\0" in item.url:
            raise InvalidArgument("media", f"each url must have 1 to {LONGEST_URL} characters")
        if len(item.content_type) > LONGEST_CONTENT_TYPE or "\0" in item.content_type:
            raise InvalidArgument(
                "media", f"each content_type must have at most {LONGEST_CONTENT_TYPE} characters"
            )
    return tuple(Media(item.url, item.content_type) for item in items)


def message_to_proto(message: Message) -> pb.Message:
    """One text for the wire."""
    return pb.Message(
        message_id=str(message.message_id),
        user_id=str(message.user_id),
        direction=DIRECTIONS.number(message.direction),
        kind=KINDS.number(message.kind),
        sequence=message.sequence,
        body=message.body,
        media=[pb.Media(url=m.url, content_type=m.content_type) for m in message.media],
        provider_sid=message.provider_sid or "",
        request_key=message.request_key or "",
        state=STATES.number(message.state),
        error_code=message.error_code,
        segments=message.segments,
        event_time=timestamp(message.event_at),
        begin_time=timestamp(message.first_begun_at),
        create_time=timestamp(message.created_at),
        update_time=timestamp(message.updated_at),
    )


def conversation_to_proto(conversation: Conversation) -> pb.Conversation:
    """A conversation for the wire."""
    return pb.Conversation(
        user_id=str(conversation.user_id),
        recent_messages=[message_to_proto(each) for each in conversation.recent_messages],
        summary=conversation.summary,
        summary_version=conversation.summary_version,
        summarized_count=conversation.summarized_count,
        start_time=timestamp(conversation.started_at),
        message_count=conversation.message_count,
        answer_count=conversation.answer_count,
        model_budget=BUDGETS.number(conversation.model_budget),
    )


def recorded_to_proto(recorded: Recorded) -> pb.RecordInboundMessageResponse:
    """The answer to RecordInboundMessage."""
    return pb.RecordInboundMessageResponse(
        message=message_to_proto(recorded.message),
        created=recorded.created,
        first_contact=recorded.first_contact,
    )


def unanswered_to_proto(found: Sequence[Message]) -> pb.ListUnansweredMessagesResponse:
    """The answer to ListUnansweredMessages."""
    return pb.ListUnansweredMessagesResponse(messages=[message_to_proto(each) for each in found])


def admission_to_proto(admission: Admission) -> pb.AdmitTextResponse:
    """The answer to AdmitText."""
    return pb.AdmitTextResponse(admission=ADMISSIONS[admission])


def turn_to_proto(turn: Turn) -> pb.OpenTurnResponse:
    """The answer to OpenTurn."""
    prepared, said = turn.prepared, turn.conversation
    return pb.OpenTurnResponse(
        prepared=None if prepared is None else message_to_proto(prepared),
        waiting=[
            pb.WaitingMessage(message=message_to_proto(text), admission=ADMISSIONS[admission])
            for text, admission in turn.waiting
        ],
        conversation=None if said is None else conversation_to_proto(said),
    )


def look_to_proto(conversation: Conversation) -> pb.GetConversationResponse:
    """The answer to GetConversation."""
    return pb.GetConversationResponse(conversation=conversation_to_proto(conversation))


def prepared_to_proto(prepared: Prepared) -> pb.PrepareOutboundMessageResponse:
    """The answer to PrepareOutboundMessage."""
    return pb.PrepareOutboundMessageResponse(
        message=message_to_proto(prepared.message), created=prepared.created
    )


def outbound_to_proto(message: Message) -> pb.GetOutboundMessageResponse:
    """The answer to GetOutboundMessage."""
    return pb.GetOutboundMessageResponse(message=message_to_proto(message))


def begun_to_proto(begun: Begun) -> pb.BeginSendResponse:
    """The answer to BeginSend."""
    attempt = begun.message.attempt
    return pb.BeginSendResponse(
        permission=PERMISSIONS.number(begun.permission),
        message=message_to_proto(begun.message),
        begin_token=attempt.token if attempt else "",
        begin_time=timestamp(attempt.begun_at if attempt else None),
    )


def abandoned_to_proto(message: Message) -> pb.AbandonSendResponse:
    """The answer to AbandonSend."""
    return pb.AbandonSendResponse(message=message_to_proto(message))


def accepted_to_proto(message: Message) -> pb.RecordSendAcceptedResponse:
    """The answer to RecordSendAccepted."""
    return pb.RecordSendAcceptedResponse(message=message_to_proto(message))


def given_up_to_proto(given_up: GivenUp) -> pb.RecordSendFailedResponse:
    """The answer to RecordSendFailed."""
    return pb.RecordSendFailedResponse(
        message=message_to_proto(given_up.message), recorded=given_up.recorded
    )


def delivery_to_proto(message: Message | None) -> pb.RecordDeliveryResponse:
    """The answer to RecordDelivery."""
    if message is None:
        return pb.RecordDeliveryResponse(known=False)
    return pb.RecordDeliveryResponse(known=True, message=message_to_proto(message))


def stats_to_proto(stats: ConversationStats) -> pb.GetConversationStatsResponse:
    """Counts for the wire."""
    p50, p95 = stats.reply_p50, stats.reply_p95
    return pb.GetConversationStatsResponse(
        start_time=timestamp(stats.counted_since),
        counts=[
            pb.MessageCount(
                direction=DIRECTIONS.number(each.direction),
                state=STATES.number(each.state),
                error_code=each.error_code,
                messages=each.texts,
            )
            for each in stats.counts
        ],
        inbound_messages=stats.texts(Direction.INBOUND),
        outbound_messages=stats.texts(Direction.OUTBOUND),
        replies=stats.replies,
        reply_time_p50=None if p50 is None else duration(p50),
        reply_time_p95=None if p95 is None else duration(p95),
    )
