"""After a request whose end nobody knows, a text is looked up before it is ever sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import grpc
import psycopg
import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from services.jobs.carrier import NotSent
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Later, Retry
from services.jobs.workflows.sending import (
    LOOK_AGAIN_AFTER,
    LOOK_AGAIN_WITHIN,
    NOT_FOUND_COUNTS_AFTER,
    give_up,
    send,
)
from tests.databases import Databases
from tests.jobs.workflows.acting import Acting

pytestmark = pytest.mark.slow

LATE_ENOUGH = NOT_FOUND_COUNTS_AFTER + timedelta(seconds=1)


class GivesBackMeanwhile:
    """Looks people up; while it does, another attempt at a text ends, which surely sent nothing."""

    def __init__(self, ctx: Context, message_id: str) -> None:
        self._ctx = ctx
        self._message_id = message_id

    async def find_user(self, user_id: str) -> identity.User | None:
        await self._ctx.conversation.abandon_send(self._message_id, "earlier")
        return await self._ctx.identity.find_user(user_id)


def is_unknown(outcome: object) -> bool:
    return isinstance(outcome, Later) and outcome.reason.startswith("UNKNOWN_OUTCOME")


def test_a_text_whose_answer_was_lost_is_found_and_not_sent_again(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next.append("answer lost")
    assert is_unknown(acting.sends(message))
    assert acting.ledger(message.message_id)[0] == "SENDING"
    assert acting.sends(message) == Done("found at the provider")
    assert acting.ledger(message.message_id) == ("ACCEPTED", "SM1", "")
    assert len(acting.provider.texts) == 1


def test_not_finding_it_counts_only_late_enough(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next.append("text lost")
    assert is_unknown(acting.sends(message))
    acting.clock.advance(NOT_FOUND_COUNTS_AFTER - timedelta(seconds=1))
    assert is_unknown(acting.sends(message))
    assert acting.provider.texts == []
    acting.wait(seconds=2)
    assert acting.sends(message) == Done("accepted")
    assert len(acting.provider.texts) == 1


def test_late_enough_is_later_than_lease_and_request_together() -> None:
    assert timedelta(seconds=30 + 10 + 10) <= NOT_FOUND_COUNTS_AFTER


def test_a_list_that_lags_is_waited_for(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next.append("answer lost")
    acting.provider.lag = timedelta(seconds=20)
    assert is_unknown(acting.sends(message))
    acting.wait(seconds=10)
    assert is_unknown(acting.sends(message))
    acting.wait(seconds=11)
    assert acting.sends(message) == Done("found at the provider")
    assert len(acting.provider.texts) == 1


@pytest.mark.parametrize("seconds", [-45, 45])
def test_clocks_that_differ_hide_no_text(acting: Acting, seconds: int) -> None:
    acting.provider.ahead = timedelta(seconds=seconds)
    message = acting.prepared(acting.person())
    acting.provider.next.append("answer lost")
    acting.sends(message)
    acting.clock.advance(LATE_ENOUGH)
    assert acting.sends(message) == Done("found at the provider")
    assert len(acting.provider.texts) == 1


def test_a_provider_that_cannot_be_asked_is_asked_again(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next.append("text lost")
    acting.sends(message)
    acting.provider.away = True
    acting.clock.advance(LATE_ENOUGH * 10)
    again = acting.sends(message)
    assert isinstance(again, Later)
    assert again.reason == "UNKNOWN_OUTCOME_PROVIDER_AWAY"
    acting.provider.away = False
    assert acting.sends(message) == Done("accepted")


def pauses(acting: Acting, message: conversation.Message, length: timedelta) -> list[timedelta]:
    """Between attempts at the text, each made as soon as it is due, until so much time is over."""
    end = acting.clock.now() + length
    waited = []
    while acting.clock.now() < end:
        outcome = acting.sends(message)
        assert isinstance(outcome, Later)
        assert is_unknown(outcome)
        waited.append(outcome.delay)
        acting.clock.advance(outcome.delay)
    return waited


def test_a_long_outage_costs_a_text_few_requests_and_a_short_one_little_time(
    acting: Acting,
) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next.append("text lost")
    acting.provider.away = True
    waited = pauses(acting, message, timedelta(minutes=14))
    assert waited[0] == LOOK_AGAIN_AFTER
    assert max(waited) <= LOOK_AGAIN_WITHIN
    assert NOT_FOUND_COUNTS_AFTER in [sum(waited[:one], timedelta()) for one in range(len(waited))]
    assert acting.provider.asked <= 16
    acting.provider.away = False
    assert acting.sends(message) == Done("accepted")


def test_a_provider_that_loses_one_request_after_the_other_is_sent_few(acting: Acting) -> None:
    """Its list answers meanwhile, so that each request is known to be lost in the end."""
    message = acting.prepared(acting.person())
    acting.provider.next += ["text lost"] * 100
    pauses(acting, message, timedelta(minutes=14))
    requests = 100 - len(acting.provider.next)
    assert requests <= 16
    assert acting.provider.asked + requests <= 32


def test_an_answer_that_expired_is_waited_for_no_longer_than_until_it_is_surely_lost(
    acting: Acting,
) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next += ["text lost", "text lost"]
    acting.sends(message)
    acting.wait(minutes=9)
    assert is_unknown(acting.sends(message)), "sent once more, and lost once more"
    acting.provider.away = True
    acting.wait(seconds=10)
    waits = acting.act(lambda ctx: give_up(message.user_id, message.message_id, ctx))
    assert waits is not None
    assert waits.delay == NOT_FOUND_COUNTS_AFTER - timedelta(seconds=10)


def test_a_second_unknown_outcome_counts_from_its_own_beginning(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next += ["text lost", "answer lost"]
    acting.provider.lag = timedelta(seconds=20)
    acting.sends(message)
    acting.clock.advance(LATE_ENOUGH)
    assert is_unknown(acting.sends(message))
    assert is_unknown(acting.sends(message)), "the list lags, and the new attempt is young"
    acting.wait(seconds=21)
    assert acting.sends(message) == Done("found at the provider")
    assert len(acting.provider.texts) == 1


def test_a_status_post_settles_it_before_any_look_up(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next.append("answer lost")
    acting.sends(message)
    acting.act(
        lambda ctx: ctx.conversation.record_delivery(message.message_id, "SM1", "delivered", "")
    )
    assert acting.sends(message) == Done("settled before")
    assert acting.provider.asked == 0


def test_two_unknowns_with_one_body_get_an_id_each(acting: Acting) -> None:
    user_id = acting.person()
    one, two = acting.prepared(user_id), acting.prepared(user_id)
    acting.provider.next += ["answer lost", "answer lost"]
    acting.sends(one)
    acting.sends(two)
    assert acting.sends(two) == Done("found at the provider")
    assert acting.sends(one) == Done("found at the provider")
    sids = {acting.ledger(each.message_id)[1] for each in (one, two)}
    assert sids == {"SM1", "SM2"}
    assert len(acting.provider.texts) == 2


def test_of_two_unknowns_with_one_body_only_the_lost_one_is_sent_again(acting: Acting) -> None:
    user_id = acting.person()
    one, two = acting.prepared(user_id), acting.prepared(user_id)
    acting.provider.next += ["answer lost", "text lost"]
    acting.sends(one)
    acting.sends(two)
    acting.clock.advance(LATE_ENOUGH)
    outcomes = {acting.sends(two), acting.sends(one)}
    assert outcomes == {Done("found at the provider"), Done("accepted")}
    assert len(acting.provider.texts) == 2


def test_an_older_text_with_the_same_body_is_not_taken_for_this_one(acting: Acting) -> None:
    user_id = acting.person()
    acting.sends(acting.prepared(user_id))
    message = acting.prepared(user_id)
    acting.provider.next.append("text lost")
    acting.sends(message)
    acting.clock.advance(LATE_ENOUGH)
    assert acting.sends(message) == Done("accepted")
    assert len(acting.provider.texts) == 2


def test_a_text_whose_id_another_took_is_sent_once_more(acting: Acting) -> None:
    """A look-up for a lost text with the same body runs while this one's answer is under way."""
    user_id = acting.person()
    lost, message = acting.prepared(user_id), acting.prepared(user_id)
    acting.provider.next.append("text lost")
    acting.sends(lost)

    async def look_up_meanwhile(ctx: Context) -> None:
        assert await ctx.conversation.record_accepted(lost.message_id, "SM1")

    async def attempt(ctx: Context) -> object:
        acting.provider.while_sending = lambda: look_up_meanwhile(ctx)
        return await send(user_id, message.message_id, ctx)

    assert isinstance(acting.act(attempt), Retry)
    assert acting.ledger(lost.message_id) == ("ACCEPTED", "SM1", "")
    assert acting.ledger(message.message_id)[0] == "PREPARED"
    assert acting.sends(message) == Done("accepted")
    assert len(acting.provider.texts) == 2, "as many as there were messages"


