"""The assistant without a model is a newcomer's first impression."""

from __future__ import annotations

import asyncio

import pytest

from services.jobs.agent.guardrails import CAP, is_safe, plain, septets
from services.jobs.agent.offline import OfflineAgent
from services.jobs.agent.themes import THEMES
from services.jobs.agent.turn import Line, Turn


def answer(turn: Turn) -> str:
    return asyncio.run(OfflineAgent().answer(turn))


def test_it_greets_by_name_at_first() -> None:
    assert answer(Turn(texts=["hello"], first_name="Ana")).startswith("Hi Ana.")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("I was up all night again", "night"),
        ("I feel so guilty", "uilt"),
        ("I yelled at him, I was so angry", "nger"),
        ("we can't afford the bills", "211"),
        ("my brother never helps", "share"),
        ("should I double her dose?", "pharmacist"),
        ("are you human?", "AI"),
        ("thank you", "welcome"),
    ],
)
def test_it_speaks_to_the_theme(text: str, word: str) -> None:
    assert word in answer(Turn(texts=[text]))


def test_it_never_says_the_same_twice_in_a_row() -> None:
    transcript: list[Line] = []
    for text in ["I can't sleep", "I can't sleep", "ok", "ok", "ok", "ok", "ok", "hi", "hi", "hi"]:
        said = answer(Turn(texts=[text], transcript=transcript))
        assert not transcript or transcript[-1].text != said
        transcript += [Line(False, text), Line(True, said)]


def test_the_same_turn_gets_the_same_answer() -> None:
    turn = Turn(texts=["I can't sleep"], transcript=[Line(True, "hello")])
    assert answer(turn) == answer(turn)


def test_after_a_crisis_it_mentions_988() -> None:
    assert "988" in answer(Turn(texts=["hi"], crisis_open=True))


def test_every_line_it_may_say_is_plain_safe_and_short() -> None:
    for theme in THEMES:
        for line in theme.lines:
            assert plain(line) == line
            assert is_safe(line)
            assert septets(line) <= CAP
