"""OpenAI's Responses API: text, tool calls and refusals, by rules or by script.

Source: https://platform.openai.com/docs/api-reference/responses
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import openai_rules
from sandbox.clock import SandboxClock
from sandbox.faults import Fault
from sandbox.provider import Call, Dialect, Provider, raw_failure, retry_after
from sandbox.settings import SandboxSettings
from sandbox.stripe_objects import new_id

_KINDS: Final = {
    429: "rate_limit_error",
    401: "invalid_request_error",
    400: "invalid_request_error",
}
_CODES: Final = {429: "rate_limit_exceeded"}
# Roughly what a tokenizer makes of English.
_LETTERS_A_TOKEN: Final = 4


def refusal(
    status: int, message: str, code: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Return an error as OpenAI writes it."""
    kind = _KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error")
    error = {"message": message, "type": kind, "param": None, "code": code or _CODES.get(status)}
    return JSONResponse({"error": error}, status, headers)


class OpenAIDialect(Dialect):
    """JSON in, {"error": {...}} out."""

    name = "openai"

    def params(self, method: str, query: str, body: bytes) -> dict[str, Any]:
        """Return the JSON body, or nothing if it is not an object."""
        try:
            asked = json.loads(body or b"{}")
        except ValueError:
            return {}
        return asked if isinstance(asked, dict) else {}

    def failure(self, fault: Fault) -> Response:
        """Return the fault's status, 500 unless told otherwise."""
        status = fault.status or (400 if fault.kind == "error_code" else 500)
        code = None if fault.code is None else str(fault.code)
        message = fault.message or f"The sandbox was told to answer {status}."
        return raw_failure(fault, status) or refusal(status, message, code, retry_after(fault))


class OpenAI:
    """POST /v1/responses. Streaming, stored responses and built-in tools are not offered."""

    def __init__(self, settings: SandboxSettings, clock: SandboxClock, provider: Provider) -> None:
        self._settings = settings
        self._clock = clock
        self._provider = provider

    def routes(self) -> list[Route]:
        """The routes of the API."""
        return [self._provider.route("POST", "/v1/responses", self._respond)]

    def _respond(self, call: Call) -> Response:
        if call.headers.get("authorization") != f"Bearer {self._settings.openai_key}":
            return refusal(401, "Incorrect API key provided.", "invalid_api_key")
        asked = call.params
        if not asked.get("model") or "input" not in asked:
            return refusal(400, "Missing required parameter: model and input are needed.")
        if asked.get("stream"):
            return refusal(400, "The sandbox does not stream.", "unsupported_parameter")
        if wrong := _unpaired(asked["input"]):
            return refusal(400, wrong)
        script = call.fault("script")
        if script is None:
            return JSONResponse(self._response(asked, _by_rules(asked)))
        body = script.body
        if isinstance(body, dict) and "raw" in body:
            return Response(str(body["raw"]), script.status or 200, media_type="application/json")
        extra = body if isinstance(body, dict) else {}
        return JSONResponse(self._response(asked, _by_script(body), extra))

    def _response(
        self,
        asked: Mapping[str, Any],
        output: list[dict[str, Any]],
        script: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        script = script or {}
        status = script.get("status", "completed")
        reason = script.get("reason", "max_output_tokens")
        spoken = json.dumps(output)
        read = json.dumps([asked.get("instructions"), asked["input"], asked.get("tools")])
        taken, made = len(read) // _LETTERS_A_TOKEN, len(spoken) // _LETTERS_A_TOKEN
        return {
            "id": new_id("resp_", 48),
            "object": "response",
            "created_at": self._clock.now(),
            "completed_at": self._clock.now() if status == "completed" else None,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": {"reason": reason} if status == "incomplete" else None,
            "instructions": asked.get("instructions"),
            "max_output_tokens": asked.get("max_output_tokens"),
            "metadata": asked.get("metadata") or {},
            "model": asked["model"],
            "output": output,
            "parallel_tool_calls": asked.get("parallel_tool_calls", True),
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None},
            "service_tier": "default",
            "store": asked.get("store", True),
            "temperature": asked.get("temperature", 1.0),
            "text": asked.get("text") or {"format": {"type": "text"}},
            "tool_choice": asked.get("tool_choice", "auto"),
            "tools": asked.get("tools") or [],
            "top_p": asked.get("top_p", 1.0),
            "truncation": "disabled",
            "usage": {
                "input_tokens": taken,
                "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens": made,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": taken + made,
            },
            "user": asked.get("user"),
        }


def _unpaired(turns: Any) -> str:
    """Say which tool call has no output or which output no call, "" where all is well."""
    items = [each for each in turns if isinstance(each, dict)] if isinstance(turns, list) else []
    called = [each["call_id"] for each in items if each.get("type") == "function_call"]
    returned = [each["call_id"] for each in items if each.get("type") == "function_call_output"]
    for call_id in called:
        if call_id not in returned:
            return f"No tool output found for function call {call_id}."
    for call_id in returned:
        if call_id not in called:
            return f"No tool call found for function call output with call_id {call_id}."
    return ""


def _by_rules(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted = openai_rules.tool_call(asked["input"], asked.get("tools") or ())
    if wanted is not None and asked.get("tool_choice") != "none":
        return [_call(*wanted)]
    text_format = (asked.get("text") or {}).get("format")
    return [_message(openai_rules.answer(asked["input"], text_format))]


def _by_script(body: Any) -> list[dict[str, Any]]:
    """Turn a script into output items.

    A string is a text. A list is the output itself. An object says text, refusal, tool (with
    arguments: an object, or a string that is sent as it is, malformed or not), tools (a list of
    such, called at once, after the text if there is one) or output; one that says none of them is
    an empty output.
    """
    if isinstance(body, str):
        return [_message(body)]
    if isinstance(body, list):
        return body
    script: Mapping[str, Any] = body or {}
    if "output" in script:
        return list(script["output"])
    if calls := script.get("tools") or ([script] if "tool" in script else []):
        words = [_message(script["text"])] if "text" in script else []
        return [*words, *(_call(each["tool"], each.get("arguments") or {}) for each in calls)]
    if "refusal" in script:
        said = {"type": "refusal", "refusal": script["refusal"]}
        return [_message("", said)]
    return [_message(script["text"])] if "text" in script else []


def _message(text: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    spoken = {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
    return {
        "id": new_id("msg_", 48),
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [content or spoken],
    }


def _call(name: str, arguments: Any) -> dict[str, Any]:
    return {
        "id": new_id("fc_", 48),
        "type": "function_call",
        "status": "completed",
        "call_id": new_id("call_", 24),
        "name": name,
        "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
    }
