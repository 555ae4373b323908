"""SMS segments, by the vectors of Twilio's own calculator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.conversation.segments import is_gsm7, segments_of

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "sms_segments.json").read_text())


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["id"])
def test_segments_are_those_of_the_calculator(case: dict[str, object]) -> None:
    body = str(case["body"])
    assert ("GSM-7" if is_gsm7(body) else "UCS-2") == case["encoding"]
    assert segments_of(body) == case["segments"]


def test_an_extension_character_is_not_split() -> None:
    # 152 septets, then a pair that does not fit into the 153rd
    assert segments_of("a" * 152 + "€" + "b" * 151) == 2
    assert segments_of("a" * 152 + "€" + "b" * 152) == 3
    assert segments_of("a" * 151 + "€" + "b" * 153) == 2


def test_a_surrogate_pair_is_not_split() -> None:
    assert segments_of("é…" * 33 + "😜" + "x" * 65) == 2
    assert segments_of("é…" * 33 + "😜" + "x" * 66) == 3


@given(st.text(max_size=400), st.text(max_size=50))
def test_more_text_is_never_fewer_segments(body: str, more: str) -> None:
    assert 1 <= segments_of(body) <= segments_of(body + more)


@given(st.text(min_size=1, max_size=1000))
def test_every_segment_but_the_last_is_almost_full(body: str) -> None:
    units = len(body.encode("utf-16-le")) // 2
    if not is_gsm7(body):
        assert segments_of(body) >= -(-units // 70)
        assert segments_of(body) <= -(-units // 66)
