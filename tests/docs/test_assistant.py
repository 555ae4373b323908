"""The page on the assistant says what the code does."""

from __future__ import annotations

import re

from services.jobs.agent import forbidden, openai_agent, remembering, sentences
from services.jobs.agent.guardrails import CAP
from services.jobs.agent.model import TIMEOUT
from services.jobs.agent.numbers import NUMBERS
from services.jobs.agent.tools import REPORT_CRISIS, TOOLS
from services.jobs.workflows import answer_sms, summarize_conversation
from tests.docs.markdown import ROOT, Document

PAGE = Document.read(ROOT / "docs" / "assistant.md")


def table(first: str) -> list[list[str]]:
    """The rows of the table whose first heading this is."""
    [rows] = [rows for rows in PAGE.tables() if rows[0][0] == first]
    return rows[1:]


def test_the_page_has_every_tool_with_its_arguments() -> None:
    told = {tool.strip("`"): re.findall(r"`(\w+)`", given) for tool, given, _ in table("tool")}
    tools = (REPORT_CRISIS, *TOOLS)
    assert told == {each["name"]: list(each["parameters"]["properties"]) for each in tools}


def test_the_page_has_every_rule_and_every_number() -> None:
    assert {rule.strip("`") for rule, _ in table("rule")} == forbidden.NAMES
    assert [tuple(row) for row in table("number")] == list(NUMBERS)


def test_the_page_has_the_bounds_that_hold() -> None:
    text = " ".join(PAGE.prose.split())
    wanted = (
        f"at most {openai_agent.MOST_ROUNDS} rounds of tools with {openai_agent.MOST_CALLS} calls",
        f"and {TIMEOUT:.0f} seconds in all",
        f"{CAP} septets",
        f"more than {summarize_conversation.LONG} messages",
        f"more than {summarize_conversation.UNSUMMARIZED} are not in the summary",
        f"older than {summarize_conversation.WHOLE.days} days",
        f"at least {summarize_conversation.FEWEST} messages",
        f"at most {summarize_conversation.MOST} in one go",
        f"at most {remembering.LONGEST:,} characters",
        f"more than {answer_sms.LATE.seconds // 60} minutes late",
    )
    assert [each for each in wanted if each not in text] == []
    assert sentences.MOST_SENTENCES == 3
