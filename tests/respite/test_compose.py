"""The compose file and the image against the table of processes. No Docker is needed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from kit.certificates import TlsFiles, facts_of, parse_certificate
from kit.postgres import EmbeddedPostgres
from kit.settings import load
from respite import certs
from respite.home import CHECKOUT
from respite.migrate import migrate_all
from respite.processes import BY_NAME, PROCESSES, SERVICES, Process
from respite.sandbox import SandboxSettings
from respite.serve import completed
from tests.databases import FAST
from tests.respite.compose import compose_file, environment_in
from tests.respite.test_processes import settings_of

ONE_SHOT = {"certs", "migrate", "operator"}
REAL = {
    "TWILIO_ACCOUNT_SID": "ACreal",
    "TWILIO_AUTH_TOKEN": "real-token",
    "TWILIO_FROM_NUMBER": "+12025550199",
    "STRIPE_SECRET_KEY": "sk_live_real",
    "STRIPE_WEBHOOK_SECRET": "whsec_real",
    "STRIPE_PRICE_ID": "price_real",
}
# What the compose file tells processes that is for `serve` and not for their settings.
FOR_SERVE = {"SANDBOX_URL", "REAL_CREDENTIALS"}

DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()
IMAGE = dict(re.findall(r"^(?:ENV|   ) (\w+)=([^\s\\]+)", DOCKERFILE, re.MULTILINE))
SERVED = compose_file()["services"]
each_process = pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment as empty as a container's."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    return monkeypatch


def enter(process: Process, given: dict[str, str], inside: pytest.MonkeyPatch) -> Any:
    """The settings of a process in its container, with `given` in the shell of `docker compose`."""
    service = compose_file(given)["services"][process.name]
    environment = completed(process.name, environment_in(service, IMAGE))
    for name, value in environment.items():
        inside.setenv(name, value)
    return load(settings_of(process))


def test_it_has_the_processes_of_the_table_and_what_they_stand_on() -> None:
    assert set(SERVED) == {*BY_NAME, *ONE_SHOT, "postgres"}


@each_process
def test_a_process_is_served_probed_and_restarted(process: Process) -> None:
    service = SERVED[process.name]
    assert service["command"] == ["serve", process.name]
    assert service["healthcheck"]["test"] == ["CMD", "respite", "ready", process.name]
    assert service["restart"] == "unless-stopped"
    assert service["image"] == SERVED["certs"]["image"]


@each_process
def test_published_ports_lead_to_the_ports_of_the_table(process: Process) -> None:
    published = SERVED[process.name].get("ports", [])
    inner = [
        each["target"] if isinstance(each, dict) else int(each.rpartition(":")[2])
        for each in published
    ]
    assert inner == ([process.port.number] if process.port else [])
    for each in published:
        host = each["host_ip"] if isinstance(each, dict) else each.partition(":")[0]
        assert host == "127.0.0.1"


@each_process
def test_every_variable_is_one_that_the_process_reads(process: Process) -> None:
    fields = {name.upper() for name in settings_of(process).model_fields}
    assert {*SERVED[process.name]["environment"]} <= fields | FOR_SERVE


@each_process
def test_without_credentials_every_process_can_start(
    process: Process, inside: pytest.MonkeyPatch
) -> None:
    settings = enter(process, {}, inside)
    assert settings.bind_host == "0.0.0.0"
    for name in SERVICES:
        address = getattr(settings, f"{name}_address", None)
        assert address in (None, f"dns:///{name}:{BY_NAME[name].port.number}")  # type: ignore[union-attr]


@each_process
def test_with_credentials_every_process_can_start_and_none_knows_the_sandbox(
    process: Process, inside: pytest.MonkeyPatch
) -> None:
    settings = enter(process, REAL, inside)
    bases = {getattr(settings, name, None) for name in ("twilio_base_url", "stripe_base_url")}
    assert bases <= {None, ""}


def test_what_the_sandbox_signs_the_gateway_verifies(inside: pytest.MonkeyPatch) -> None:
    sandbox = enter(BY_NAME["sandbox"], {}, inside)
    gateway = enter(BY_NAME["gateway"], {}, inside)
    worker = enter(BY_NAME["worker"], {}, inside)
    billing = enter(BY_NAME["billing"], {}, inside)
    token = sandbox.twilio_auth_token.get_secret_value()
    assert gateway.accounts() == {sandbox.twilio_account_sid: [token]}
    assert [each.get_secret_value() for each in worker.twilio_auth_token] == [token]
    assert worker.twilio_base_url == "http://sandbox:8090"
    secret = sandbox.stripe_webhook_secret.get_secret_value()
    assert [each.get_secret_value() for each in gateway.stripe_webhook_secret] == [secret]
    assert billing.stripe_secret_key == sandbox.stripe_secret_key
    assert billing.stripe_base_url == "http://sandbox:8090"
    assert sandbox.gateway_url == "http://gateway:8080"
    assert sandbox.public_url == gateway.public_url == worker.public_url


def test_one_real_provider_is_enough_for_nothing_to_be_made_up(
    inside: pytest.MonkeyPatch,
) -> None:
    twilio_only = {name: text for name, text in REAL.items() if name.startswith("TWILIO")}
    gateway = enter(BY_NAME["gateway"], twilio_only, inside)
    assert gateway.stripe_webhook_secret == ()
    assert gateway.accounts() == {"ACreal": ["real-token"]}


def test_numbers_of_erased_people_are_hashed_under_a_key_that_only_real_numbers_must_bring(
    inside: pytest.MonkeyPatch,
) -> None:
    identity = BY_NAME["identity"]
    assert enter(identity, {}, inside).suppression_key.get_secret_value()
    inside.delenv("SUPPRESSION_KEY")
    assert not enter(identity, REAL, inside).suppression_key.get_secret_value()
    told = enter(identity, {**REAL, "SUPPRESSION_KEY": "ours"}, inside)
    assert told.suppression_key.get_secret_value() == "ours"


def test_the_sandbox_stands_idle_where_providers_are_real(inside: pytest.MonkeyPatch) -> None:
    settings = enter(BY_NAME["sandbox"], REAL, inside)
    assert isinstance(settings, SandboxSettings)
    assert settings.real_credentials.split() == ["twilio", "stripe"]


def test_every_process_waits_for_what_it_needs() -> None:
    for process in PROCESSES:
        waits = {
            name: each["condition"]
            for name, each in SERVED[process.name].get("depends_on", {}).items()
        }
        needs = dict.fromkeys(process.needs, "service_healthy")
        if process.has_database:
            needs |= {"postgres": "service_healthy"}
            needs |= dict.fromkeys(("certs", "migrate"), "service_completed_successfully")
        assert waits == needs


def test_migrations_are_given_the_urls_that_the_services_use() -> None:
    urls = SERVED["migrate"]["environment"]
    for name in SERVICES:
        for variable in BY_NAME[name].database_variables[:2]:
            assert SERVED[name]["environment"][variable] == urls[variable]
    for variable, url in SERVED["operator"]["environment"].items():
        assert urls[variable] == url


def test_the_urls_of_the_file_are_enough_to_migrate(home: Path) -> None:
    """On a server of its own: roles belong to a server, and these get the file's passwords."""
    with EmbeddedPostgres(home, FAST) as server:
        database = server.start(0)
        place = database.partition("@")[2]
        urls = {
            name: url.replace("postgres:5432/respite", place)
            for name, url in SERVED["migrate"]["environment"].items()
        }
        migrate_all({**urls, "ADMIN_DATABASE_URL": database})


