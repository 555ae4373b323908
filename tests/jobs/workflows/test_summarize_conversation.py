"""Long conversations are put in short, and the assistant is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import psycopg
import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import SummarizeConversation
from services.jobs.agent import usage
from services.jobs.agent.turn import AgentUnavailable, Line
from services.jobs.workflows import summarize_conversation
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Later, Outcome, Retry
from services.jobs.workflows.summarize_conversation import FEWEST, MOST
from tests.databases import Databases
from tests.jobs.workflows.acting import Acting, done
from tests.jobs.workflows.test_answer_sms import answers, to_send

pytestmark = pytest.mark.slow

KEYWORD = conversation.Disposition.DISPOSITION_KEYWORD
OLD, YOUNG = timedelta(days=7, seconds=1), timedelta(days=6, hours=23)


class Summarizer:
    """Says what it is told to, "" for nothing; None where it is unavailable."""

    def __init__(self) -> None:
        self.words: str | None = "Ana cares for Rosa."
        self.tokens = 0
        self.asked: list[tuple[str, list[Line]]] = []

    async def summarize(self, earlier: str, lines: Sequence[Line]) -> str:
        """See Summarizer."""
        self.asked.append((earlier, list(lines)))
        usage.add(self.tokens)
        if self.words is None:
            raise AgentUnavailable("APITimeoutError")
        return self.words


@pytest.fixture
def summarizer(acting: Acting) -> Summarizer:
    acting.agent.summarizer = made = Summarizer()
    return made


@pytest.fixture
def ana(acting: Acting) -> str:
    return acting.person()


def said(acting: Acting, user_id: str, count: int, age: timedelta) -> None:
    """So many texts of the person, a second from one to the next, the last so long ago."""
    last = acting.clock.now() - age

    async def record(ctx: Context) -> None:
        for n in range(count):
            at = last - timedelta(seconds=count - 1 - n)
            sid = f"SM{user_id}:{at.isoformat()}"
            await ctx.conversation.record_inbound(user_id, sid, f"text {n}", [], at, KEYWORD)

    acting.act(record)


def summarizes(acting: Acting, user_id: str) -> Outcome:
    payload = SummarizeConversation(user_id=user_id)
    return acting.run(summarize_conversation.run, payload, key="summary:1")


def state(acting: Acting, user_id: str) -> tuple[str, int, int]:
    found = acting.act(lambda ctx: ctx.conversation.get(user_id))
    return found.summary, found.summary_version, found.summarized_count


def test_what_is_older_than_a_week_is_put_in_short_and_the_rest_stays_whole(
    acting: Acting, ana: str, summarizer: Summarizer
) -> None:
    said(acting, ana, 16, OLD)
    said(acting, ana, 15, YOUNG)
    assert summarizes(acting, ana) == Done("summarized")
    [(earlier, lines)] = summarizer.asked
    assert (earlier, len(lines), lines[-1]) == ("", 16, Line(False, "text 15"))
    assert state(acting, ana) == ("Ana cares for Rosa.", 1, 16)
    assert summarizes(acting, ana) == Done("not wanted"), "15 are left"
    acting.wait(days=7)
    said(acting, ana, 6, timedelta())
    summarizer.words = "Ana cares for Rosa, who fell."
    assert summarizes(acting, ana) == Done("summarized")
    assert summarizer.asked[1][0] == "Ana cares for Rosa."
    assert state(acting, ana) == ("Ana cares for Rosa, who fell.", 2, 31)


@pytest.mark.parametrize(
    ("old", "young", "why"),
    [(30, 0, "not wanted"), (0, 60, "too little is old"), (FEWEST - 1, 60, "too little is old")],
)
def test_a_short_or_young_conversation_is_left_alone(
    acting: Acting, ana: str, summarizer: Summarizer, old: int, young: int, why: str
) -> None:
    said(acting, ana, old, OLD)
    said(acting, ana, young, YOUNG)
    assert summarizes(acting, ana) == Done(why)
    assert summarizer.asked == []


def test_a_summary_that_another_wrote_meanwhile_is_read_and_written_anew(
    acting: Acting, ana: str, summarizer: Summarizer
) -> None:
    said(acting, ana, 31, OLD)

    async def overtaken(ctx: Context) -> Outcome:
        old = await ctx.conversation.unsummarized(ana, acting.clock.now(), 10)

        class Slow(Summarizer):
            async def summarize(self, earlier: str, lines: Sequence[Line]) -> str:
                await ctx.conversation.save_summary(ana, "Another.", 0, old[0].message_id)
                return "Mine."

        acting.agent.summarizer = Slow()
        return await summarize_conversation.run(SummarizeConversation(user_id=ana), ctx)

    assert acting.act(overtaken) == Later(timedelta(), "STALE_SUMMARY")
    acting.agent.summarizer = summarizer
    assert summarizes(acting, ana) == Done("summarized")
    assert summarizer.asked[0][0] == "Another."
    assert state(acting, ana)[1:] == (2, 31)


def test_a_model_that_is_away_is_asked_again(
    acting: Acting, ana: str, summarizer: Summarizer
) -> None:
    said(acting, ana, 31, OLD)
    summarizer.words = None
    assert summarizes(acting, ana) == Retry("AGENT_APITimeoutError")
    assert state(acting, ana) == ("", 0, 0)


def test_what_nothing_may_be_kept_of_is_read_once_and_what_was_kept_stays(
    acting: Acting, ana: str, summarizer: Summarizer
) -> None:
    said(acting, ana, 31, OLD)
    summarizer.words = ""
    assert summarizes(acting, ana) == Done("summarized")
    assert summarizes(acting, ana) == Done("not wanted")
    assert state(acting, ana) == ("", 1, 31)
    for words, count in (("Ana cares for Rosa.", 52), ("", 73)):
        acting.wait(days=8)
        said(acting, ana, 21, OLD)
        summarizer.words = words
        assert summarizes(acting, ana) == Done("summarized")
        assert state(acting, ana)[::2] == ("Ana cares for Rosa.", count)


def test_a_very_long_conversation_is_put_in_short_in_several_goes(
    acting: Acting, ana: str, summarizer: Summarizer
) -> None:
    said(acting, ana, MOST + 25, OLD)
    day = acting.clock.now().date().isoformat()
    done(summarizes(acting, ana), f"summary:{ana}:1:{day}")
    assert summarizes(acting, ana) == Done("summarized")
    assert state(acting, ana)[1:] == (2, MOST + 25)


def test_a_person_who_was_erased_meanwhile_is_no_error(
    acting: Acting, ana: str, summarizer: Summarizer
) -> None:
    said(acting, ana, 31, OLD)

    async def erased(ctx: Context) -> Outcome:
        class Slow(Summarizer):
            async def summarize(self, earlier: str, lines: Sequence[Line]) -> str:
                await ctx.conversation.delete(ana)
                return "Too late."

        acting.agent.summarizer = Slow()
        return await summarize_conversation.run(SummarizeConversation(user_id=ana), ctx)

    assert acting.act(erased) == Later(timedelta(), "STALE_SUMMARY")
    assert summarizes(acting, ana) == Done("not wanted")


def test_an_answer_asks_for_a_summary_once_a_day_and_the_assistant_is_told_of_it(
    acting: Acting, ana: str, summarizer: Summarizer
) -> None:
    said(acting, ana, 31, OLD)
    acting.texts(ana)
    day = acting.clock.now().date().isoformat()
    send, summary = done_keys(answers(acting, ana))
    assert send.startswith("send:")
    assert summary == f"summary:{ana}:0:{day}"
    acting.texts(ana, "and?")
    assert done_keys(answers(acting, ana, "answer:2"))[1] == summary, "stored once for its key"
    summarizes(acting, ana)
    acting.texts(ana, "hello?")
    to_send(answers(acting, ana, "answer:3"))
    assert acting.agent.turns[-1].summary == "Ana cares for Rosa."


def test_without_a_model_nobody_asks_for_a_summary(acting: Acting, ana: str) -> None:
    said(acting, ana, 31, OLD)
    acting.texts(ana)
    to_send(answers(acting, ana))
    assert summarizes(acting, ana) == Done("no model")


def done_keys(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, Done)
    return [each.key for each in outcome.follow_ups]


def test_a_summary_is_paid_for_and_none_is_made_when_the_days_tokens_are_spent(
    acting: Acting, ana: str, summarizer: Summarizer, databases: Databases
) -> None:
    said(acting, ana, 40, OLD)
    with psycopg.connect(databases["conversation"].admin, autocommit=True) as admin:
        admin.execute("INSERT INTO conversation.model_days VALUES ('2026-11-23', 0, 20000000)")
        assert summarizes(acting, ana) == Done("no tokens left today")
        assert summarizer.asked == []
        admin.execute("TRUNCATE conversation.model_days")
        summarizer.tokens = 300
        assert summarizes(acting, ana) == Done("summarized")
        assert admin.execute("SELECT tokens FROM conversation.model_uses").fetchall() == [(300,)]
