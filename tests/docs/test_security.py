"""Who may call what, as the page of security tells it, is what the protos declare."""

from __future__ import annotations

from importlib import import_module

import pytest

from kit.access import AccessRules
from respite.processes import SERVICES
from tests.docs.markdown import ROOT, Document

TABLES = dict(
    zip(
        SERVICES,
        Document.read(ROOT / "docs" / "security.md").section("Who may call what").tables(),
        strict=True,
    )
)


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_of_a_service_is_that_of_its_proto(service: str) -> None:
    proto = import_module(f"protos.{service}.v1.{service}_pb2")
    [declared] = proto.DESCRIPTOR.services_by_name.values()
    expected = []
    for method, rule in AccessRules.of(declared).rules.items():
        role = "support" if "support" in rule.roles else "admin" if rule.roles else "–"
        services = ", ".join(sorted(rule.services)) or "–"
        name = f"`{method.rpartition('/')[2]}`"
        expected.append([name, services, role, "yes" if rule.audit else "–"])
    assert TABLES[service][1:] == expected
