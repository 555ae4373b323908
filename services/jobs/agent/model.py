"""The one place where a model is called: its words and its calls of tools, and what they cost."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from kit import tracing
from services.jobs.agent import usage
from services.jobs.agent.metrics import model_seconds, model_tokens
from services.jobs.agent.sentences import whole
from services.jobs.agent.turn import AgentUnavailable

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Item = Mapping[str, Any]
Purpose = Literal["answer", "summary"]

MOST_TOKENS: Final = 2_000
"""Of one reply. Far more than an answer takes: where a model reasons, that counts as well."""

TIMEOUT: Final = 20.0
"""Seconds for one attempt, with everything that belongs to it (domain.md section 9)."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model wants called. arguments: JSON, if the model is right."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the model said to one request: words, "" for none, and the tools it wants called."""

    words: str
    calls: Sequence[ToolCall]


class Model:
    """A model behind OpenAI's Responses API."""

    def __init__(self, client: AsyncOpenAI, name: str) -> None:
        """name: of the model, as the API knows it."""
        self._client = client
        self._name = name
        # https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
        self._attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": name,
        }

    @classmethod
    def connect(
        cls, *, api_key: str, base_url: str | None, name: str, timeout: float = TIMEOUT
    ) -> Model:
        """Builds the SDK's client, without retries of its own: retrying is the job's business.

        timeout: seconds, of the SDK: one for each read, not for the whole answer. Imports the SDK
        here: that takes over a second, and only a worker with a key needs it.
        """
        from openai import AsyncOpenAI

        client = AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=timeout, max_retries=0)
        return cls(client, name)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def ask(
        self,
        purpose: Purpose,
        instructions: str,
        items: Sequence[Item],
        tools: Sequence[Item] = (),
        *,
        may_call: bool = False,
    ) -> Said:
        """One request. Nothing of it is kept by the provider for us to refer to.

        may_call: whether a tool may be called; tools that may not are named all the same, since
        earlier calls of them are among the items. Raises AgentUnavailable.
        """
        options: dict[str, Any] = {}
        if tools:
            options = {"tools": list(tools), "tool_choice": "auto" if may_call else "none"}
        begun = time.monotonic()
        outcome = "failed"
        try:
            with tracing.span("OpenAI", "client", attributes=self._attributes):
                response = await self._client.responses.create(
                    model=self._name,
                    instructions=instructions,
                    input=list(items),  # type: ignore[arg-type]  # plain JSON, as documented
                    max_output_tokens=MOST_TOKENS,
                    store=False,
                    **options,
                )
            _count(purpose, response)
            said = _said(response)
            outcome = "answered"
        except AgentUnavailable:
            raise
        except Exception as error:  # the SDK stumbles in many ways over half an answer
            raise AgentUnavailable(type(error).__name__) from error
        finally:
            # A request that is given up in time is measured as well: as a failure.
            model_seconds(purpose, outcome).observe(time.monotonic() - begun)
        return said


def _count(purpose: Purpose, response: Any) -> None:
    """Adds up what was read and written; an answer that does not say counts as nothing."""
    for kind in ("input", "output"):
        tokens = getattr(getattr(response, "usage", None), f"{kind}_tokens", None)
        if isinstance(tokens, int) and tokens > 0:
            model_tokens(purpose, kind).inc(tokens)
            usage.add(tokens)


def _said(response: Any) -> Said:
    """What a response says. A failed one, and one that is none, is a failure of the provider."""
    if response.status == "failed":
        raise AgentUnavailable("failed")
    words = _text(response.output)
    # What was cut off is said as far as its sentences are whole.
    cut = response.status == "incomplete"
    return Said(whole(words) if cut else words, [] if cut else list(_calls(response.output)))


def _text(output: Iterable[Any]) -> str:
    """The model's own words; a refusal has none, and neither has what it thought."""
    parts = [
        getattr(content, "text", None)
        for item in output
        if getattr(item, "type", None) == "message"
        for content in item.content
        if getattr(content, "type", None) == "output_text"
    ]
    return "".join(part for part in parts if isinstance(part, str))


def _calls(output: Iterable[Any]) -> Iterable[ToolCall]:
    for item in output:
        if getattr(item, "type", None) != "function_call":
            continue
        call = ToolCall(item.call_id, item.name, item.arguments)
        if all(isinstance(value, str) for value in (call.call_id, call.name, call.arguments)):
            yield call
