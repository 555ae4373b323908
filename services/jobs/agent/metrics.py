"""What the assistant measures."""

from __future__ import annotations

from functools import cache

from prometheus_client import Counter, Histogram

MODEL_SECONDS = Histogram(
    "respite_model_call_seconds",
    "Time of one call of the model, by what it was for and what came of it.",
    ["purpose", "outcome"],
    buckets=(0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30),
)
MODEL_TOKENS = Counter(
    "respite_model_tokens", "Tokens that the model read and wrote.", ["purpose", "kind"]
)
TOOL_CALLS = Counter(
    "respite_model_tool_calls", "Tools that the model called.", ["tool", "outcome"]
)
ANSWERS_REPLACED = Counter(
    "respite_answers_replaced",
    "Answers of the model that could not be sent, by the rule that spoke against them.",
    ["rule"],
)


@cache
def model_seconds(purpose: str, outcome: str) -> Histogram:
    """How long calls for this purpose took that ended so."""
    return MODEL_SECONDS.labels(purpose, outcome)


@cache
def model_tokens(purpose: str, kind: str) -> Counter:
    """Tokens for this purpose. kind: "input" or "output", reasoning included."""
    return MODEL_TOKENS.labels(purpose, kind)


@cache
def tool_calls(tool: str, outcome: str) -> Counter:
    """Calls of this tool that were "done" or "refused"."""
    return TOOL_CALLS.labels(tool, outcome)
