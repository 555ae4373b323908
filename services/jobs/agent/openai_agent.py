"""The assistant that speaks through OpenAI's Responses API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from kit.logging import get_logger
from services.jobs.agent.guardrails import is_safe, plain
from services.jobs.agent.prompt import instructions
from services.jobs.agent.turn import Agent, AgentUnavailable, Turn

if TYPE_CHECKING:
    from openai import AsyncOpenAI

log = get_logger(__name__)

TIMEOUT = 20.0
"""Seconds for one attempt (domain.md section 9)."""

MOST_TOKENS = 2_000
"""Of one answer. Far more than an answer takes: where a model reasons, that counts as well."""

MOST_CHARACTERS = 4_000
"""Of what is looked at; no answer of this length is sent anyway."""


class OpenAIAgent:
    """Asks the model; what it says that may not be sent is said by `fallback` instead."""

    def __init__(
        self, client: AsyncOpenAI, model: str, fallback: Agent, timeout: float = TIMEOUT
    ) -> None:
        """timeout: seconds for one attempt, however the bytes come."""
        self._client = client
        self._model = model
        self._fallback = fallback
        self._timeout = timeout

    @classmethod
    def connect(
        cls,
        *,
        api_key: str,
        base_url: str | None,
        model: str,
        fallback: Agent,
        timeout: float = TIMEOUT,
    ) -> OpenAIAgent:
        """Builds the SDK's client, without retries of its own: retrying is the job's business.

        Imports the SDK here: that takes over a second, and only a worker with a key needs it.
        """
        from openai import AsyncOpenAI

        client = AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=timeout, max_retries=0)
        return cls(client, model, fallback, timeout)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def answer(self, turn: Turn) -> str:
        """See Agent."""
        try:
            # The SDK's own time-out is one for each read, not for the whole answer.
            async with asyncio.timeout(self._timeout):
                words = await self._ask(turn)
        except Exception as error:  # the SDK stumbles in many ways over half an answer
            raise AgentUnavailable(type(error).__name__) from error
        body = plain(words[:MOST_CHARACTERS])
        if body and is_safe(body):
            return body
        log.warning("answer_replaced", empty=not body)
        return await self._fallback.answer(turn)

    async def _ask(self, turn: Turn) -> str:
        """The model's words, "" where it has none. Raises whatever the SDK does."""
        response = await self._client.responses.create(
            model=self._model,
            instructions=instructions(turn),
            input=_input(turn),
            max_output_tokens=MOST_TOKENS,
            store=False,
        )
        return response.output_text


def _input(turn: Turn) -> Any:
    earlier = [
        {"role": "assistant" if line.ours else "user", "content": line.text}
        for line in turn.transcript
    ]
    return [*earlier, *({"role": "user", "content": text} for text in turn.texts)]
