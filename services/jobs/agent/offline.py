"""The assistant that needs no model: rules, and a memory for what was just said."""

from __future__ import annotations

from services.jobs.agent.deeds import CheckIns, Deeds, NotAccepted
from services.jobs.agent.forbidden import objection
from services.jobs.agent.guardrails import plain
from services.jobs.agent.numbers import RESOURCES
from services.jobs.agent.plain_words import Wishes, wishes_of
from services.jobs.agent.themes import THEMES, Theme
from services.jobs.agent.turn import Summarizer, Turn

_LISTENING = (
    "I hear you. Tell me a little more about what's hardest right now.",
    "Thank you for telling me. How has that been sitting with you?",
    "That sounds like a lot to carry. What would help most in this moment?",
    "I'm with you. What part of it weighs on you most?",
)

_CRISIS_OPEN = "I'm glad you're still here with me. 988 answers calls and texts day and night."

_KEPT = "Thank you, I'll remember that."
_NOT_KEPT = "I'm sorry, I couldn't keep that."

_PREFERENCES = {
    CheckIns.AS_USUAL: "I'll check in as usual again. Text me any time, too.",
    CheckIns.FEWER: "I'll check in less often. Text me any time, too.",
    CheckIns.NONE: "I won't check in by myself any more. Text me whenever you like.",
}

_AGAIN = "As I said:"

_STARTED = "Thank you for taking a moment for yourself."


class OfflineAgent:
    """Answers by theme, and does what was asked for outright. The same turn gets the same answer,
    so that a repeated job says it once. It reads no summary, and writes none."""

    summarizer: Summarizer | None = None

    async def answer(self, turn: Turn, deeds: Deeds) -> str:
        """See Agent; never unavailable."""
        wishes = wishes_of(turn.texts)
        said = await _do(wishes, deeds)
        if not (wishes.check_ins or wishes.questionnaire or wishes.numbers):
            greeted = "first_name" in wishes.told
            name = "" if greeted else turn.first_name
            # what was just done for them shows that they were read
            said.append(_by_theme(turn, name, refers_back=not said))
        body = " ".join(said)
        last = next((line.text for line in reversed(turn.transcript) if line.ours), "")
        return f"{_AGAIN} {body}" if body == last else body


async def _do(wishes: Wishes, deeds: Deeds) -> list[str]:
    """Does what is wished for; a sentence for each."""
    said: list[str] = []
    try:
        if wishes.told:
            await deeds.update_profile(wishes.told)
            name = wishes.told.get("first_name")
            said.append(f"Nice to meet you, {plain(name)}." if name else _KEPT)
        if wishes.check_ins:
            await deeds.set_check_in_preference(wishes.check_ins)
            said.append(_PREFERENCES[wishes.check_ins])
        if wishes.questionnaire:
            await deeds.start_assessment(wishes.questionnaire)
            said.append(_STARTED)
    except NotAccepted:
        said.append(_NOT_KEPT)
    if wishes.numbers:
        said.append(RESOURCES)
    return said


def _by_theme(turn: Turn, name: str, *, refers_back: bool) -> str:
    recent = [line.text for line in turn.transcript if line.ours][-4:]
    themes = _themes_of(turn)
    lines = [line for theme in themes for line in theme.lines] or list(_LISTENING)
    body = _fresh(lines, recent)
    if not themes and refers_back:
        body = _refer_back(turn) + body
    if turn.crisis_open and not any(_CRISIS_OPEN in said for said in recent[-1:]):
        body = f"{_CRISIS_OPEN} {body}"
    if name and not recent:
        body = f"Hi {plain(name)}. {body}"
    return body


def _themes_of(turn: Turn) -> list[Theme]:
    """Themes of the waiting texts, in the order of the table: the more telling ones come first."""
    said = "\n".join(turn.texts)
    found = [theme for theme in THEMES if theme.pattern.search(said)]
    return found[:2]


def _fresh(lines: list[str], recent: list[str]) -> str:
    """The line that was said longest ago, or never; never the one that was said last."""

    def last_said(line: str) -> int:
        return max((place for place, said in enumerate(recent) if line in said), default=-1)

    newest = len(recent) - 1
    return min(
        (*lines, *_LISTENING), key=lambda line: (last_said(line) == newest >= 0, last_said(line))
    )


def _refer_back(turn: Turn) -> str:
    """A few of the person's own words, so that they see they were read, if we may say them."""
    words = plain(turn.texts[-1]).split()
    if not 3 <= len(words) <= 12:
        return ""
    quoted = " ".join(words).rstrip(".!?,;:")
    if objection(quoted):
        return ""
    return f'"{quoted}" - '
