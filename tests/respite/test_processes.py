"""The table of processes, and what each may see."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, get_args

import pytest
from pydantic import SecretStr

from kit.settings import Settings
from respite.processes import (
    BY_NAME,
    PROCESSES,
    SERVICES,
    BadPort,
    Port,
    Process,
    environment_of,
)

EVERYTHING = {
    "PATH": "/bin",
    "ADMIN_DATABASE_URL": "admin",
    "IDENTITY_ADMIN_DATABASE_URL": "admin",
    "OPENAI_API_KEY": "openai",
    "STRIPE_SECRET_KEY": "stripe",
    "STRIPE_WEBHOOK_SECRET_FILE": "/run/secrets/webhook",
    "TWILIO_AUTH_TOKEN": "twilio",
    **{f"{name.upper()}_DATABASE_URL": name for name in SERVICES},
    **{f"{name.upper()}_READER_DATABASE_URL": name for name in SERVICES},
}


def settings_of(process: Process) -> type[Settings]:
    """The settings class of a composition root."""
    module = import_module(f"respite.{process.name}")
    found: type[Settings] = getattr(module, f"{process.name.capitalize()}Settings")
    return found


def secrets_of(process: Process) -> set[str]:
    """The variables that its settings class takes for secrets, by the types of its fields."""
    fields = settings_of(process).model_fields.items()
    return {name.upper() for name, each in fields if _holds_a_secret(each.annotation)}


def _holds_a_secret(kind: Any) -> bool:
    return kind is SecretStr or any(map(_holds_a_secret, get_args(kind)))


def test_every_port_and_every_variable_is_there_once() -> None:
    ports = [port for process in PROCESSES for port in process.ports]
    assert len({port.number for port in ports}) == len(ports)
    assert len({port.variable for port in ports}) == len(ports)


def test_the_ports_are_the_documented_ones() -> None:
    documented = {"identity": 50051, "profile": 50052, "conversation": 50053, "billing": 50054}
    documented |= {"jobs": 50055, "gateway": 8080, "sandbox": 8090}
    assert {each.name: each.port.number for each in PROCESSES if each.port} == documented
    health = {each.name: each.health.number for each in PROCESSES if each.name in SERVICES}
    assert list(health.values()) == [9051, 9052, 9053, 9054, 9055]
    assert (BY_NAME["worker"].health.number, BY_NAME["gateway"].health.number) == (9056, 9080)


def test_a_process_starts_after_what_it_needs() -> None:
    order = list(BY_NAME)
    for process in PROCESSES:
        for need in process.needs:
            assert order.index(need) < order.index(process.name)


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_process_reads_the_variables_of_the_table(process: Process) -> None:
    fields = settings_of(process).model_fields
    for port in process.ports:
        assert fields[port.variable.lower()].default == port.number
    for variable in (*process.secrets, *process.database_variables):
        assert variable.lower() in fields, variable


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_process_is_given_no_secret_of_another(process: Process) -> None:
    given = environment_of(process, EVERYTHING)
    own = {*process.secrets, *process.database_variables}
    kept = {name.removesuffix("_FILE") for name in given} - {"PATH"}
    assert "PATH" in given
    assert kept == own & {name.removesuffix("_FILE") for name in EVERYTHING}


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "8080 "])
def test_a_port_that_is_none_names_its_variable(text: str) -> None:
    with pytest.raises(BadPort, match="JOBS_PORT"):
        Port(1, "JOBS_PORT").chosen({"JOBS_PORT": text})


def test_an_empty_port_variable_counts_as_absent() -> None:
    assert Port(8080, "GATEWAY_PORT").chosen({"GATEWAY_PORT": ""}) == 8080


# It reads from the key of which mode it is, may go without, and is never given it.
NOT_ITS_OWN = {("gateway", "STRIPE_SECRET_KEY")}


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_setting_that_holds_a_secret_is_of_its_type_and_in_the_table(process: Process) -> None:
    told = {*process.secrets, *process.database_variables}
    not_its_own = {name for owner, name in NOT_ITS_OWN if owner == process.name}
    assert secrets_of(process) - not_its_own == told
    for name, field in settings_of(process).model_fields.items():
        if re.search("_(token|secret|password|key|webhook|accounts|database_url)$", name):
            assert _holds_a_secret(field.annotation), f"{name} is shown wherever settings are"
