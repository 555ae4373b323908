"""`respite doctor`: a line that is set up well has nothing to fix; each mistake is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from kit.certificates import issue
from respite.cli import app
from tests.ports import free_port
from tests.world.parts import SERVICES
from tests.world.world import World

pytestmark = pytest.mark.slow

Findings = Mapping[str, tuple[str, str]]
Examine = Callable[..., Findings]


@pytest.fixture
def settings(world: World, operator_environment: dict[str, str]) -> dict[str, str]:
    """What all processes of the world are told."""
    told = world.parts.sandbox.settings
    databases = {
        f"{name.upper()}_{kind}DATABASE_URL": url
        for name in SERVICES
        for kind, url in (
            ("", world.databases[name].writer),
            ("READER_", world.databases[name].reader),
        )
    }
    return {
        **operator_environment,
        **databases,
        "PUBLIC_URL": world.parts.public_url,
        "TWILIO_ACCOUNT_SID": told.account_sid,
        "TWILIO_AUTH_TOKEN": f"{told.auth_tokens[0]}, older",
        "TWILIO_FROM_NUMBER": told.from_number,
        "TWILIO_BASE_URL": world.parts.sandbox.url,
        "STRIPE_SECRET_KEY": told.stripe_secret_key,
        "STRIPE_PRICE_ID": told.price_id,
        "STRIPE_WEBHOOK_SECRET": told.webhook_secrets[0],
        "STRIPE_BASE_URL": world.parts.sandbox.url,
        "STRIPE_LIVEMODE": "false",
        "SUPPRESSION_KEY": "a long and random secret",
        "ALERT_WEBHOOK": "https://alerts.example.org/",
    }


@pytest.fixture
def examine(settings: dict[str, str], logs_elsewhere: None) -> Examine:
    """The worst finding of each check, and the status of the command with it."""

    def run(**changed: str) -> Findings:
        done = CliRunner().invoke(app, ["doctor", "--json"], env=settings | changed)
        found: dict[str, tuple[str, str]] = {}
        order = ("ok", "warn", "fail")
        for finding in map(json.loads, done.stdout.splitlines()):
            level, check = finding["level"], finding["check"]
            assert (finding["fix"] == "") == (level == "ok")
            if order.index(level) >= order.index(found.get(check, ("ok", ""))[0]):
                found[check] = (level, f"{finding['said']} → {finding['fix']}")
        assert done.exit_code == any(level == "fail" for level, _ in found.values()), done.output
        return found

    return run


@pytest.fixture
def accounts(world: World) -> Iterator[Callable[..., None]]:
    """Sets the providers' accounts otherwise, until the test ends."""

    def put(**changes: dict[str, Any]) -> None:
        world.parts.sandbox.call("PUT", "/sandbox/accounts", changes)

    yield put
    put()


def test_a_line_that_is_set_up_well_has_nothing_to_fix(world: World, examine: Examine) -> None:
    found = examine()
    wrong = {check: said for check, (level, said) in found.items() if level != "ok"}
    assert wrong.keys() <= {"the line"}, wrong  # what other stories have left behind
    assert "sandbox" in found["PUBLIC_URL"][1]
    assert {f"schema {name}" for name in SERVICES} <= found.keys()
    assert {"clock, Twilio", "clock, gateway", "clock, database"} <= found.keys()
    assert {"certificate ca", "certificate operator"} <= found.keys()


def test_for_people_it_ends_with_a_count(settings: dict[str, str], logs_elsewhere: None) -> None:
    told = CliRunner().invoke(app, ["doctor"], env=settings | {"SUPPRESSION_KEY": ""})
    assert told.exit_code == 1
    assert "fail SUPPRESSION_KEY" in told.stdout
    assert "openssl rand -hex 32" in told.stdout
    assert told.stdout.splitlines()[-1].endswith("1 to fix")


