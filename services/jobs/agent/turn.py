"""One turn of the conversation, as the assistant sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.jobs.agent.deeds import Deeds
from services.jobs.safety.crisis import Crisis


@dataclass(frozen=True, slots=True)
class Line:
    """One text of the transcript. ours: True where we wrote it."""

    ours: bool
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What the assistant knows when it answers.

    first_name, relationship, care_recipient: "" where unknown. burnout_band: "" or a word such as
    "high". pressure_zones: words. check_ins: how often the person wants to be checked in on, "" for
    as often as others. crisis_open: a crisis was recognised and nobody has closed it.
    summary: of what is older than the transcript. transcript: older texts, oldest first.
    texts: what the person wrote since our last answer, at least one, oldest first.
    """

    texts: Sequence[str]
    transcript: Sequence[Line] = ()
    summary: str = ""
    first_name: str = ""
    relationship: str = ""
    care_recipient: str = ""
    burnout_band: str = ""
    pressure_zones: Sequence[str] = ()
    check_ins: str = ""
    crisis_open: bool = False
    first_answer: bool = False


class AgentUnavailable(Exception):
    """The model did not answer in time, or not at all. The argument is a class or code."""


class Summarizer(Protocol):
    """Puts older parts of a conversation in short."""

    async def summarize(self, earlier: str, lines: Sequence[Line]) -> str:
        """What takes the place of the summary `earlier`: about 500 tokens at most, looked through
        (see remembering.py), "" where nothing is worth it. Raises AgentUnavailable."""
        ...


class Agent(Protocol):
    """Answers one turn."""

    @property
    def summarizer(self) -> Summarizer | None:
        """What gives it a memory, None where it has no use for one."""
        ...

    async def answer(self, turn: Turn, deeds: Deeds) -> str | Crisis:
        """The words to send, safe as they are (see guardrails.py); or the crisis that the texts
        tell of, which the fixed reply answers.

        deeds: what may be done meanwhile for the person who wrote. Raises AgentUnavailable, and
        whatever the deeds raise besides NotAccepted.
        """
        ...
