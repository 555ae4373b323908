"""Conversations as an answer needs them, their summaries, and what answers cost."""

from __future__ import annotations

from typing import Final

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument
from kit.wire import Names, timestamp
from protos.conversation.v1 import conversation_pb2 as pb
from services.conversation.model.conversation import Conversation, Look
from services.conversation.model.model_use import ModelBudget, ModelUse
from services.conversation.model.summaries import Summary
from services.conversation.model.turns import Opening, Turn
from services.conversation.wire.fields import parse_body, parse_key
from services.conversation.wire.inbound import ADMISSIONS
from services.conversation.wire.texts import message_to_proto

LONGEST_SUMMARY: Final = 4000
MOST_TOKENS: Final = 10_000_000  # of one answer; no model reads as much
DEFAULT_RECENT: Final = 20
MOST_RECENT: Final = 100
BUDGETS: Final = Names(pb.ModelBudget.Value, "MODEL_BUDGET", ModelBudget)


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