def test_a_port_that_is_none_is_one_line(settings: dict[str, str], logs_elsewhere: None) -> None:
    told = CliRunner().invoke(app, ["doctor"], env=settings | {"GATEWAY_METRICS_PORT": "many"})
    assert (told.exit_code, told.stderr.count("\n")) == (2, 1)
    assert told.stderr.startswith("GATEWAY_METRICS_PORT: ")


def test_no_password_is_told_of_an_address_that_cannot_be_read(examine: Examine) -> None:
    for url in ("postgres//a:secret@c/d", "postgresql://a:secr%et@127.0.0.1:1/d"):
        level, said = examine(JOBS_DATABASE_URL=url)["database jobs"]
        assert level == "fail"
        assert "secr" not in said


@pytest.mark.parametrize(
    ("changed", "check", "level", "said"),
    [
        ({"PUBLIC_URL": ""}, "PUBLIC_URL", "fail", "is not set"),
        ({"PUBLIC_URL": "NOWHERE"}, "PUBLIC_URL", "fail", "from here: Connection refused"),
        ({"PUBLIC_URL": "SANDBOX"}, "PUBLIC_URL", "fail", "not 405"),
        ({"PUBLIC_URL": "line.example.org"}, "PUBLIC_URL", "fail", "cannot be reached"),
        ({"PUBLIC_URL": "http://[::1"}, "PUBLIC_URL", "fail", "cannot be reached"),
        ({"PUBLIC_URL": "http://localhost:8080 "}, "PUBLIC_URL", "fail", "cannot be reached"),
        ({"PUBLIC_URL": "POSTGRES"}, "PUBLIC_URL", "fail", "cannot be reached"),
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "PUBLIC_URL", "fail", "is not https"),
        ({"TWILIO_AUTH_TOKEN": "wrong"}, "Twilio account", "fail", "status 401"),
        ({"TWILIO_AUTH_TOKEN": ""}, "Twilio account", "fail", "TWILIO_AUTH_TOKEN is not set"),
        ({"TWILIO_FROM_NUMBER": "+12025550177"}, "Twilio webhook", "fail", "has no …0177"),
        ({"TWILIO_BASE_URL": "NOWHERE"}, "Twilio account", "fail", "does not answer"),
        ({"STRIPE_SECRET_KEY": "sk_test_no"}, "Stripe account", "fail", "cannot be read"),
        ({"STRIPE_PRICE_ID": "price_no"}, "Stripe account", "fail", "price_no"),
        ({"STRIPE_LIVEMODE": "true"}, "Stripe mode", "fail", "of the test mode"),
        ({"ALERT_WEBHOOK": ""}, "alerts", "warn", "ALERT_PHONES"),
        ({"JOBS_DATABASE_URL": ""}, "database jobs", "warn", "JOBS_DATABASE_URL is not set"),
        ({"JOBS_DATABASE_URL": "READER"}, "roles jobs", "fail", "may not change rows"),
        ({"JOBS_READER_DATABASE_URL": "WRITER"}, "roles jobs", "fail", "is not read-only"),
        ({"JOBS_DATABASE_URL": "ADMIN"}, "roles jobs", "fail", "is a superuser"),
        ({"JOBS_DATABASE_URL": "FORGED"}, "database jobs", "fail", "authentication failed"),
        ({"JOBS_ADDRESS": "NOWHERE"}, "services", "fail", "jobs does not answer"),
    ],
    ids=lambda given: str(next(iter(given))) if isinstance(given, dict) else "",
)
def test_a_wrong_setting_is_named(
    world: World, examine: Examine, changed: dict[str, str], check: str, level: str, said: str
) -> None:
    urls = world.databases["jobs"]
    places = {
        "NOWHERE": f"http://localhost:{free_port()}",
        "SANDBOX": world.parts.sandbox.url,
        "POSTGRES": f"http://localhost:{make_url(urls.admin).port}",
        "READER": urls.reader,
        "WRITER": urls.writer,
        "ADMIN": urls.admin,
        "FORGED": urls.writer.replace("writer-secret", "forged"),
    }
    found = examine(**{name: places.get(value, value) for name, value in changed.items()})
    assert found[check][0] == level, found[check]
    assert said in found[check][1]