def test_an_attempt_that_another_overtook_sends_nothing(acting: Acting) -> None:
    """Both looked the text up in vain; the ledger gives the right to the first of them."""
    message = acting.prepared(acting.person())
    acting.provider.next.append("text lost")
    acting.sends(message, token="first")
    acting.clock.advance(LATE_ENOUGH)

    async def overtake(ctx: Context) -> conversation.BeginSendResponse:
        await ctx.conversation.begin_send(message.message_id, "second", "first")
        return await ctx.conversation.begin_send(message.message_id, "third", "first")

    assert acting.act(overtake).begin_token == "second"
    assert is_unknown(acting.sends(message, token="third"))
    assert acting.provider.texts == []


def test_an_accepted_text_that_could_not_be_written_down_is_looked_up(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.trouble.make("*/RecordSendAccepted", "refuses", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        acting.sends(message)
    assert acting.sends(message) == Done("found at the provider")
    assert len(acting.provider.texts) == 1


def test_a_right_that_could_not_be_given_back_is_looked_up(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next.append(NotSent("ClientConnectorError"))
    acting.trouble.make("*/AbandonSend", "refuses", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        acting.sends(message)
    assert is_unknown(acting.sends(message))
    acting.clock.advance(LATE_ENOUGH)
    assert acting.sends(message) == Done("accepted")


def test_a_right_whose_grant_was_lost_is_the_same_attempts(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.trouble.make("*/BeginSend", "loses the answer", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        acting.sends(message, token="one")
    assert acting.sends(message, token="one") == Done("accepted")


def test_a_text_that_is_given_back_while_nothing_may_leave_is_given_up(
    acting: Acting, databases: Databases
) -> None:
    message = acting.prepared(acting.person())
    acting.act(lambda ctx: ctx.conversation.begin_send(message.message_id, "earlier"))
    with psycopg.connect(databases["conversation"].admin) as admin:
        full = "UPDATE conversation.outbound_minutes SET texts = 1001"
        admin.execute(full)

    async def gives_up(ctx: Context) -> object:
        meddling: Any = GivesBackMeanwhile(ctx, message.message_id)
        return await give_up(message.user_id, message.message_id, replace(ctx, identity=meddling))

    assert acting.act(gives_up) is None
    assert acting.ledger(message.message_id)[0] == "EXPIRED"
