"""An assistant that asks a model: the real SDK against the sandbox."""

from __future__ import annotations

import asyncio
from typing import Any

from services.jobs.agent.deeds import Deeds
from services.jobs.agent.model import Model
from services.jobs.agent.openai_agent import OpenAIAgent
from services.jobs.agent.turn import Summarizer, Turn
from services.jobs.safety.crisis import Crisis
from tests.jobs.agent.doing import Doing
from tests.sandbox.running import RunningSandbox

INSTEAD = "I'm with you. What part of it weighs on you most?"
TURN = Turn(texts=["I have not slept for days"])


class Fallback:
    """Says one safe thing."""

    summarizer: Summarizer | None = None

    async def answer(self, turn: Turn, deeds: Deeds) -> str:
        """See Agent."""
        return INSTEAD


class Asking:
    """A sandbox without faults, an assistant that asks it, and what came of that."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        sandbox.post("/sandbox/reset")
        self.sandbox = sandbox
        self.deeds = Doing()

    def says(self, *bodies: Any) -> None:
        """What the model answers to the next requests, one after the other."""
        for body in bodies:
            self.sandbox.fault("openai", "script", body=body, times=1)

    def answer(self, turn: Turn = TURN, *, timeout: float = 20, **changes: Any) -> str:
        """The words of the assistant's answer. changes: of the connection to the model."""
        said = self.outcome(turn, timeout=timeout, **changes)
        assert isinstance(said, str), said
        return said

    def outcome(
        self, turn: Turn = TURN, *, timeout: float = 20, reports: bool = True, **changes: Any
    ) -> str | Crisis:
        """The same, or the crisis that it reports."""
        settings = {
            "api_key": self.sandbox.settings.openai_key,
            "base_url": f"{self.sandbox.url}/v1",
            "name": "gpt-test",
            **changes,
        }

        async def go() -> str | Crisis:
            model = Model.connect(**settings)
            agent = OpenAIAgent(model, Fallback(), timeout, reports=reports)
            try:
                async with asyncio.timeout(60):
                    return await agent.answer(turn, self.deeds)
            finally:
                await model.close()

        return asyncio.run(go())

    def requests(self) -> list[Any]:
        """What reached the model, in order."""
        shown = self.sandbox.call("GET", "/sandbox/requests?provider=openai")["requests"]
        return [request["params"] for request in shown]
