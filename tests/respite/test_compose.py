"""The compose file and the image against the table of processes. No Docker is needed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
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
from tests.contracts.test_protos import allowed_calls
from tests.databases import FAST
from tests.respite.compose import compose_file, environment_in, with_secrets
from tests.respite.test_processes import secrets_of, settings_of

ONE_SHOT = {"certs", "migrate", "operator"}
WATCHERS = {"prometheus", "grafana"}
REAL = {
    "TWILIO_ACCOUNT_SID": "ACreal",
    "TWILIO_AUTH_TOKEN": "real-token",
    "TWILIO_FROM_NUMBER": "+12025550199",
    "STRIPE_SECRET_KEY": "sk_live_real",
    "STRIPE_WEBHOOK_SECRET": "whsec_real",
    "STRIPE_PRICE_ID": "price_real",
    "SUPPRESSION_KEY": "ours and nobody else's",
}
SECRETS = {name for process in PROCESSES for name in secrets_of(process)}
# One may go without what they hold.
MAY_BE_EMPTY = {"TWILIO_ACCOUNTS", "OPENAI_API_KEY", "ALERT_WEBHOOK"}
# Who has a certificate.
HOLDERS = [*BY_NAME, certs.OPERATOR]
# What the compose file tells processes that is for `serve` and not for their settings.
FOR_SERVE = {"SANDBOX_URL", "REAL_CREDENTIALS"}
# What follows from the file and the image: where everything is, and whose clock it goes by.
OF_THE_FILE = re.compile(
    r"BIND_HOST|TLS_\w+|\w+_PORT|\w+_DATABASE(_URL)?|DEVELOPMENT_CLOCK|(TWILIO|STRIPE)_BASE_URL"
)
# The gateway may go without the key, and where providers are real the sandbox stands idle.
KEPT_FROM = {
    "gateway": {"STRIPE_SECRET_KEY"},
    "sandbox": {
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_FROM_NUMBER",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "STRIPE_PRICE_ID",
    },
}

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
    return enter_service(process, compose_file(given)["services"][process.name], inside)


def enter_service(process: Process, service: Any, inside: pytest.MonkeyPatch) -> Any:
    environment = completed(process.name, environment_in(service, IMAGE))
    for name, value in environment.items():
        inside.setenv(name, value)
    return load(settings_of(process))


def test_it_has_the_processes_of_the_table_and_what_they_stand_on() -> None:
    assert set(SERVED) == {*BY_NAME, *ONE_SHOT, *WATCHERS, "postgres"}


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
def test_every_setting_is_handed_on_but_what_follows_from_the_file(process: Process) -> None:
    fields = {name.upper() for name in settings_of(process).model_fields}
    left_out = fields - SERVED[process.name]["environment"].keys()
    assert {name for name in left_out if not OF_THE_FILE.fullmatch(name)} == KEPT_FROM.get(
        process.name, set()
    )


def test_what_the_shell_says_reaches_the_process_that_reads_it(inside: pytest.MonkeyPatch) -> None:
    said = {
        "ASSISTANT_REPORTS_CRISES": "off",
        "DEFAULT_TIME_ZONES": "Pacific/Guam",
        "PAST_DUE_GRACE_DAYS": "3",
        "DEFAULT_REGION": "GU",
        "JOBS_POLLS": "300",
        "GATEWAY_BODY_SECONDS": "7",
        "LOG_FORMAT": "console",
    }
    worker = enter(BY_NAME["worker"], said, inside)
    assert (worker.assistant_reports_crises, worker.default_time_zones) == (
        False,
        ("Pacific/Guam",),
    )
    assert enter(BY_NAME["billing"], said, inside).past_due_grace_days == 3
    assert enter(BY_NAME["identity"], said, inside).default_region == "GU"
    assert enter(BY_NAME["jobs"], said, inside).jobs_polls == 300
    assert enter(BY_NAME["gateway"], said, inside).gateway_body_seconds == 7
    assert enter(BY_NAME["sandbox"], said, inside).log_format == "console"


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
    inside: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    identity = BY_NAME["identity"]
    assert enter(identity, {}, inside).suppression_key.get_secret_value()
    inside.delenv("SUPPRESSION_KEY")
    with pytest.raises(SystemExit):
        enter(identity, {**REAL, "SUPPRESSION_KEY": ""}, inside)
    assert "SUPPRESSION_KEY: is not set" in capsys.readouterr().err
    told = enter(identity, REAL, inside)
    assert told.suppression_key.get_secret_value() == REAL["SUPPRESSION_KEY"]


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
            needs |= {"postgres": "service_healthy", "migrate": "service_completed_successfully"}
        if not process.needs:  # the others start after one that has waited
            needs |= {"certs": "service_completed_successfully"}
        assert waits == needs


def test_migrations_are_given_the_urls_that_the_services_use() -> None:
    urls = SERVED["migrate"]["environment"]
    for name in SERVICES:
        for variable in BY_NAME[name].database_variables[:2]:
            assert SERVED[name]["environment"][variable] == urls[variable]
    for variable, url in SERVED["operator"]["environment"].items():
        assert variable == "TLS_APART_DIR" or urls[variable] == url


@pytest.mark.slow
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
        cert = TlsFiles.of(tmp_path, process.name).cert
        assert process.name in facts_of(parse_certificate(cert), process.name).dns_names


def test_the_database_keeps_its_data_where_its_version_wants_it() -> None:
    assert SERVED["postgres"]["image"] == "postgres:18"
    assert SERVED["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    apart = {f"certs-{name}" for name in HOLDERS}
    assert set(compose_file()["volumes"]) == {"certs", *apart, "postgres", "sandbox", *WATCHERS}


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
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    assert 'ENTRYPOINT ["respite"]' in DOCKERFILE
    assert re.search(r'^HEALTHCHECK .* CMD \["respite", "ready"\]$', DOCKERFILE, re.MULTILINE)
    assert IMAGE["TLS_DIR"] == "/certs"
    made = re.search(r"install -d -o respite -g respite -m 0700 ((?:[\w/]+[ \\\n]+)+)", DOCKERFILE)
    assert made
    apart = {f"/apart/{name}" for name in HOLDERS}
    # where a new volume is mounted, so that its owner is the user of the image
    assert {*made[1].replace("\\", "").split()} == {"/certs", IMAGE["RESPITE_HOME"], *apart}


@each_process
def test_a_process_sees_its_own_key_and_the_certificate_of_the_ca_alone(process: Process) -> None:
    others = [f"sandbox:{IMAGE['RESPITE_HOME']}"] if process.name == "sandbox" else []
    own = f"certs-{process.name}:{IMAGE['TLS_DIR']}:ro"
    assert SERVED[process.name]["volumes"] == [own, *others]


def test_keys_of_all_and_of_the_ca_are_where_certificates_are_made_and_nowhere_else() -> None:
    for name, service in SERVED.items():
        mounted = {each.partition(":")[0] for each in service.get("volumes", [])}
        assert ("certs" in mounted) == (name in ("certs", "operator")), name
    apart = [f"certs-{name}:/apart/{name}" for name in HOLDERS]
    assert SERVED["certs"]["volumes"] == ["certs:/certs", *apart]
    assert SERVED["operator"]["volumes"] == ["certs:/certs", "certs-operator:/apart/operator"]
    for name in ("certs", "operator"):
        assert SERVED[name]["environment"]["TLS_APART_DIR"] == "/apart"


def test_everything_runs_without_rights_and_on_a_root_that_cannot_be_written() -> None:
    for service in SERVED.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "/tmp" in service["tmpfs"]
        assert service["mem_limit"]


def neighbours(name: str) -> set[str]:
    """Who shares a network with this service."""
    own = set(SERVED[name].get("networks", []))
    return {other for other, each in SERVED.items() if own & set(each.get("networks", []))} - {name}


def test_the_database_is_reached_by_those_that_have_a_schema_and_by_nobody_else() -> None:
    assert neighbours("postgres") == {*SERVICES, "migrate", "operator"}
    assert compose_file()["networks"]["database"] == {"internal": True}


def test_who_calls_can_reach_whom_it_calls_and_a_gateway_reaches_no_service_but_jobs() -> None:
    assert neighbours("gateway") == {"jobs", "sandbox", "prometheus"}
    for caller, called in allowed_calls():
        assert called in neighbours(caller)
    for name in SERVED.keys() & BY_NAME.keys() - {"sandbox"}:
        assert name in neighbours("prometheus")
    assert neighbours("grafana") == {"prometheus"}


def test_prometheus_and_grafana_run_only_when_asked_and_read_their_files_from_deploy() -> None:
    for name in WATCHERS:
        assert SERVED[name]["profiles"] == ["watch"]
        mounted = [each.split(":")[0] for each in SERVED[name]["volumes"]]
        assert all((CHECKOUT / path).exists() for path in mounted if path.startswith("./deploy/"))
        assert all(each.endswith(":ro") for each in SERVED[name]["volumes"] if each[0] == ".")


def with_files(process: Process, folder: Path, content: Callable[[str], str]) -> Mapping[str, Any]:
    """The process's service with secrets in files of this folder. content: by a secret's name."""
    told = {name: text for name, text in REAL.items() if name not in SECRETS}
    stack = with_secrets({**told, "SECRETS_DIR": str(folder)})
    service: Mapping[str, Any] = stack["services"][process.name]
    for name in service["secrets"]:
        place = Path(stack["secrets"][name]["file"])
        place.write_text(content(name) + "\n")
        for variable, path in service["environment"].items():
            if path == f"/run/secrets/{name}":
                service["environment"][variable] = str(place)
    return service


def a_secret(name: str) -> str:
    if "url" in name:
        return f"postgresql://secret-{name}/"
    if name == "alert_webhook":
        return f"https://alerts.test/secret-{name}"
    return f"ACother=secret-{name}" if name == "twilio_accounts" else f"secret-{name}"


@each_process
def test_secrets_may_be_files_and_then_none_is_in_the_environment(
    process: Process, inside: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = with_files(process, tmp_path, a_secret)
    told = {name for name, value in service["environment"].items() if value}
    assert process.name == "sandbox" or not told & SECRETS
    settings = enter_service(process, service, inside)
    for name in process.secrets:
        if f"{name}_FILE" in service["environment"]:
            assert f"secret-{name.lower()}" in str(shown(getattr(settings, name.lower())))


@pytest.mark.parametrize("name", ["worker", "gateway"])
def test_files_of_secrets_that_one_may_go_without_may_be_empty(
    name: str, inside: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = {each.lower() for each in MAY_BE_EMPTY}
    service = with_files(
        BY_NAME[name], tmp_path, lambda each: "" if each in empty else a_secret(each)
    )
    settings = enter_service(BY_NAME[name], service, inside)
    for field in empty & {*type(settings).model_fields}:
        assert not shown(getattr(settings, field))


def shown(value: Any) -> Any:
    """A secret, or several, in the clear."""
    if isinstance(value, tuple):
        return [shown(each) for each in value]
    return value.get_secret_value() if value is not None else None


def test_every_secret_that_a_process_is_told_is_a_file_instead() -> None:
    """Also one that a settings class has from tomorrow on."""
    stack = with_secrets({})
    for process in PROCESSES:
        service = stack["services"][process.name]
        variables = service["environment"]
        for name in secrets_of(process) & {*variables} if process.name != "sandbox" else ():
            assert variables[name] == ""
            assert variables[f"{name}_FILE"] == f"/run/secrets/{name.lower()}"
            assert name.lower() in service["secrets"]
    password = "GF_SECURITY_ADMIN_PASSWORD"
    watching = stack["services"]["grafana"]["environment"]
    # https://grafana.com/docs/grafana/latest/setup-grafana/configure-docker/
    assert (watching[password], watching[f"{password}__FILE"]) == (
        "",
        "/run/secrets/grafana_password",
    )


def test_the_secrets_of_the_file_are_those_that_somebody_takes() -> None:
    stack = with_secrets({})
    assert {name for each in stack["services"].values() for name in each.get("secrets", [])} == {
        *stack["secrets"]
    }
    assert {path["file"] for path in stack["secrets"].values()} == {
        f"./secrets/{name}" for name in stack["secrets"]
    }
