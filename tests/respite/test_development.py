"""What a development run makes up, and what it leaves as the person set it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from respite.development import (
    development_environment,
    environment_for_commands,
    made_secrets,
    tell_others,
    wants_own_postgres,
)
from respite.home import AlreadyRunning, Home, read_variables
from respite.processes import BY_NAME, SERVICES, environment_of

ADMIN = "postgresql://postgres:secret@127.0.0.1:15432/respite"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make()
    return made


def test_secrets_are_made_once_and_are_their_owners_alone(home: Home) -> None:
    made = made_secrets(home)
    assert made_secrets(home) == made
    assert stat.S_IMODE(home.secrets.stat().st_mode) == 0o600
    assert len(set(made.values())) == len(made) == 5


def test_another_home_has_other_secrets(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.make()
    assert not set(made_secrets(home).values()) & set(made_secrets(other).values())


def test_without_credentials_the_providers_are_the_sandbox(home: Home) -> None:
    values = development_environment(home, {"SANDBOX_PORT": "8099"}, made_secrets(home), ADMIN)
    assert values["TWILIO_BASE_URL"] == values["STRIPE_BASE_URL"] == "http://localhost:8099"
    assert values["TWILIO_ACCOUNT_SID"] == "ACsandbox00000000000000000000000000"
    assert values["TWILIO_FROM_NUMBER"] == "+15005550006"
    assert values["TWILIO_AUTH_TOKEN"] == made_secrets(home)["TWILIO_AUTH_TOKEN"]
    assert "OPENAI_API_KEY" not in values


def test_with_credentials_nothing_of_that_provider_is_made_up(home: Home) -> None:
    given = {"TWILIO_ACCOUNT_SID": "ACreal", "STRIPE_SECRET_KEY_FILE": "/run/secrets/stripe"}
    values = development_environment(home, given, made_secrets(home), ADMIN)
    made_up = {"TWILIO_AUTH_TOKEN", "TWILIO_BASE_URL", "STRIPE_SECRET_KEY", "STRIPE_BASE_URL"}
    assert not made_up & values.keys()


def test_each_role_of_each_service_has_a_password_of_its_own(home: Home) -> None:
    values = development_environment(home, {}, made_secrets(home), ADMIN)
    urls = [values[name] for each in SERVICES for name in BY_NAME[each].database_variables[:2]]
    assert len({url.split("@")[0].rpartition(":")[2] for url in urls}) == 2 * len(SERVICES)
    assert all(url.endswith("@127.0.0.1:15432/respite") for url in urls)
    assert "secret@" not in "".join(urls)


def test_what_the_person_set_wins(home: Home) -> None:
    given = {
        "PUBLIC_URL": "https://line.example",
        "IDENTITY_DATABASE_URL": "postgresql://identity_writer@db/respite",
        "JOBS_ADDRESS": "dns:///jobs.example:443",
        "GATEWAY_PORT": "8081",
    }
    values = development_environment(home, given, made_secrets(home), ADMIN)
    assert {name: values[name] for name in given} == given
    assert values["GATEWAY_URL"] == "http://localhost:8081"


def test_no_process_is_given_the_administrators_url(home: Home) -> None:
    values = development_environment(home, {}, made_secrets(home), ADMIN)
    for process in BY_NAME.values():
        assert ADMIN not in environment_of(process, values).values()


def test_a_database_is_started_unless_every_service_has_one() -> None:
    urls = {f"{name.upper()}_DATABASE_URL": "postgresql://somewhere/db" for name in SERVICES}
    assert wants_own_postgres({})
    assert not wants_own_postgres(urls)
    assert not wants_own_postgres({"ADMIN_DATABASE_URL": ADMIN})
    del urls["JOBS_DATABASE_URL"]
    assert wants_own_postgres(urls)


def test_commands_in_other_terminals_find_the_run(home: Home) -> None:
    given = {"RESPITE_HOME": str(home.path), "SANDBOX_PORT": "8099"}
    values = development_environment(home, given, made_secrets(home), ADMIN)
    tell_others(home, values)
    found = environment_for_commands({"RESPITE_HOME": str(home.path)})
    assert found["SANDBOX_URL"] == "http://localhost:8099"
    assert found["IDENTITY_DATABASE_URL"] == values["IDENTITY_DATABASE_URL"]
    assert stat.S_IMODE(home.running.stat().st_mode) == 0o600
    told = read_variables(home.running)
    assert not {"ADMIN_DATABASE_URL", "TWILIO_AUTH_TOKEN", "JOBS_DATABASE_URL"} & told.keys()


def test_a_home_is_run_by_one_at_a_time(home: Home) -> None:
    refused = pytest.raises(AlreadyRunning, match="already running in")
    with home.locked(), refused, home.locked():
        pass
    with home.locked():
        pass
