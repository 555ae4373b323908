"""The assistant that speaks through OpenAI's Responses API."""

from __future__ import annotations

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


class OpenAIAgent:
    """Asks the model; what it says that may not be sent is said by `fallback` instead."""

    def __init__(self, client: AsyncOpenAI, model: str, fallback: Agent) -> None:
        self._client = client
        self._model = model
        self._fallback = fallback

    @classmethod
    def connect(
        cls, *, api_key: str, base_url: str | None, model: str, fallback: Agent
    ) -> OpenAIAgent:
        """Builds the SDK's client, without retries of its own: retrying is the job's business.

        Imports the SDK here: that takes over a second, and only a worker with a key needs it.
        """
        from openai import AsyncOpenAI

        client = AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=TIMEOUT, max_retries=0)
        return cls(client, model, fallback)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def answer(self, turn: Turn) -> str:
        """See Agent."""
        from openai import OpenAIError

        try:
            response = await self._client.responses.create(
                model=self._model,
                instructions=instructions(turn),
                input=_input(turn),
                max_output_tokens=300,
                store=False,
            )
        except OpenAIError as error:
            raise AgentUnavailable(type(error).__name__) from error
        except ValueError as error:  # an answer that is no answer of this API
            raise AgentUnavailable("MALFORMED") from error
        body = plain(response.output_text or "")
        if body and is_safe(body):
            return body
        log.warning("answer_replaced", empty=not body)
        return await self._fallback.answer(turn)


def _input(turn: Turn) -> Any:
    earlier = [
        {"role": "assistant" if line.ours else "user", "content": line.text}
        for line in turn.transcript
    ]
    return [*earlier, *({"role": "user", "content": text} for text in turn.texts)]