@pytest.mark.parametrize(
    ("what", "changes", "check", "level", "said"),
    [
        ("number", {"sms_url": "https://demo.example/"}, "Twilio webhook", "fail", "#rc=3&rp=all"),
        ("number", {"sms_url": "PUBLIC/twilio/sms"}, "Twilio webhook", "warn", "#rc=3&rp=all"),
        ("number", {"sms_method": "GET"}, "Twilio webhook", "fail", "HTTP POST"),
        ("number", {"sms_fallback_url": ""}, "Twilio fallback", "warn", "last try"),
        ("number", {"status_callback": "https://x.example"}, "Twilio status", "warn", "clear"),
        ("account", {"status": "suspended"}, "Twilio account", "fail", "suspended"),
        ("portal", {"is_default": False}, "Stripe portal", "fail", "has no settings"),
        ("endpoint", {"url": "https://x.example"}, "Stripe webhook", "fail", "add an endpoint"),
        ("endpoint", {"status": "disabled"}, "Stripe webhook", "fail", "enable it"),
        ("endpoint", {"enabled_events": ["*"]}, "Stripe webhook", "ok", "all that is handled"),
        ("endpoint", {"enabled_events": ["invoice.paid"]}, "Stripe webhook", "fail", "charge.re"),
        ("endpoint", {"api_version": "2019-02-19"}, "Stripe webhook", "warn", "2019-02-19"),
    ],
)
def test_what_is_set_wrongly_at_a_provider_is_named(
    world: World,
    examine: Examine,
    accounts: Callable[..., None],
    what: str,
    changes: dict[str, Any],
    check: str,
    level: str,
    said: str,
) -> None:
    public = world.parts.public_url
    told = {
        name: value.replace("PUBLIC", public) if isinstance(value, str) else value
        for name, value in changes.items()
    }
    accounts(**{what: told})
    found = examine()
    assert found[check][0] == level, found[check]
    assert said in found[check][1]


def test_a_messaging_service_is_asked_where_it_posts(
    examine: Examine, accounts: Callable[..., None]
) -> None:
    service = {"TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32}
    assert examine(**service)["Twilio webhook"][0] == "ok"
    accounts(service={"use_inbound_webhook_on_number": True})
    level, said = examine(**service)["Twilio webhook"]
    assert level == "warn"
    assert "each number" in said


def test_certificates_that_do_not_hold_are_named(
    world: World, examine: Examine, tmp_path: Path
) -> None:
    folder = tmp_path / "certs"
    shutil.copytree(world.parts.certificates, folder)
    issue(folder, "old", "respite://service/old", now=datetime(2020, 1, 1, tzinfo=UTC))
    almost = datetime.now(UTC) - timedelta(days=300)
    issue(folder, "ageing", "respite://service/ageing", now=almost)
    shutil.copy(folder / "worker.key", folder / "jobs.key")
    (folder / "billing.key").unlink()
    found = examine(TLS_DIR=str(folder))
    levels = {check: level for check, (level, _) in found.items()}
    assert levels["certificate old"] == levels["certificate jobs"] == "fail"
    assert levels["certificate billing"] == "fail"
    assert levels["certificate ageing"] == "warn"
    assert levels["certificate worker"] == "ok"
    assert "another's" in found["certificate jobs"][1]
    assert examine(TLS_DIR=str(tmp_path))["certificate ca"][0] == "fail"


def test_a_schema_that_is_behind_is_named(world: World, examine: Examine) -> None:
    with psycopg.connect(world.databases["profile"].admin, autocommit=True) as admin:
        row = admin.execute("SELECT version_num FROM profile.alembic_version").fetchone()
        assert row is not None
        admin.execute("UPDATE profile.alembic_version SET version_num = '0001'")
        try:
            level, said = examine()["schema profile"]
        finally:
            admin.execute("UPDATE profile.alembic_version SET version_num = %s", row)
    assert level == "fail"
    assert "respite migrate" in said
