"""Each decision names the check that enforces it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, Document

PAGES = sorted((ROOT / "docs" / "decisions").glob("*.md"))


@pytest.mark.parametrize("path", PAGES, ids=lambda each: each.stem)
def test_a_decision_says_what_it_costs_and_names_a_check_that_exists(path: Path) -> None:
    text = Document.read(path).text
    assert len(text.splitlines()) < 40, "one page"
    _, found, checks = text.partition("\nEnforced by: ")
    assert found
    named = re.findall(r"`([\w./]+)`(?:::(\w+))?", checks)
    assert named
    for place, test in named:
        assert (ROOT / place).exists(), place
        if test:
            assert re.search(rf"^def {test}\(", (ROOT / place).read_text(), re.MULTILINE), test


def test_decisions_are_numbered_one_after_the_other() -> None:
    assert [int(path.stem[:2]) for path in PAGES] == list(range(1, len(PAGES) + 1))
