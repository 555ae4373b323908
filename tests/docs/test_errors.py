"""The page of errors is that of the code."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache

import pytest

from kit.refusals import Refusal
from tests.docs.markdown import ROOT, Document

ROWS = {
    row[0].strip("`"): row
    for row in Document.read(ROOT / "docs" / "errors.md")
    .section("What a call answers")
    .tables()[0][1:]
}
JOBS = ROOT / "services" / "jobs"
# Where a workflow may end for a reason.
ENDING = (*JOBS.glob("workflows/*.py"), *JOBS.glob("worker/*.py"), ROOT / "respite" / "worker.py")


@cache
def refusals() -> dict[str, type[Refusal]]:
    """By reason, every refusal that a service can raise."""
    for name in ("kit", "services"):
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if ".migrations" not in found.name:
                importlib.import_module(found.name)
    ours = {each for each in _below(Refusal) if not each.__module__.startswith("tests.")}
    by_reason = {each.reason: each for each in ours}
    assert len(by_reason) == len(ours), "two refusals have one reason"
    return by_reason


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def test_every_reason_has_a_row_and_every_row_a_reason() -> None:
    assert set(ROWS) == set(refusals())


@pytest.mark.parametrize("reason", sorted(ROWS))
def test_a_row_says_what_the_code_says(reason: str) -> None:
    _, code, raised_by, means, what_to_do = ROWS[reason]
    refusal = refusals()[reason]
    package, _, module = refusal.__module__.partition(".")
    raiser = "every service" if package == "kit" else module.partition(".")[0]
    assert (code, raised_by, means) == (refusal.code.name, raiser, refusal.sentence)
    assert what_to_do


def test_the_reasons_of_jobs_that_wait_or_are_given_up_have_a_row() -> None:
    told = " ".join(
        row[0]
        for row in Document.read(ROOT / "docs" / "errors.md")
        .section("Why a job waits or was given up")
        .tables()[0]
    )
    sources = "\n".join(path.read_text(encoding="utf-8") for path in ENDING)
    spoken = set(re.findall(r"(?:Later|Retry|Bury)\([^\"\n]*\"([A-Z_]+)\"", sources))
    assert len(spoken) > 10
    assert sorted(reason for reason in spoken if f"`{reason}`" not in told) == []
