"""Every rule of docs/domain.md has its tests, and every number on it is the code's."""

from __future__ import annotations

import re
from datetime import time, timedelta
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.docs.markdown import ROOT, Document
from tests.docs.test_configuration import CODE

PAGES = ("domain.md", "acceptance.md")
UNPROVEN = "What is not built"

_PROOF = re.compile(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)")
_NUMBER = re.compile(r"(\S.*?) \(`((?:\w+\.)?[A-Z][A-Z_]+)`\)", re.DOTALL)
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("s", 1))


def page(name: str) -> Document:
    return Document.read(ROOT / "docs" / name)


def rules(name: str) -> list[str]:
    """The rules of a page, each with the tests below it."""
    proven = page(name).text.partition(f"## {UNPROVEN}")[0]
    _, *items = re.split(r"^(?:- |\d+\. )", proven, flags=re.MULTILINE)
    return [re.split(r"^#", item, maxsplit=1, flags=re.MULTILINE)[0] for item in items]


@cache
def defined_in(path: Path) -> frozenset[str]:
    text = path.read_text(encoding="utf-8")
    return frozenset(re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", PAGES)
def test_every_rule_names_tests_that_exist(name: str) -> None:
    assert len(rules(name)) > 15
    for rule in rules(name):
        proofs = _PROOF.findall(rule)
        assert proofs, f"nothing proves: {rule}"
        assert len(proofs) == rule.count("](../tests/"), f"a proof that cannot be read: {rule}"
        missing = [test for test, file in proofs if test not in defined_in(ROOT / file)]
        assert not missing, rule


def test_the_rules_are_those_of_thirteen_sections() -> None:
    numbers = re.findall(r"^## (\d+)\. ", page("domain.md").text, re.MULTILINE)
    assert [int(number) for number in numbers] == list(range(1, 14))


def test_every_number_with_a_name_is_that_of_the_code() -> None:
    told = _NUMBER.findall(" ".join(page("domain.md").text.split()))
    assert len(told) > 40
    for before, name in told:
        spelt = spellings(value_of(name))
        assert any(before.endswith(each) for each in spelt), (before[-40:], name, spelt)


def value_of(name: str) -> Any:
    """Of a setting, or of a constant of the one module of that name that has it."""
    module, _, constant = name.rpartition(".")
    if not module:
        return CODE[name].default
    paths = [
        *(ROOT / "services").rglob(f"{module}.py"),
        *(ROOT / "services").rglob(f"{module}/__init__.py"),
    ]
    dotted = (
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in paths
    )
    found = [vars(import_module(each)) for each in dotted]
    [value] = [names[constant] for names in found if constant in names]
    return value


def spellings(value: Any) -> list[str]:
    """How a value may be written."""
    match value:
        case timedelta():
            seconds = value.total_seconds()
            whole = [(unit, seconds / size) for unit, size in _UNITS if seconds % size == 0]
            return [_counted(unit, number) for unit, number in whole]
        case time():
            return [f"{value:%H:%M}"]
        case tuple():
            *most, last = map(str, value)
            return [f"{', '.join(most)} and {last}"]
        case int() | float():
            return [f"{value:,}", f"{value:g}", f"{value:g} s"]
        case _:
            return [str(value)]


def _counted(unit: str, number: float) -> str:
    return f"{number:g} {unit}" + ("s" if number != 1 and unit != "s" else "")


def test_the_scenarios_are_in_their_order() -> None:
    found = re.findall(r"^(\d+)\. ", page("acceptance.md").text, re.MULTILINE)
    numbers = [int(each) for each in found]
    assert all(before < after for before, after in pairwise(numbers))
