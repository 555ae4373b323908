"""Whatever of a person's texts is unanswered gets one answer. Runs in the person's lane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import grpc

from kit import tracing
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import AnswerSms
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.agent.deeds import CheckIns
from services.jobs.agent.guardrails import fit
from services.jobs.agent.sentences import statements
from services.jobs.agent.turn import AgentUnavailable, Turn
from services.jobs.safety.crisis import Crisis
from services.jobs.workflows import follow_ups, inviting, model_budget, reported_crisis
from services.jobs.workflows.assessing import take_reply
from services.jobs.workflows.clients.billing import StripeAway
from services.jobs.workflows.clients.conversation import AlreadyAnswered, EarlierUnanswered
from services.jobs.workflows.context import Context
from services.jobs.workflows.deeds import PREFERENCES, TurnDeeds
from services.jobs.workflows.holding import put_off
from services.jobs.workflows.late_answers import give_up_all
from services.jobs.workflows.notices import (
    FIRST_ANSWER,
    LIMITED,
    ONLY_TEXT,
    QUESTION_FOLLOWS,
    SORRY_FOR_THE_DELAY,
)
from services.jobs.workflows.outcome import Done, FollowUp, Later, Outcome, Retry
from services.jobs.workflows.sending import IN, OPTED_OUT
from services.jobs.workflows.stripe_away import wait_for_stripe
from services.jobs.workflows.summarize_conversation import is_wanted
from services.jobs.workflows.transcript import lines_of

LATE = timedelta(minutes=10)
"""From here on an answer says sorry for the delay (domain.md section 9)."""

AWAY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,  # more calls at once than it takes
        grpc.StatusCode.ABORTED,  # it lost a race, twice
        grpc.StatusCode.UNIMPLEMENTED,  # of the version before, which is being replaced
    }
)
"""Codes that say nothing of the text: try again."""

AWAY_AGAIN_AFTER = timedelta(seconds=2)
AT_ONCE = timedelta()

ANSWER = conversation.MessageKind.MESSAGE_KIND_ANSWER
NOTICE = conversation.MessageKind.MESSAGE_KIND_NOTICE
ADMITTED = conversation.Admission.ADMISSION_ADMITTED
LIMITED_FIRST = conversation.Admission.ADMISSION_LIMITED_FIRST

_CHECK_INS = {PREFERENCES[wish]: wish for wish in (CheckIns.FEWER, CheckIns.NONE)}
"""What of a person's wish is worth telling the assistant."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """Texts that wait. admitted: those of them that the person's limits let be answered; the
    others are settled with them, in silence. tell: the person is to be told of the limit."""

    waiting: Sequence[conversation.Message]
    admitted: Sequence[conversation.Message]
    tell: bool

    @property
    def ids(self) -> list[str]:
        return [message.message_id for message in self.waiting]


async def run(job: AnswerSms, ctx: Context) -> Outcome:
    """Prepares one answer to every waiting text, before it settles, and asks for it to be sent.

    The few attempts are the model's: a service that is away for a moment costs none of them. Texts
    are recorded in no lane, so an earlier one may turn up while a later one is being answered; both
    are answered together then, and no attempt is lost.
    """
    try:
        if ctx.job.repeated:  # whatever else this attempt comes to
            await reported_crisis.ask_for_what_is_left(job.user_id, ctx)
        outcome = await _one_answer(job, ctx)
        return await reported_crisis.with_reports(outcome, job.user_id, ctx)
    except AlreadyAnswered:
        return Retry("ALREADY_ANSWERED")
    except EarlierUnanswered:
        return Later(AT_ONCE, "EARLIER_UNANSWERED")
    except AgentUnavailable as error:
        return Retry(f"AGENT_{error}")
    except grpc.aio.AioRpcError as error:
        if error.code() not in AWAY:
            raise
        return Later(AWAY_AGAIN_AFTER, f"GRPC_{error.code().name}")


async def _one_answer(job: AnswerSms, ctx: Context) -> Outcome:
    # What was prepared goes on whatever else is away: OpenTurn comes after profile.
    if job.expired_message_id or ctx.job.repeated:
        prepared = await ctx.conversation.find_prepared(ctx.job.key)
        if prepared is not None:
            return _to_send(prepared)
    if job.expired_message_id:
        unclear = await give_up_all(job.user_id, job.expired_message_id, ctx)
        if unclear is not None:
            return unclear
    known = await ctx.profile.get(job.user_id)
    held = put_off(job, known, ctx)
    if held is not None or known.sms_consent == OPTED_OUT:
        return await _no_answer(job, held, ctx)
    opened = await ctx.conversation.open_turn(job.user_id, ctx.job.key)
    if opened.HasField("prepared"):
        return _to_send(opened.prepared)
    if not opened.waiting:
        return await _nothing_waiting(job, ctx)
    turn = _Turn(
        [each.message for each in opened.waiting],
        [each.message for each in opened.waiting if each.admission == ADMITTED],
        tell=any(each.admission == LIMITED_FIRST for each in opened.waiting),
    )
    _link_arrivals(turn.waiting)
    if not turn.admitted:
        return await _limit(job, turn, ctx)
    # Nothing ever left to a number that is suppressed; others are not looked up again.
    if opened.conversation.answer_count == 0 and await _is_suppressed(job.user_id, known, ctx):
        await ctx.conversation.dismiss(job.user_id, turn.ids)
        return Done("opted out before")
    if not await _has_access(job.user_id, opened.conversation, ctx):
        return await _invite(job, turn.waiting, ctx)
    return await _answer(job, turn, known, opened.conversation, ctx)


async def _no_answer(job: AnswerSms, held: Outcome | None, ctx: Context) -> Outcome:
    """Of a person who is held, see `put_off`, or has opted out: nothing is spent on their texts.

    What was prepared before goes on; whatever sends it looks again.
    """
    prepared = await ctx.conversation.find_prepared(ctx.job.key)
    if prepared is not None:
        return _to_send(prepared)
    waiting = await ctx.conversation.unanswered(job.user_id)
    if not waiting:
        return await _nothing_waiting(job, ctx)
    _link_arrivals(waiting)
    if held is not None:
        return held
    await ctx.conversation.dismiss(job.user_id, [message.message_id for message in waiting])
    return Done("opted out")


def _link_arrivals(waiting: Sequence[conversation.Message]) -> None:
    for message in waiting:
        tracing.link_arrival(follow_ups.inbound_key(message.provider_sid))


async def _is_suppressed(user_id: str, known: profile.Profile, ctx: Context) -> bool:
    """Whether somebody who was erased and had opted out has this number: it is texted no more, so
    neither the model nor Stripe is asked for anything. Their START undoes it."""
    if known.sms_consent == IN:
        return False
    person = await ctx.identity.find_user(user_id)
    return person is not None and person.suppressed


async def _limit(job: AnswerSms, turn: _Turn, ctx: Context) -> Outcome:
    """Said once in a window (domain.md section 8); whatever else is written then gets nothing."""
    if not turn.tell:
        await ctx.conversation.dismiss(job.user_id, turn.ids)
        return Done("limited")
    told = await ctx.conversation.prepare(job.user_id, ctx.job.key, LIMITED, NOTICE, turn.ids)
    return _to_send(told)


async def _has_access(user_id: str, said: conversation.Conversation, ctx: Context) -> bool:
    """The gate (domain.md section 7); the first answers of a new person are free."""
    if not ctx.rules.gated or (await ctx.billing.access(user_id)).granted:
        return True
    return said.answer_count < ctx.rules.free_answers


async def _nothing_waiting(job: AnswerSms, ctx: Context) -> Outcome:
    """An earlier attempt may have prepared the invitation, which is not under the job's key, and
    have ended before it could ask for it to be sent; to ask twice sends it once."""
    _, invitation = await inviting.of_the_day(job, ctx)
    return Done("nothing unanswered") if invitation is None else _to_send(invitation)


async def _invite(job: AnswerSms, waiting: Sequence[conversation.Message], ctx: Context) -> Outcome:
    """One text a day with a link, which answers what waits."""
    try:
        invitation = await inviting.invite(job, waiting, ctx)
    except StripeAway:
        return wait_for_stripe(job, waiting, ctx)
    return Later(AT_ONCE, "ACCESS_BEGAN") if invitation is None else _to_send(invitation)


async def _answer(
    job: AnswerSms,
    turn: _Turn,
    known: profile.Profile,
    said: conversation.Conversation,
    ctx: Context,
) -> Outcome:
    ids = turn.ids
    words = await _words(job, turn, known, said, ctx)
    if isinstance(words, Crisis):
        return await reported_crisis.answer_crisis(job.user_id, words, turn.waiting, ctx)
    body, question = words
    late = bool(job.expired_message_id) or _is_late(turn.admitted, ctx.clock.now())
    body = fit(
        body,
        before=SORRY_FOR_THE_DELAY if late else "",
        after=(f" {question}" if question else "")
        + (f" {LIMITED}" if turn.tell else "")
        + (model_budget.IN_A_CRISIS if model_budget.is_spent(said) and not turn.tell else "")
        + (FIRST_ANSWER if said.answer_count == 0 else ""),
    )
    answer = await ctx.conversation.prepare(job.user_id, ctx.job.key, body, ANSWER, ids)
    if ctx.agent.summarizer is None or not is_wanted(said):
        return _to_send(answer)
    summary = follow_ups.summary(job.user_id, said.summary_version, ctx.job.accepted_time)
    return _to_send(answer, summary)


async def _words(
    job: AnswerSms,
    turn: _Turn,
    known: profile.Profile,
    said: conversation.Conversation,
    ctx: Context,
) -> tuple[str, str] | Crisis:
    """What is answered, and the question of an assessment that stands below it, "" for none; or the
    crisis that the assistant reports instead.

    One question at most is asked: where one stands below, the assistant asks none.
    """
    texts = [message for message in turn.admitted if message.body.strip()]
    question, others = await take_reply(job.user_id, texts, ctx)
    if not others:
        return question or ONLY_TEXT, ""
    deeds = TurnDeeds(job.user_id, turn.waiting, ctx)
    if ctx.job.repeated or job.expired_message_id:
        await deeds.resume()
    bodies = [message.body for message in others]
    body = await model_budget.answer(_turn(bodies, set(turn.ids), known, said), deeds, said, ctx)
    if isinstance(body, Crisis):
        return body
    question = question or deeds.question
    if question:
        body = statements(body) or QUESTION_FOLLOWS
    return body, question


def _is_late(waiting: Sequence[conversation.Message], now: datetime) -> bool:
    return now - waiting[0].event_time.ToDatetime(UTC) > LATE


def _turn(
    texts: Sequence[str],
    waiting: set[str],
    known: profile.Profile,
    said: conversation.Conversation,
) -> Turn:
    return Turn(
        texts=texts,
        transcript=lines_of(
            [each for each in said.recent_messages if each.message_id not in waiting]
        ),
        summary=said.summary,
        first_name=known.first_name,
        relationship=known.relationship,
        care_recipient=known.care_recipient_name,
        burnout_band=_word(profile.BurnoutBand.Name(known.burnout_band), "BURNOUT_BAND_"),
        pressure_zones=[
            _word(profile.PressureZone.Name(zone), "PRESSURE_ZONE_")
            for zone in known.pressure_zones
        ],
        check_ins=_CHECK_INS.get(known.check_in_preference, ""),
        crisis_open=known.crisis_open,
        first_answer=said.answer_count == 0,
    )


def _word(name: str, prefix: str) -> str:
    word = name.removeprefix(prefix)
    return "" if word == "UNSPECIFIED" else word.lower().replace("_", " ")


def _to_send(message: conversation.Message, *others: FollowUp) -> Outcome:
    return Done("answered", (follow_ups.send_answer(message.message_id, message.user_id), *others))
