"""What the stand-in model says when nobody scripted it: short, kind, and the same every time."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

_THEMES: Final = {
    r"\b(sleep|tired|exhaust|night)": (
        "Being this tired wears anyone down. Could someone take one night this week so you can"
        " sleep?"
    ),
    r"\b(guilt|selfish|bad daughter|bad son)": (
        "Guilt often means you care a great deal. What would you say to a friend in your place?"
    ),
    r"\b(angry|anger|furious|yelled|resent)": (
        "Anger is common when you carry this much. Stepping away for two minutes is allowed."
        " What set it off?"
    ),
    r"\b(money|bill|afford|cost|insurance)": (
        "Money worries make caring heavier. Your Area Agency on Aging can look for help with"
        " costs. What presses most?"
    ),
    r"\b(brother|sister|sibling|family)": (
        "It is hard when family does not share the load. One clear, small request sometimes works."
        " What would help most?"
    ),
    r"\b(alone|lonely|nobody|isolated)": (
        "You should not have to do this alone. Is there one person you could call today?"
    ),
    r"\b(break|respite|rest)": (
        "A break is part of caring, not a failure. Even an hour counts. What would make one"
        " possible?"
    ),
    r"\b(hi|hello|hey|hola)\b": "Hi, I am glad you wrote. How are you holding up today?",
    r"\b(thanks|thank you|gracias)": "You are welcome. I am here whenever you need to talk.",
}
_NAME: Final = re.compile(r"(?i)\b(?:call me|my name is|i am called|me llamo)\s+(\w[\w'-]*)")
_ZIP: Final = re.compile(r"(?i)\bzip(?:\s*code)?\s*(?:is\s*)?(\d{5})\b")
_CARE: Final = re.compile(
    r"\b(?:care|caring) for my (mother|mom|father|dad|wife|husband|partner|son|daughter|sister"
    r"|brother)(?:,? ([A-Z]\w+))?"
)
_IS: Final = re.compile(
    r"(?i)\bi(?:'m| am) (?:his|her|their) (daughter|son|wife|husband|partner|sister|brother)\b"
)
# Tool, what asks for it, and its arguments: those of its parameters that have these names.
_TOOLS: Final[Sequence[tuple[str, str, Mapping[str, str]]]] = (
    # What a real model reads in it, and detection that looks for words does not.
    (
        "report_crisis",
        r"\bdog has a new home\b",
        {"kind": "suicide", "language": "en"},
    ),
    ("start_assessment", r"\bmonthly review\b", {"questionnaire": "monthly_review"}),
    (
        "start_assessment",
        r"\b(assessment|questionnaire|check-in now|start a check-in)\b",
        {"questionnaire": "daily_check_in"},
    ),
    ("crisis_resources", r"\b(crisis|hotline|emergency) (numbers?|resources?)\b", {}),
    ("set_check_in_preference", r"\bcheck in (on me )?less\b", {"how_often": "fewer"}),
    ("set_check_in_preference", r"\bstop checking in\b", {"how_often": "none"}),
)

Item = dict[str, Any]


def last_user_text(turns: str | Sequence[Item]) -> str:
    """Return the text of the last user turn of a Responses input, or ""."""
    if isinstance(turns, str):
        return turns
    for turn in reversed(turns):
        if turn.get("role") == "user":
            content = turn.get("content", "")
            if isinstance(content, str):
                return content
            return " ".join(str(part.get("text", "")) for part in content)
    return ""


def tool_call(turns: str | Sequence[Item], tools: Sequence[Item]) -> tuple[str, Item] | None:
    """Return the tool and arguments that the last turn clearly asks for, if one is offered.

    A conversation that ends with a tool's output gets words, not another call.
    """
    if not isinstance(turns, str) and turns and turns[-1].get("type") == "function_call_output":
        return None
    text = last_user_text(turns)
    offered = {tool["name"]: tool for tool in tools if tool.get("type") == "function"}
    known = _facts(text)
    if known and (tool := offered.get("update_profile")):
        return "update_profile", _arguments(tool, known)
    for name, pattern, arguments in _TOOLS:
        if name in offered and re.search(pattern, text, re.IGNORECASE):
            return name, _arguments(offered[name], arguments)
    return None


def _facts(text: str) -> Item:
    facts: Item = {}
    if found := _NAME.search(text):
        facts["first_name"] = facts["name"] = found.group(1)
    if found := _ZIP.search(text):
        facts["zip_code"] = facts["zip"] = found.group(1)
    if found := _CARE.search(text):
        facts["care_recipient_name"] = found.group(2) or found.group(1)
    if found := _IS.search(text):
        facts["relationship"] = found.group(1).lower()
    return facts


def _arguments(tool: Item, known: Mapping[str, Any]) -> Item:
    """Fill a tool's parameters with what is known; strict schemas require the others as null."""
    schema = tool.get("parameters") or {}
    properties: Item = schema.get("properties") or {}
    required = set(schema.get("required") or ())
    return {
        name: known[name] if name in known else blank(properties[name])
        for name in properties
        if name in known or name in required
    }


def blank(schema: Item, words: str = "") -> Any:
    """Return the emptiest value that fits a JSON schema, with `words` where text is wanted."""
    if "enum" in schema:
        return schema["enum"][0]
    if options := schema.get("anyOf"):
        return None if {"type": "null"} in options else blank(options[0], words)
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        return None if "null" in kind else blank({**schema, "type": kind[0]}, words)
    if kind == "object":
        return {name: blank(each, words) for name, each in schema.get("properties", {}).items()}
    simple: Item = {"string": words, "integer": 0, "number": 0, "boolean": False, "null": None}
    return simple.get(kind, [])


def answer(turns: str | Sequence[Item], text_format: Mapping[str, Any] | None) -> str:
    """Return the text of an answer, JSON if the request asked for a schema."""
    words = _words(turns)
    if text_format and text_format.get("type") == "json_schema":
        return json.dumps(blank(dict(text_format.get("schema") or {}), words))
    return words


def _words(turns: str | Sequence[Item]) -> str:
    if not isinstance(turns, str) and turns and turns[-1].get("type") == "function_call_output":
        return "Thank you, I noted that. How are you doing today?"
    text = last_user_text(turns)
    for pattern, words in _THEMES.items():
        if re.search(pattern, text, re.IGNORECASE):
            return words
    heard = " ".join(re.findall(r"[A-Za-z0-9']+", text)[:6])
    if not heard:
        return "I am here. What is on your mind?"
    return f'I hear you about "{heard}". What feels hardest about it right now?'
