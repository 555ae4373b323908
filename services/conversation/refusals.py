"""What this service refuses, beside bad input."""

from __future__ import annotations

import grpc

from kit.refusals import Refusal


class ConversationNotFound(Refusal):
    """Nothing was ever said with this person."""

    code = grpc.StatusCode.NOT_FOUND


class MessageNotFound(Refusal):
    """No text of ours has this id or key."""

    code = grpc.StatusCode.NOT_FOUND


class TextNotFound(Refusal):
    """No person wrote a text with this id."""

    code = grpc.StatusCode.NOT_FOUND


class AlreadyAnswered(Refusal):
    """One of these texts is answered by another text already; nothing was stored."""

    code = grpc.StatusCode.ABORTED


class EarlierUnanswered(Refusal):
    """A text that was written before these still wants an answer; nothing was stored."""

    code = grpc.StatusCode.ABORTED


class LostRace(Refusal):
    """Another call stored the same id or key at the same moment; ask again."""

    code = grpc.StatusCode.ABORTED


class OutboundLimitReached(Refusal):
    """As many texts left in the last hour as may leave in one; it has to wait."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class SendRateReached(Refusal):
    """The number sends as fast as it may; the text has to wait for its turn."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class StaleSummary(Refusal):
    """Another summary was stored meanwhile; read it, and summarize what it does not cover."""

    code = grpc.StatusCode.ABORTED


class ProviderSidTaken(Refusal):
    """Another text has this id of the provider."""

    code = grpc.StatusCode.ALREADY_EXISTS