def test_certificates_carry_the_names_of_the_file(tmp_path: Path) -> None:
    assert SERVED["certs"]["command"] == ["certs", "make"]
    certs.make(tmp_path)
    for process in PROCESSES:
        if process.has_certificate:
            cert = TlsFiles.of(tmp_path, process.name).cert
            assert process.name in facts_of(parse_certificate(cert), process.name).dns_names


def test_the_database_keeps_its_data_where_its_version_wants_it() -> None:
    assert SERVED["postgres"]["image"] == "postgres:18"
    assert SERVED["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert set(compose_file()["volumes"]) == {"certs", "postgres", "sandbox"}


def test_workers_and_gateways_can_be_many() -> None:
    for name in ("worker", "gateway"):
        assert "container_name" not in SERVED[name]
    many = compose_file({"GATEWAY_HOST_PORT": "8080-8089"})["services"]["gateway"]
    assert many["ports"][0]["published"] == "8080-8089"


def test_the_image_has_every_package_that_runs_and_is_nobody_important() -> None:
    copied = set(re.findall(r"^COPY (\w+) \w+$", DOCKERFILE, re.MULTILINE))
    packages = {path.parent.name for path in CHECKOUT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages | {"bin"} == copied
    kept = re.findall(r"^!([\w.]+)$", (CHECKOUT / ".dockerignore").read_text(), re.MULTILINE)
    assert set(kept) == copied | {"requirements.lock"}
    assert re.search(r"^USER respite$", DOCKERFILE, re.MULTILINE)
    assert 'ENTRYPOINT ["respite"]' in DOCKERFILE
    assert IMAGE["TLS_DIR"] == "/certs"
    assert SERVED["certs"]["volumes"] == ["certs:/certs"]
    assert SERVED["sandbox"]["volumes"] == [f"sandbox:{IMAGE['RESPITE_HOME']}"]


def test_everything_runs_without_rights_and_on_a_root_that_cannot_be_written() -> None:
    for name, service in SERVED.items():
        if name != "postgres":
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
