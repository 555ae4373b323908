"""docs/crisis.md says what the code says: the replies word for word, and the numbers."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.safety.replies import crisis_reply
from tests.jobs.safety.corpus import AUTHORS, CLEAN, CRISES, OTHERS

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs" / "crisis.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", [kind for kind in InboundCrisisKind.values() if kind])
def test_every_reply_stands_there_word_for_word(
    kind: InboundCrisisKind.ValueType, language: str
) -> None:
    at_home = crisis_reply(kind, language, "+12025550101")
    assert f"> {at_home}\n" in DOCUMENT
    abroad = crisis_reply(kind, language, "+442079460123").removeprefix(at_home).strip()
    assert f"> {abroad}\n" in DOCUMENT


def measure() -> ModuleType:
    spec = spec_from_file_location("measure", ROOT / ".ci" / "crisis.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("author", sorted(CLEAN)[:1])
def test_the_numbers_are_those_that_are_measured(author: str) -> None:
    """`make check` compares all authors' so; the text of one tells whether it would notice."""
    assert measure().misstated(author) == []


@pytest.mark.parametrize("author", AUTHORS)
def test_no_limit_allows_an_author_much_less_than_is_measured(author: str) -> None:
    module = measure()
    limits = json.loads((AUTHORS[author] / "limits.json").read_text(encoding="utf-8"))
    for half, limit in limits.items():
        assert set(limit) == {*CRISES, *OTHERS}, half
    if "all" in limits:
        for label in CRISES:
            hits, n = map(int, module.stated(author, label).split("/"))
            assert hits / n - 0.03 <= limits["all"][label] <= hits / n
        for label in OTHERS:
            hits, n = map(int, module.stated(author, label).split("/"))
            assert hits / n <= limits["all"][label] <= hits / n + 0.03
