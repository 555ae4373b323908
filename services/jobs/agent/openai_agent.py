"""The assistant that speaks through a model: rounds of tools, then words, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from kit.logging import get_logger
from services.jobs.agent import tools
from services.jobs.agent.deeds import Deeds
from services.jobs.agent.guardrails import speakable
from services.jobs.agent.metrics import ANSWERS_REPLACED
from services.jobs.agent.model import TIMEOUT, Item, Model, Said, ToolCall
from services.jobs.agent.notes import notes
from services.jobs.agent.prompt import INSTRUCTIONS, WITHOUT_REPORTING
from services.jobs.agent.quoting import newest, newest_lines
from services.jobs.agent.summarizing import ModelSummarizer
from services.jobs.agent.turn import Agent, AgentUnavailable, Summarizer, Turn
from services.jobs.safety.crisis import Crisis

log = get_logger(__name__)

MOST_ROUNDS: Final = 3
"""Of tools in one turn; then the model has to speak."""

MOST_CALLS: Final = 6
"""Of tools in one round; further ones are refused."""

UNREADABLE: Final = "(a text without words)"
"""In the place of texts of which nothing can be read; the model must be asked something."""


class OpenAIAgent:
    """Asks the model; what it says that may not be sent is said by `fallback` instead."""

    def __init__(
        self, model: Model, fallback: Agent, timeout: float = TIMEOUT, *, reports: bool = True
    ) -> None:
        """timeout: seconds for one turn, tools included, however the bytes come. reports: whether
        the model may report a crisis."""
        self._model = model
        self._fallback = fallback
        self._timeout = timeout
        self._reports = reports
        self._instructions = INSTRUCTIONS if reports else WITHOUT_REPORTING
        self._tools = (tools.REPORT_CRISIS, *tools.TOOLS) if reports else tools.TOOLS
        self.summarizer: Summarizer | None = ModelSummarizer(model, timeout)

    async def answer(self, turn: Turn, deeds: Deeds) -> str | Crisis:
        """See Agent."""
        try:
            async with asyncio.timeout(self._timeout):
                said = await self._converse(turn, deeds)
        except TimeoutError as error:
            raise AgentUnavailable(type(error).__name__) from error
        if isinstance(said, Crisis):
            return said
        body, reason = speakable(said)
        if body:
            return body
        ANSWERS_REPLACED.labels(reason).inc()
        log.warning("answer_replaced", rule=reason)
        return await self._fallback.answer(turn, deeds)

    async def _converse(self, turn: Turn, deeds: Deeds) -> str | Crisis:
        """The model's words, after the tools that it wanted; "" where it has none.

        A crisis that it reports ends the turn at once: none of the tools beside it is run, since a
        service that one of them needs may be away.
        """
        items = _items(turn)
        spoken = ""
        for number in range(MOST_ROUNDS + 1):
            may_call = number < MOST_ROUNDS
            said = await self._model.ask(
                "answer", self._instructions, items, self._tools, may_call=may_call
            )
            if self._reports and (crisis := tools.reported(said.calls)):
                return crisis
            # Words beside a call count where none follow it.
            spoken = said.words.strip() or spoken
            if not (said.calls and may_call):
                break
            items += await _called(said, deeds)
        return spoken


async def _called(said: Said, deeds: Deeds) -> Sequence[Item]:
    """What the model said and what its calls returned, as the next request repeats it.

    One after the other, in their order: they change the same person. Without the ids of the
    provider, which keeps nothing that they could name, and so without what the model thought.
    """
    items: list[Item] = []
    if said.words.strip():
        items.append({"role": "assistant", "content": said.words})
    for number, call in enumerate(said.calls):
        returned = (
            await tools.call(call.name, call.arguments, deeds)
            if number < MOST_CALLS
            else '{"error": "Too many calls at once."}'
        )
        items += [
            _repeated(call),
            {"type": "function_call_output", "call_id": call.call_id, "output": returned},
        ]
    return items


def _repeated(call: ToolCall) -> Item:
    return {
        "type": "function_call",
        "call_id": call.call_id,
        "name": call.name,
        "arguments": call.arguments,
    }


def _items(turn: Turn) -> list[Item]:
    """The conversation: our notes on the person, what was said, and what they wrote since."""
    known = notes(turn)
    texts = [text for text in newest(turn.texts) if text.strip()] or [UNREADABLE]
    return [
        *([{"role": "user", "content": known}] if known else []),
        *(
            {"role": "assistant" if line.ours else "user", "content": line.text}
            for line in newest_lines(turn.transcript)
        ),
        *({"role": "user", "content": text} for text in texts),
    ]
