"""Segments as Twilio's own calculator counts them."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.segments import Segmentation, segmentation

_DATA = json.loads((Path(__file__).parent / "data" / "sms_segments.json").read_text())


@pytest.mark.parametrize("case", _DATA["cases"], ids=lambda case: case["id"])
def test_a_text_is_cut_as_twilio_cuts_it(case: dict[str, Any]) -> None:
    assert segmentation(case["body"]) == Segmentation(case["encoding"], case["segments"])


def test_an_empty_text_is_one_segment() -> None:
    assert segmentation("") == Segmentation("GSM-7", 1)


def test_an_escaped_character_is_not_split_over_two_segments() -> None:
    # 152 + 2 septets do not fit 153, so the euro sign moves on and the third segment is needed.
    assert segmentation("a" * 152 + "€" + "a" * 152).segments == 3


def test_a_surrogate_pair_is_not_split_over_two_segments() -> None:
    assert segmentation("a" * 66 + "😀" + "a" * 66).segments == 3
