"""The real OpenAI SDK against the sandbox."""

import asyncio
import json
from typing import Any

import openai
import pytest
from pydantic import BaseModel, ValidationError

from tests.sandbox.running import RunningSandbox

UPDATE_PROFILE: Any = {
    "type": "function",
    "name": "update_profile",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {
            "first_name": {"type": ["string", "null"]},
            "zip_code": {"type": ["string", "null"]},
        },
        "required": ["first_name", "zip_code"],
        "additionalProperties": False,
    },
}


class Reply(BaseModel):
    answer: str
    urgent: bool


def client_of(
    sandbox: RunningSandbox, key: str = "sk-sandbox", timeout: float = 5
) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{sandbox.url}/v1", api_key=key, max_retries=0, timeout=timeout)


def ask(sandbox: RunningSandbox, text: str = "I cannot sleep", **more: Any) -> Any:
    turns: list[Any] = [{"role": "user", "content": text}]
    return client_of(sandbox).responses.create(model="gpt-test", input=turns, store=False, **more)


def test_the_answer_speaks_of_the_last_text(sandbox: RunningSandbox) -> None:
    response = ask(sandbox)
    assert "sleep" in response.output_text
    assert len(response.output_text) <= 160
    assert (response.status, response.model) == ("completed", "gpt-test")
    usage = response.usage
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert min(usage.input_tokens, usage.output_tokens) > 0
    assert "the neighbour's parrot" in ask(sandbox, "the neighbour's parrot").output_text


def test_a_name_becomes_a_tool_call_and_its_output_an_answer(sandbox: RunningSandbox) -> None:
    turns: list[Any] = [
        {"role": "user", "content": [{"type": "input_text", "text": "call me Ana"}]}
    ]
    client = client_of(sandbox)
    first = client.responses.create(model="m", input=turns, tools=[UPDATE_PROFILE])
    [call] = first.output
    assert call.type == "function_call"
    assert (call.name, json.loads(call.arguments)) == (
        "update_profile",
        {"first_name": "Ana", "zip_code": None},
    )
    turns += [item.to_dict() for item in first.output]
    turns.append({"type": "function_call_output", "call_id": call.call_id, "output": "{}"})
    second = client.responses.create(model="m", input=turns, tools=[UPDATE_PROFILE])
    assert second.output_text
    assert ask(sandbox, "call me Ana").output_text, "no tool was offered"


def test_a_schema_is_answered_in_its_shape(sandbox: RunningSandbox) -> None:
    parsed = client_of(sandbox).responses.parse(model="m", input="hello", text_format=Reply)
    assert parsed.output_parsed is not None
    assert parsed.output_parsed.answer
    assert parsed.output_parsed.urgent is False


def test_the_async_client_works(sandbox: RunningSandbox) -> None:
    async def story() -> str:
        async with openai.AsyncOpenAI(
            base_url=f"{sandbox.url}/v1", api_key="sk-sandbox", max_retries=0
        ) as client:
            return (await client.responses.create(model="m", input="hello")).output_text

    assert asyncio.run(story())


def test_scripts_are_answered_in_the_order_they_were_given(sandbox: RunningSandbox) -> None:
    for body in ("**bold** `code`", "x" * 2000, {"text": ""}):
        sandbox.fault("openai", "script", body=body, times=1)
    assert [ask(sandbox).output_text for _ in range(3)] == ["**bold** `code`", "x" * 2000, ""]
    assert "sleep" in ask(sandbox).output_text


def test_a_script_can_refuse_call_a_tool_or_say_nothing(sandbox: RunningSandbox) -> None:
    for body in ({"refusal": "I cannot help."}, {"tool": "send_sms", "arguments": {"to": "+1900"}}):
        sandbox.fault("openai", "script", body=body, times=1)
    refused = client_of(sandbox).responses.parse(model="m", input="x", text_format=Reply)
    assert refused.output_parsed is None
    assert refused.to_dict()["output"][0]["content"][0]["type"] == "refusal"  # type: ignore[index]
    called = ask(sandbox).output[0]
    assert (called.name, json.loads(called.arguments)) == ("send_sms", {"to": "+1900"})
    nothing: list[Any] = [{}, [], {"output": []}]
    for empty in nothing:
        sandbox.fault("openai", "script", body=empty, times=1)
        assert ask(sandbox).output == []


def test_a_script_can_be_exact_cut_off_or_broken(sandbox: RunningSandbox) -> None:
    item = {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "c1",
            "name": "update_profile", "arguments": "{broken"}  # fmt: skip
    sandbox.fault("openai", "script", body=[item], times=1)
    assert ask(sandbox).output[0].arguments == "{broken"
    sandbox.fault("openai", "script", body={"text": '{"ans', "status": "incomplete"}, times=2)
    cut = ask(sandbox)
    assert (cut.status, cut.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    with pytest.raises(ValidationError):
        client_of(sandbox).responses.parse(model="m", input="x", text_format=Reply)
    sandbox.fault("openai", "script", body={"raw": "{not json"}, times=1)
    with pytest.raises((openai.OpenAIError, ValueError)):
        ask(sandbox)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "fail", "status": 429, "retry_after": 2}, openai.RateLimitError),
        ({"kind": "fail"}, openai.InternalServerError),
        ({"kind": "error_code", "code": "context_length_exceeded"}, openai.BadRequestError),
        ({"kind": "drop_after_accept"}, openai.APIConnectionError),
        ({"kind": "timeout", "seconds": 0.1}, openai.APIConnectionError),
    ],
)
def test_a_fault_shows_as_the_sdks_own_error(
    sandbox: RunningSandbox, fault: dict[str, Any], error: type[openai.OpenAIError]
) -> None:
    sandbox.post("/sandbox/faults", provider="openai", times=1, **fault)
    with pytest.raises(error):
        ask(sandbox)


def test_the_model_can_hang(sandbox: RunningSandbox) -> None:
    sandbox.fault("openai", "timeout", times=1)
    with pytest.raises(openai.APITimeoutError):
        client_of(sandbox, timeout=0.2).responses.create(model="m", input="x")


def test_a_wrong_key_and_a_missing_input_are_refused(sandbox: RunningSandbox) -> None:
    with pytest.raises(openai.AuthenticationError):
        client_of(sandbox, "sk-wrong").responses.create(model="m", input="x")
    with pytest.raises(openai.BadRequestError):
        client_of(sandbox).responses.create(model="m")
    with pytest.raises(openai.BadRequestError):
        client_of(sandbox).responses.create(model="m", input="x", stream=True)
    with pytest.raises(openai.NotFoundError):
        client_of(sandbox).responses.retrieve("resp_1")
