"""What may leave as an answer (domain.md section 9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jobs.agent.guardrails import CAP, fit, is_safe, plain, septets


def test_markdown_emoji_and_typography_become_plain_text() -> None:
    assert plain("**Hi** there — “you”… 😀\n- one\n- two") == 'Hi there - "you"... one two'
    assert plain("```python\nprint(1)\n```") == ""
    assert plain("[a link](https://x.example)") == "a link"


@pytest.mark.parametrize(
    "text",
    [
        "Call 1-900-555-1234",
        "Give her 20 mg of it",
        "You should stop taking the medication",
        "You have depression",
        "I am a licensed therapist",
        "We are HIPAA compliant",
        "See https://example.com",
    ],
)
def test_what_could_harm_is_not_safe(text: str) -> None:
    assert not is_safe(text)


@pytest.mark.parametrize(
    "text",
    [
        "Call or text 988, or 1-800-799-7233.",
        "Text HOME to 741741.",
        "That was 3 days ago.",
        "Rest.",
    ],
)
def test_what_helps_is_safe(text: str) -> None:
    assert is_safe(text)


@given(st.text(max_size=2000), st.text("abc. !?", max_size=60), st.text("abc .", max_size=60))
def test_a_fitted_answer_never_exceeds_the_cap(body: str, before: str, after: str) -> None:
    fitted = fit(plain(body), before=before, after=after)
    assert septets(fitted) <= CAP
    assert fitted.startswith(before)
    assert fitted.endswith(after)


def test_a_long_answer_is_cut_at_a_sentence() -> None:
    fitted = fit("One sentence that is long enough. " * 20)
    assert fitted.endswith(".")
    assert septets(fitted) <= CAP
