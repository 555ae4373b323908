"""The page of configuration is that of the code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from kit.settings import Settings
from respite.processes import POSTGRES_PORT, PROCESSES, SERVICES
from tests.docs.markdown import ROOT, Document

# Defaults that depend on where the code lies.
COMPUTED = {"TLS_DIR": "`$RESPITE_HOME/certs`", "SANDBOX_DATABASE": "`$RESPITE_HOME/sandbox.db`"}
# What the commands and the runner read without a Settings class.
OF_COMMANDS = {
    "RESPITE_HOME": "`.respite`",
    "ADMIN_DATABASE_URL": "–",
    "SANDBOX_URL": "–",
    "TLS_APART_DIR": "–",
    POSTGRES_PORT.variable: str(POSTGRES_PORT.number),
    **{f"{service.upper()}_ADMIN_DATABASE_URL": "–" for service in SERVICES},
}
PAGE = Document.read(ROOT / "docs" / "configuration.md")
NAMES = [process.name for process in PROCESSES]


@dataclass
class Variable:
    """What one variable is: its default, by the process that reads it."""

    defaults: dict[str, str] = field(default_factory=dict)

    @property
    def readers(self) -> set[str]:
        return set(self.defaults)

    @property
    def default(self) -> str:
        """As the table has it. The sandbox's own defaults count where nobody else reads it."""
        told = {name: each for name, each in self.defaults.items() if name != "sandbox"}
        told = told or self.defaults
        if len(set(told.values())) == 1:
            return next(iter(told.values()))
        ordered = sorted(told, key=lambda name: (told[name] != "required", NAMES.index(name)))
        return "; ".join(f"{name}: {told[name]}" for name in ordered)


def settings_classes() -> Mapping[str, type[Settings]]:
    """The Settings class of each process."""
    found: dict[str, type[Settings]] = {}
    for process in NAMES:
        module = import_module(f"respite.{process}")
        [found[process]] = [
            value
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, Settings)
            and value.__module__ == module.__name__
        ]
    return found


def variables_of_the_code() -> dict[str, Variable]:
    variables: dict[str, Variable] = {}
    for process, cls in settings_classes().items():
        for name, each in cls.model_fields.items():
            variable = variables.setdefault(name.upper(), Variable())
            variable.defaults[process] = _shown(name.upper(), each)
    return variables


def _shown(name: str, info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    if info.default_factory is not None:
        return COMPUTED[name]
    return _text(info.default)


def _text(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in (None, "", ()):
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@dataclass(frozen=True)
class Row:
    """One variable as the page tells it. readers: None in the table of addresses."""

    default: str
    readers: str | None
    meaning: str


def variables_of_the_page() -> dict[str, Row]:
    told: dict[str, Row] = {}
    for header, *rows in PAGE.tables():
        for row in rows:
            for name, each in _addresses(row) if header[0] == "process" else _variables(row):
                assert name not in told or header[0] == "variable", f"{name} stands there twice"
                told[name] = each
    return told


def _addresses(row: list[str]) -> list[tuple[str, Row]]:
    cells = [re.fullmatch(r"`([A-Z_]+)` (\S+)", cell) for cell in row[1:]]
    return [(match[1], Row(match[2], None, row[0])) for match in cells if match]


def _variables(row: list[str]) -> list[tuple[str, Row]]:
    name, default, readers, meaning = row
    variable = name.strip("`")
    if "<SERVICE>" not in variable:
        return [(variable, Row(default, readers, meaning))]
    return [
        (
            variable.replace("<SERVICE>", service.upper()),
            Row(default, service if readers == "that service" else readers, meaning),
        )
        for service in SERVICES
    ]


def _readers(cell: str) -> set[str]:
    match cell:
        case "every process":
            return set(NAMES)
        case "all but sandbox":
            return set(NAMES) - {"sandbox"}
        case _:
            return set(cell.split(", ")) - {"commands"}


CODE = variables_of_the_code()


def test_every_variable_of_the_code_is_in_the_tables_and_no_other() -> None:
    assert set(variables_of_the_page()) == CODE.keys() | OF_COMMANDS.keys()


@pytest.mark.parametrize("name", sorted(CODE))
def test_a_variable_is_told_as_the_code_has_it(name: str) -> None:
    row = variables_of_the_page()[name]
    assert row.default == CODE[name].default
    assert row.meaning
    if row.readers is not None:
        assert _readers(row.readers) == CODE[name].readers


@pytest.mark.parametrize("name", sorted(OF_COMMANDS))
def test_a_variable_of_the_commands_is_told_with_its_default(name: str) -> None:
    assert variables_of_the_page()[name].default == OF_COMMANDS[name]


def test_a_port_stands_beside_its_process() -> None:
    tables = PAGE.tables()
    [rows] = [table for table in tables if "process" in table[0]]
    by_process = {row[0]: row for row in rows[1:]}
    for process in PROCESSES:
        told = " ".join(by_process[process.name])
        assert all(f"`{port.variable}` {port.number}" in told for port in process.ports)
