"""The quick reference, run from top to bottom."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa

from tests.databases import SERVICES
from tests.docs.markdown import ROOT, quick_reference

pytestmark = pytest.mark.slow

# The sheet that the system was ordered by, in its own words.
HEADINGS = [
    "Schema Tables",
    "Context Types (Use Minimal)",
    "Jobs Pattern (Idempotency)",
    "1. Enqueue Job (HTTP or Mutation)",
    "2. Process Job (Worker Action)",
    "3. Schedule Worker (Cron)",
    "Webhook Verification",
    "Role-Based Auth",
    "Grant Role",
    "Query Patterns",
    "Split User Data",
    "Scheduled Queries",
    "Common Workflows",
    "Inbound SMS",
    "Subscription Update",
    "Anti-Patterns (Avoid These)",
    "File Locations",
    "Testing",
    "Further Reading",
]


def test_every_block_of_python_does_what_the_page_says(names: dict[str, Any]) -> None:
    page = quick_reference()
    namespace = dict(names)
    for block in page.blocks("python"):
        # Tracebacks show the page's own lines.
        source = "\n" * (block.line - 1) + block.content
        exec(compile(source, str(page.path), "exec"), namespace)


def test_the_page_has_the_sections_of_the_sheet_in_its_order() -> None:
    assert quick_reference().headings[1:] == HEADINGS


def test_the_names_that_the_snippets_begin_with_are_those_of_the_table(
    names: Mapping[str, Any],
) -> None:
    [rows] = [table for table in quick_reference().tables() if table[0][0] == "name"]
    told = {name for row in rows[1:] for name in re.findall(r"`(\w+)`", row[0])}
    assert told == names.keys()


def test_every_table_is_on_the_page_and_every_index_that_it_names_exists() -> None:
    page = quick_reference().section("Schema Tables")
    [rows] = page.tables()
    tables: dict[str, sa.Table] = {}
    for service in SERVICES:
        tables |= import_module(f"services.{service}.tables").metadata.tables
    said = set(re.findall(r"`(\w+\.\w+)`", page.prose)) - {"tables.py"}
    assert said == {name for name in tables if not name.endswith(".audit_records")}
    for row in rows[1:]:
        here = [tables[name] for name in re.findall(r"`(\w+\.\w+)`", row[1])]
        known = {name for table in here for name in _index_names(table)}
        assert set(re.findall(r"`(\w+)`", row[2])) <= known, row


def _index_names(table: sa.Table) -> set[str]:
    return {str(each.name) for each in table.indexes | table.constraints}


def test_a_rule_of_a_proto_is_quoted_as_it_stands_there() -> None:
    protos = [path.read_text() for path in ROOT.glob("protos/*/v1/*.proto")]
    blocks = quick_reference().blocks("proto")
    assert blocks
    for block in blocks:
        quoted = " ".join(block.content.split())
        assert any(quoted in " ".join(proto.split()) for proto in protos), str(block)


def test_the_import_contracts_that_it_names_are_those_that_are_checked() -> None:
    section = " ".join(quick_reference().section("Anti-Patterns (Avoid These)").prose.split())
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    known = {contract["name"] for contract in contracts}
    named = set(re.findall(r'"([a-zA-Z]+: [^"]+)"', section))
    assert len(named) == 4
    assert named <= known
