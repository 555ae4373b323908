"""A model that calls tools: what is done, what it is told, and where it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.jobs.agent.openai_agent import MOST_CALLS, MOST_ROUNDS
from services.jobs.agent.turn import AgentUnavailable, Turn
from tests.jobs.agent.asking import INSTEAD, Asking

pytestmark = pytest.mark.slow

NAMED = {"tool": "update_profile", "arguments": {"first_name": "Ana"}}
FEWER = {"tool": "set_check_in_preference", "arguments": {"how_often": "fewer"}}
DONE_NAMED = ("update_profile", {"first_name": "Ana"})


def outputs(request: Any) -> list[dict[str, str]]:
    """What the tools returned to the model, in the order of its calls."""
    return [
        json.loads(item["output"])
        for item in request["input"]
        if item.get("type") == "function_call_output"
    ]


def test_what_a_person_tells_is_kept_and_the_model_speaks_after_it(asking: Asking) -> None:
    said = asking.answer(Turn(texts=["my name is Ana and I care for my dad"]))
    assert said == "Thank you, I noted that. How are you doing today?"
    assert asking.deeds.done == [
        ("update_profile", {"first_name": "Ana", "care_recipient_name": "dad"})
    ]
    first, second = asking.requests()
    assert {tool["name"] for tool in first["tools"]} >= {"update_profile", "crisis_resources"}
    assert first["tool_choice"] == "auto"
    assert outputs(second) == [{"done": "Kept: first_name, care_recipient_name."}]
    assert "id" not in second["input"][-2], "the provider keeps nothing that an id could name"


def test_tools_called_at_once_are_all_run_in_their_order(asking: Asking) -> None:
    asking.says(
        {"text": "One moment.", "tools": [NAMED, FEWER, {"tool": "crisis_resources"}]},
        "Done, Ana.",
    )
    assert asking.answer() == "Done, Ana."
    assert asking.deeds.done == [DONE_NAMED, ("set_check_in_preference", "fewer")]
    assert [list(each) for each in outputs(asking.requests()[1])] == [["done"]] * 3


def test_a_wrong_call_is_told_what_is_wrong_and_may_be_put_right(asking: Asking) -> None:
    asking.says(
        {"tools": [{"tool": "update_profile", "arguments": "{broken"}, {"tool": "send_sms"}]},
        NAMED,
        "Hello Ana.",
    )
    assert asking.answer() == "Hello Ana."
    assert asking.deeds.done == [DONE_NAMED]
    errors = [each["error"] for each in outputs(asking.requests()[1])]
    assert "no JSON" in errors[0]
    assert "no such tool" in errors[1]


@pytest.mark.parametrize(
    "call",
    [
        {"tool": "send_sms", "arguments": {"to": "+19005550142", "body": "hi"}},
        {"tool": "update_profile", "arguments": {"user_id": "another", "first_name": "Eve"}},
        {"tool": "get_profile", "arguments": {"phone_number": "+19005550142"}},
        {"tool": "grant_role", "arguments": {"role": "admin"}},
    ],
)
def test_a_model_that_was_talked_into_it_reaches_nobody_elses_data(
    asking: Asking, call: Any
) -> None:
    asking.says(call, "I can't do that, but I can listen.")
    assert asking.answer() == "I can't do that, but I can listen."
    assert asking.deeds.done == []


def test_a_model_that_only_calls_tools_has_to_speak_at_last(asking: Asking) -> None:
    asking.says(*[FEWER] * MOST_ROUNDS, "As you like.")
    assert asking.answer() == "As you like."
    choices = [request["tool_choice"] for request in asking.requests()]
    assert choices == ["auto"] * MOST_ROUNDS + ["none"]


def test_a_model_that_calls_tools_even_then_is_spoken_for(asking: Asking) -> None:
    asking.says(*[FEWER] * (MOST_ROUNDS + 5))
    assert asking.answer() == INSTEAD
    assert len(asking.requests()) == MOST_ROUNDS + 1
    assert len(asking.deeds.done) == MOST_ROUNDS


def test_no_more_than_a_few_tools_are_run_at_once(asking: Asking) -> None:
    asking.says({"tools": [FEWER] * (MOST_CALLS + 4)}, "All set.")
    assert asking.answer() == "All set."
    assert len(asking.deeds.done) == MOST_CALLS
    assert [each.get("error") for each in outputs(asking.requests()[1])][MOST_CALLS:] == [
        "Too many calls at once."
    ] * 4


def test_words_beside_a_call_count_where_none_follow(asking: Asking) -> None:
    asking.says({"text": "Nice to meet you, Ana.", "tools": [NAMED]}, "")
    assert asking.answer() == "Nice to meet you, Ana."


def test_half_a_call_is_not_run(asking: Asking) -> None:
    asking.says({**NAMED, "status": "incomplete"})
    assert asking.answer() == INSTEAD
    assert asking.deeds.done == []


def test_all_rounds_together_have_one_time_limit(asking: Asking) -> None:
    """A model that is quick to call and never speaks is given up like one that is slow."""
    asking.says(NAMED)
    asking.sandbox.fault("openai", "timeout")
    with pytest.raises(AgentUnavailable, match="TimeoutError"):
        asking.answer(timeout=1)
    assert asking.deeds.done == [DONE_NAMED]


def test_a_service_that_is_away_ends_the_turn_and_not_in_words_of_the_model(
    asking: Asking,
) -> None:
    asking.deeds.failing = ConnectionError()
    asking.says(NAMED, "All kept!")
    with pytest.raises(ConnectionError):
        asking.answer()
    assert len(asking.requests()) == 1


def test_what_a_service_refuses_is_told_to_the_model(asking: Asking) -> None:
    asking.deeds.refusing = "time_zone must be an IANA time zone"
    asking.says({"tool": "update_profile", "arguments": {"time_zone": "Chicago"}}, "Which city?")
    assert asking.answer() == "Which city?"
    assert outputs(asking.requests()[1]) == [{"error": asking.deeds.refusing}]
