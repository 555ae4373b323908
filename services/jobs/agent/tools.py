"""The tools that the model is offered: what each takes, and what it is told when it has called one.

Nothing that a model says is an exception: a name that does not exist, arguments that are no JSON, a
value that nobody can have, all of it is answered with a sentence that says what is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final, TypeVar

from services.jobs.agent.deeds import CheckIns, Deeds, NotAccepted, Questionnaire
from services.jobs.agent.metrics import tool_calls
from services.jobs.agent.model import ToolCall
from services.jobs.agent.numbers import NUMBERS
from services.jobs.safety.crisis import KIND_OF, Crisis

Definition = Mapping[str, Any]
Choice = TypeVar("Choice", bound=StrEnum)

LONGEST_ARGUMENTS: Final = 2_000
LONGEST_NAME: Final = 40

# Letters and their marks, with what stands between those of a name: no digits, no sentences.
_NAME: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f .,'’-])*")
_MOST_WORDS: Final = 5

_FIELDS: Final = {
    "first_name": "What the person wants to be called.",
    "relationship": "What they are to the one they care for: daughter, husband, friend.",
    "care_recipient_name": "Whom they care for, by name or as they say: Rosa, my dad.",
    "zip_code": "Postal code.",
    "time_zone": "IANA name of where they live, such as America/Chicago.",
}


_REPORT: Final = "report_crisis"


class CrisisKind(StrEnum):
    """What a crisis that the model reports is about."""

    SUICIDE = "suicide"
    PASSIVE_IDEATION = "passive_ideation"
    THIRD_PERSON = "third_person"
    HARM_TO_OTHER = "harm_to_other"
    ABUSE = "abuse"
    MEDICAL_EMERGENCY = "medical_emergency"


class Language(StrEnum):
    """In what the fixed reply is written."""

    EN = "en"
    ES = "es"


_PLACES: Final = frozenset({"zip_code", "time_zone"})


class Unacceptable(Exception):
    """Arguments that a tool does not take. `str()` says why."""


def _definition(name: str, description: str, properties: Mapping[str, Any]) -> Definition:
    return {
        "type": "function",
        "name": name,
        "description": description,
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": dict(properties),
            "required": list(properties),
            "additionalProperties": False,
        },
    }


REPORT_CRISIS: Final = _definition(
    _REPORT,
    "Report that the newest texts may tell of a crisis. A fixed reply with the help lines is sent,"
    " and the turn ends. Call it before any other tool, and in doubt.",
    {
        "kind": {
            "type": "string",
            "enum": [*CrisisKind],
            "description": "suicide: they may want to die or hurt themselves. passive_ideation:"
            " they would rather not be there. third_person: somebody they know may want to die or"
            " hurt themselves. harm_to_other: they may hurt somebody. abuse: somebody hurts or"
            " threatens them or the one they care for. medical_emergency: somebody needs an"
            " ambulance now.",
        },
        "language": {
            "type": "string",
            "enum": [*Language],
            "description": "Of the reply: es where they write Spanish, else en.",
        },
    },
)

TOOLS: Final[tuple[Definition, ...]] = (
    _definition(
        "update_profile",
        "Keep what the person has just told of themselves; null for what they did not tell.",
        {
            name: {"type": ["string", "null"], "description": description}
            for name, description in _FIELDS.items()
        },
    ),
    _definition(
        "start_assessment",
        "Start a questionnaire that the person asks for. Its question is put below your words.",
        {
            "questionnaire": {
                "type": "string",
                "enum": [*Questionnaire],
                "description": "daily_check_in has 3 questions, monthly_review 10.",
            }
        },
    ),
    _definition(
        "set_check_in_preference",
        "Set how often we check in on the person by ourselves, when they ask for a change.",
        {
            "how_often": {
                "type": "string",
                "enum": [*CheckIns],
                "description": "as_usual, fewer, or none. More often than usual does not exist.",
            }
        },
    ),
    _definition("crisis_resources", "The numbers of the help lines, and what each is for.", {}),
)


async def call(name: str, arguments: str, deeds: Deeds) -> str:
    """What a call of a tool returns, as JSON: {"done": …} or {"error": …}.

    Raises what the deeds raise besides NotAccepted: no model can help a service that is away.
    """
    tool = _TOOLS.get(name)
    if tool is None:
        tool_calls("unknown", "refused").inc()
        return json.dumps({"error": f"There is no such tool; there are {', '.join(_TOOLS)}."})
    try:
        done = await tool(_parsed(name, arguments), deeds)
    except (Unacceptable, NotAccepted) as error:
        tool_calls(name, "refused").inc()
        return json.dumps({"error": str(error)})
    tool_calls(name, "done").inc()
    return json.dumps({"done": done})


def reported(calls: Sequence[ToolCall]) -> Crisis | None:
    """The crisis that one of these calls reports as it should, None where none does."""
    for call in calls:
        if call.name != _REPORT:
            continue
        with suppress(Unacceptable):
            crisis = _crisis(_parsed(_REPORT, call.arguments))
            tool_calls(_REPORT, "done").inc()
            return crisis
    return None


def _crisis(given: Mapping[str, Any]) -> Crisis:
    kind = _choice(given, "kind", CrisisKind)
    return Crisis(KIND_OF[kind], _choice(given, "language", Language).value)


async def _report_crisis(given: Mapping[str, Any], deeds: Deeds) -> str:
    """Only for what is wrong with a report: a right one ends the turn before any tool is called."""
    _crisis(given)
    raise Unacceptable("Crises are not reported here. Answer gently, and give the number 988.")


def _parsed(name: str, arguments: str) -> Mapping[str, Any]:
    """The arguments of a call. Raises Unacceptable for any that the tool does not have."""
    if len(arguments) > LONGEST_ARGUMENTS:
        raise Unacceptable("The arguments are too long.")
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        raise Unacceptable("The arguments are no JSON.") from None
    if not isinstance(given, dict):
        raise Unacceptable("The arguments must be one JSON object.")
    known = _PARAMETERS[name]
    if set(given) - set(known):
        raise Unacceptable(f"Unknown arguments; this tool has {', '.join(known) or 'none'}.")
    return given


async def _update_profile(given: Mapping[str, Any], deeds: Deeds) -> str:
    told = {name: value for name, value in given.items() if value is not None}
    if not told:
        raise Unacceptable("Nothing to keep: every value is null.")
    changes = {name: _told(name, value) for name, value in told.items()}
    await deeds.update_profile(changes)
    return f"Kept: {', '.join(changes)}."


def _told(name: str, value: object) -> str:
    """One value of a profile. What a place is, profile itself knows."""
    if not isinstance(value, str):
        raise Unacceptable(f"{name} must be text or null.")
    text = " ".join(value.split())
    if not text:
        raise Unacceptable(f"{name} is empty: use null for what was not told.")
    if len(text) > LONGEST_NAME:
        raise Unacceptable(f"{name} must have at most {LONGEST_NAME} characters.")
    if name in _PLACES:
        if not text.isascii():
            raise Unacceptable(f"{name} must be plain ASCII.")
    elif not _NAME.fullmatch(text) or len(text.split()) > _MOST_WORDS:
        raise Unacceptable(f"{name} must be a name of letters alone, {_MOST_WORDS} words at most.")
    return text


async def _start_assessment(given: Mapping[str, Any], deeds: Deeds) -> str:
    which = _choice(given, "questionnaire", Questionnaire)
    state = "Started" if await deeds.start_assessment(which) else "One runs already"
    return f"{state}. Its question is put below your words; ask nothing yourself."


async def _set_check_in_preference(given: Mapping[str, Any], deeds: Deeds) -> str:
    wish = _choice(given, "how_often", CheckIns)
    await deeds.set_check_in_preference(wish)
    return f"Check-ins: {wish}."


async def _crisis_resources(given: Mapping[str, Any], deeds: Deeds) -> str:
    return "; ".join(f"{number}: {what_for}" for number, what_for in NUMBERS)


def _choice(given: Mapping[str, Any], name: str, choices: type[Choice]) -> Choice:
    value = given.get(name)
    # A list cannot be looked up, and a value of another type is not one of them.
    if not isinstance(value, str) or value not in list(choices):
        raise Unacceptable(f"{name} must be one of {', '.join(choices)}.")
    return choices(value)


_TOOLS: Final[Mapping[str, Callable[[Mapping[str, Any], Deeds], Awaitable[str]]]] = {
    "update_profile": _update_profile,
    "start_assessment": _start_assessment,
    "set_check_in_preference": _set_check_in_preference,
    "crisis_resources": _crisis_resources,
    _REPORT: _report_crisis,
}

_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    each["name"]: tuple(each["parameters"]["properties"]) for each in (REPORT_CRISIS, *TOOLS)
}
