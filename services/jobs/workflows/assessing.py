"""A running assessment takes its replies without the model (domain.md sections 2 and 4).

What is no reply is an ordinary text: it goes to the assistant and ends nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import Enum

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows.context import Context
from services.jobs.workflows.notices import (
    ASSESSMENT_COMPLETED,
    ASSESSMENT_DEFERRED,
    asked_again,
    first_question,
    next_question,
)


class Word(Enum):
    """A reply that is no number."""

    SKIP = "skip"
    LATER = "later"


_WORDS: dict[str, Word | int] = {
    **dict.fromkeys(("skip", "skip it", "skip this", "skip this one"), Word.SKIP),
    **dict.fromkeys(("later", "maybe later", "not now", "not right now"), Word.LATER),
    **{word: number for number, word in enumerate(("one", "two", "three", "four", "five"), 1)},
}

# "4", "4!", "(4)", "#4", "4/5", "4 out of 5"; not "4.5", and not "4 pills".
_NUMBER = re.compile(r"(-?\d{1,3})(?:\s*(?:/|of|out of)\s*5)?")
_AROUND = " \t\r\n.,!?\"'()#*"


def reply_of(body: str) -> Word | int | None:
    """What the text replies to a question, None where it is no reply.

    The whole text has to be the reply. A number may be one that no question takes.
    """
    text = unicodedata.normalize("NFKC", body)
    # U+20E3 and U+FE0F make a keycap of a digit, which is how some phones offer it.
    text = text.translate({0x20E3: None, 0xFE0F: None}).lower().strip(_AROUND)
    if (number := _NUMBER.fullmatch(text)) is not None:
        return int(number[1])
    return _WORDS.get(" ".join(text.split()))


async def take_reply(
    user_id: str, texts: Sequence[conversation.Message], ctx: Context
) -> tuple[str, Sequence[conversation.Message]]:
    """Takes the first reply among these texts, if a question waits for one.

    What has to be said now, "" where no question waits, and the texts that still want an answer.
    One turn answers one question: nobody has seen the next one when the turn was written, so
    further replies in it are dropped. Safe to repeat: the reply is recorded under its text's id.
    """
    replies = [(text, reply) for text in texts if (reply := reply_of(text.body)) is not None]
    if not replies:
        return "", texts
    first, reply = replies[0]
    words = await _record(user_id, f"reply:{first.message_id}", reply, ctx)
    if not words:
        return "", texts
    taken = {text.message_id for text, _ in replies}
    return words, [text for text in texts if text.message_id not in taken]


async def _record(user_id: str, request_key: str, reply: Word | int, ctx: Context) -> str:
    """The words that follow from the reply, "" where no question waits."""
    if reply is Word.LATER:
        deferred = await ctx.profile.defer_assessment(user_id, request_key)
        return ASSESSMENT_DEFERRED if deferred else ""
    rating = reply if isinstance(reply, int) else None
    taken = await ctx.profile.record_answer(user_id, rating, request_key)
    if taken is None:
        return ""
    if not taken.HasField("next_question"):
        return ASSESSMENT_COMPLETED
    return _asked(taken.next_question, taken.assessment.question_count)


def waiting_question(assessment: profile.Assessment) -> str:
    """The words of the question that waits, "" where none does."""
    if not assessment.HasField("question"):
        return ""
    return _asked(assessment.question, assessment.question_count)


def _asked(question: profile.Question, question_count: int) -> str:
    if question.again:
        return asked_again(question.text)
    if question.number == 1:
        return first_question(question.text, question_count)
    return next_question(question.text, question.number, question_count)
