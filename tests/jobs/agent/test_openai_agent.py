"""The assistant that asks a model: the real SDK against the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from services.jobs.agent.guardrails import CAP, fit, is_safe, septets
from services.jobs.agent.openai_agent import OpenAIAgent
from services.jobs.agent.turn import AgentUnavailable, Line, Turn
from tests.sandbox.running import RunningSandbox

pytestmark = pytest.mark.slow

KEY = "sk-sandbox-key"
INSTEAD = "I'm with you. What part of it weighs on you most?"
TURN = Turn(texts=["I have not slept for days"])


class Fallback:
    """Says one safe thing."""

    async def answer(self, turn: Turn) -> str:
        return INSTEAD


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    sandbox = RunningSandbox("http://127.0.0.1:9")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.post("/sandbox/reset")
    return running


def answer(sandbox: RunningSandbox, turn: Turn = TURN, **changes: Any) -> str:
    async def go() -> str:
        settings = {
            "api_key": sandbox.settings.openai_key,
            "base_url": f"{sandbox.url}/v1",
            "model": "gpt-test",
            "fallback": Fallback(),
            **changes,
        }
        agent = OpenAIAgent.connect(**settings)
        try:
            async with asyncio.timeout(30):
                return await agent.answer(turn)
        finally:
            await agent.close()

    return asyncio.run(go())


def says(sandbox: RunningSandbox, body: Any, **more: Any) -> None:
    """What the model answers next."""
    sandbox.fault("openai", "script", body=body, times=1, **more)


def asked(sandbox: RunningSandbox) -> Any:
    """The one request that reached the model."""
    [request] = sandbox.call("GET", "/sandbox/requests?provider=openai")["requests"]
    return request["params"]


def test_the_models_words_are_the_answer(sandbox: RunningSandbox) -> None:
    says(sandbox, "That sounds exhausting. Could someone take one night?")
    assert answer(sandbox) == "That sounds exhausting. Could someone take one night?"


def test_the_model_is_told_who_writes_and_what_was_said(sandbox: RunningSandbox) -> None:
    turn = Turn(
        texts=["one", "two"],
        transcript=[Line(False, "hi"), Line(True, "Hello.")],
        first_name="Ana",
        care_recipient="Rosa",
        burnout_band="high",
        pressure_zones=["physical health"],
        crisis_open=True,
        summary="Her mother fell in May.",
    )
    answer(sandbox, turn)
    request = asked(sandbox)
    assert [(each["role"], each["content"]) for each in request["input"]] == [
        ("user", "hi"),
        ("assistant", "Hello."),
        ("user", "one"),
        ("user", "two"),
    ]
    for fact in ("Ana", "Rosa", "high", "physical health", "crisis", "fell in May"):
        assert fact in request["instructions"]
    assert request["model"] == "gpt-test"
    assert request["store"] is False


def test_a_model_that_reasons_has_room_to_do_so(sandbox: RunningSandbox) -> None:
    """Its reasoning counts as output: with little room nothing would be left for the answer."""
    answer(sandbox)
    assert asked(sandbox)["max_output_tokens"] >= 1000


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
def test_a_model_that_refuses_the_call_is_unavailable_and_asked_once(
    sandbox: RunningSandbox, status: int
) -> None:
    sandbox.fault("openai", "fail", status=status)
    with pytest.raises(AgentUnavailable):
        answer(sandbox)
    assert sum(sandbox.counts("openai").values()) == 1


def test_a_wrong_key_is_unavailable(sandbox: RunningSandbox) -> None:
    with pytest.raises(AgentUnavailable, match="AuthenticationError"):
        answer(sandbox, api_key="wrong")


def test_a_model_that_is_silent_is_unavailable_in_time(sandbox: RunningSandbox) -> None:
    sandbox.fault("openai", "timeout")
    begun = time.monotonic()
    with pytest.raises(AgentUnavailable):
        answer(sandbox, timeout=0.3)
    assert time.monotonic() - begun < 5


def test_a_model_that_drips_is_unavailable_in_time() -> None:
    """Every byte comes in time, the answer does not."""

    async def go() -> None:
        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
            writer.write(b"Content-Length: 1000000\r\n\r\n")
            pause = asyncio.Event()
            while not writer.is_closing():
                writer.write(b" ")
                try:
                    await asyncio.wait_for(pause.wait(), 0.05)
                except TimeoutError:
                    continue
            writer.close()

        async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            agent = OpenAIAgent.connect(
                api_key="k",
                base_url=f"http://127.0.0.1:{port}/v1",
                model="gpt-test",
                fallback=Fallback(),
                timeout=0.4,
            )
            with pytest.raises(AgentUnavailable):
                async with asyncio.timeout(10):
                    await agent.answer(TURN)
            await agent.close()

    asyncio.run(go())


def test_a_model_that_is_away_is_unavailable(sandbox: RunningSandbox) -> None:
    with pytest.raises(AgentUnavailable):
        answer(sandbox, base_url="http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    "raw",
    ["", "{", "[]", "null", '"text"', "{}", '{"output": null}', '{"output": [1]}', "<html>"],
)
@pytest.mark.parametrize("html", [False, True])
def test_an_answer_that_cannot_be_read_is_none(
    sandbox: RunningSandbox, raw: str, html: bool
) -> None:
    if html:
        sandbox.fault("openai", "fail", status=200, body=raw or " ", times=1)
    else:
        says(sandbox, {"raw": raw})
    with contextlib.suppress(AgentUnavailable):
        assert answer(sandbox) == INSTEAD


@pytest.mark.parametrize(
    "words",
    [
        "",
        "   ",
        "```python\nprint('hi')\n```",
        "Call my friend at +1 900 555 0142.",
        "Text HELP to 85511 now.",
        "Give her 20 mg at night.",
        "You should double the dose.",
        "See https://example.org/help",
        "I am a licensed therapist.",
    ],
)
def test_what_may_not_be_sent_is_said_in_other_words(sandbox: RunningSandbox, words: str) -> None:
    says(sandbox, words)
    assert answer(sandbox) == INSTEAD


def test_a_refusal_or_a_tool_that_nobody_offered_is_said_in_other_words(
    sandbox: RunningSandbox,
) -> None:
    says(sandbox, {"refusal": "I cannot help with that."})
    assert answer(sandbox) == INSTEAD
    says(sandbox, {"tool": "send_sms", "arguments": {"to": "+19005550142"}})
    assert answer(sandbox) == INSTEAD


def test_markdown_becomes_plain_text(sandbox: RunningSandbox) -> None:
    says(sandbox, "**Rest** is _fine_ — really 😀\n- one thing\n- another")
    said = answer(sandbox)
    assert said == "Rest is _fine_ - really one thing another"
    assert is_safe(said)


def test_an_endless_answer_costs_no_time_and_fits(sandbox: RunningSandbox) -> None:
    says(sandbox, "It is a lot to carry for one person alone. " * 4_000)
    said = answer(sandbox)
    begun = time.process_time()
    assert septets(fit(said)) <= CAP
    assert time.process_time() - begun < 0.05


def test_nothing_of_the_person_is_logged(
    sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    turn = Turn(texts=["my mother Rosa fell"], first_name="Ana-Sofia", summary="Lives in Reno.")
    says(sandbox, "Call +1 900 555 0142 about Rosa")
    answer(sandbox, turn)
    sandbox.fault("openai", "fail", status=500, times=1)
    with pytest.raises(AgentUnavailable):
        answer(sandbox, turn)
    for word in ("Rosa", "Ana-Sofia", "Reno", "555 0142", sandbox.settings.openai_key):
        assert word not in caplog.text
