"""A model that reports a crisis: what counts as a report, and that it ends the turn."""

from __future__ import annotations

import json
from typing import Any

import pytest

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.agent.prompt import INSTRUCTIONS, REPORTING, WITHOUT_REPORTING
from services.jobs.agent.tools import CrisisKind
from services.jobs.safety.crisis import MEDICAL, SUICIDE, Crisis
from tests.jobs.agent.asking import Asking

pytestmark = pytest.mark.slow

NAMED = {"tool": "update_profile", "arguments": {"first_name": "Ana"}}


def report(kind: object = "suicide", language: object = "en", **more: object) -> dict[str, Any]:
    return {"tool": "report_crisis", "arguments": {"kind": kind, "language": language, **more}}


def test_a_report_ends_the_turn_and_the_words_beside_it_are_dropped(asking: Asking) -> None:
    asking.says({"text": "I hear you.", "tools": [report()]}, "How was your day?")
    assert asking.outcome() == Crisis(SUICIDE, "en")
    [request] = asking.requests()
    assert request["instructions"] == INSTRUCTIONS
    assert request["tools"][0]["name"] == "report_crisis"


def test_a_report_comes_before_the_tools_that_stand_before_it_in_the_same_breath(
    asking: Asking,
) -> None:
    """A service that one of them needs may be away; the report waits for none."""
    asking.deeds.failing = ConnectionError()
    asking.says({"tools": [NAMED, report("medical_emergency", "es")]})
    assert asking.outcome() == Crisis(MEDICAL, "es")
    assert asking.deeds.done == []


def test_a_report_after_other_tools_counts_too(asking: Asking) -> None:
    asking.says(NAMED, report())
    assert asking.outcome() == Crisis(SUICIDE, "en")


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (report("sadness"), "kind must be one of suicide, passive_ideation"),
        (report(None), "kind must be one of"),
        (report(["suicide"]), "kind must be one of"),
        (report(language="fr"), "language must be one of en, es"),
        (report(user_id="somebody"), "Unknown arguments"),
        (report(note="she wrote that she is tired"), "Unknown arguments"),
        ({"tool": "report_crisis", "arguments": "{broken"}, "no JSON"),
        ({"tool": "report_crisis", "arguments": "[]"}, "one JSON object"),
    ],
)
def test_a_report_that_is_wrong_is_told_what_is_wrong_and_may_be_put_right(
    asking: Asking, call: Any, why: str
) -> None:
    asking.says(call, report())
    assert asking.outcome() == Crisis(SUICIDE, "en")
    told = asking.requests()[1]["input"][-1]
    assert why in json.loads(told["output"])["error"]


def test_a_model_that_may_not_report_is_not_told_of_it_and_gets_no_further(asking: Asking) -> None:
    asking.says(report(), "Please call 988.")
    assert asking.outcome(reports=False) == "Please call 988."
    first, second = asking.requests()
    assert first["instructions"] == WITHOUT_REPORTING == INSTRUCTIONS.replace(REPORTING, "")
    assert "report_crisis" not in [tool["name"] for tool in first["tools"]]
    assert "not reported here" in second["input"][-1]["output"]


def test_a_model_can_report_every_kind_that_the_rules_know() -> None:
    prefix = "INBOUND_CRISIS_KIND_"
    known = {name.removeprefix(prefix).lower() for name in InboundCrisisKind.keys()}  # noqa: SIM118
    assert {*CrisisKind} == known - {"unspecified"}
