"""The environment of a development run: what the person set, then what the first start made up."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from kit.clock import MovableClock, SystemClock
from respite.home import Home, read_variables, write_variables
from respite.processes import BY_NAME, PROCESSES, SERVICES
from respite.providers import SandboxSecrets, has_stripe, has_twilio, use_sandbox

_MADE: Final = {
    "DATABASE_SECRET": "",
    "TWILIO_AUTH_TOKEN": "",
    "STRIPE_SECRET_KEY": "sk_test_",
    "STRIPE_WEBHOOK_SECRET": "whsec_",
    "SUPPRESSION_KEY": "",
}
# What a second terminal needs to find a run: `respite text`, `grpcurl`, `grant-admin`, `status`.
_TOLD: Final = frozenset(
    {"TLS_DIR", "BIND_HOST", "SANDBOX_URL", "IDENTITY_DATABASE_URL", "IDENTITY_READER_DATABASE_URL"}
    # `users hold`: until when
    | {"DEVELOPMENT_CLOCK"}
    # `doctor`: which providers are real, no secret of theirs
    | {"PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_FROM_NUMBER", "TWILIO_MESSAGING_SERVICE_SID"}
    | {"TWILIO_BASE_URL", "STRIPE_BASE_URL", "STRIPE_PRICE_ID", "STRIPE_LIVEMODE"}
)


def made_secrets(home: Home) -> Mapping[str, str]:
    """The secrets of this home, made once: the sandbox's, and one that passwords come from.

    They are of use on this machine only; a provider's credentials never stand here.
    """
    kept = read_variables(home.secrets)
    missing = {name: prefix for name, prefix in _MADE.items() if name not in kept}
    if missing:
        made = {name: prefix + secrets.token_hex(16) for name, prefix in missing.items()}
        kept = kept | made
        write_variables(home.secrets, kept, "Made by `respite up`; SUPPRESSION_KEY is for good.")
    return kept


def wants_own_postgres(environment: Mapping[str, str]) -> bool:
    """Whether no database is named for at least one service, so that one has to be started."""
    if environment.get("ADMIN_DATABASE_URL"):
        return False
    return any(not environment.get(f"{name.upper()}_DATABASE_URL") for name in SERVICES)


def development_environment(
    home: Home, given: Mapping[str, str], made: Mapping[str, str], admin_url: str | None
) -> dict[str, str]:
    """Everything that all processes of a run need; `environment_of` cuts it down to one's share.

    given: what the person set, which always wins. admin_url: of the server on which services
    without a database URL get theirs; None where every service names its own.
    """
    ports = {name: process.port.chosen(given) for name, process in BY_NAME.items() if process.port}
    gateway, sandbox = (f"http://localhost:{ports[name]}" for name in ("gateway", "sandbox"))
    values = {
        "RESPITE_HOME": str(home.path),
        "TLS_DIR": str(home.certificates),
        "LOG_FORMAT": "json",
        "PUBLIC_URL": gateway,
        "GATEWAY_URL": gateway,
        "SANDBOX_URL": sandbox,
        "SUPPRESSION_KEY": made["SUPPRESSION_KEY"],
    }
    values |= {f"{name.upper()}_ADDRESS": f"dns:///localhost:{ports[name]}" for name in SERVICES}
    if admin_url is not None:
        values["ADMIN_DATABASE_URL"] = admin_url
        values |= _database_urls(admin_url, made["DATABASE_SECRET"])
    if not (has_twilio(given) or has_stripe(given)):
        values["DEVELOPMENT_CLOCK"] = str(home.clock)
    if given.get("OPENAI_API_KEY") or given.get("OPENAI_API_KEY_FILE"):
        values["ASSISTANT"] = "openai"
    values |= {name: value for name, value in given.items() if value}
    use_sandbox(
        values,
        sandbox,
        SandboxSecrets(
            made["TWILIO_AUTH_TOKEN"], made["STRIPE_SECRET_KEY"], made["STRIPE_WEBHOOK_SECRET"]
        ),
    )
    return values


def tell_others(home: Home, environment: Mapping[str, str]) -> None:
    """Writes down where this run is, for commands in other terminals."""
    ports = {port.variable for process in PROCESSES for port in process.ports}
    addresses = {f"{name.upper()}_ADDRESS" for name in SERVICES}
    told = {
        name: environment[name] for name in sorted(_TOLD | ports | addresses) if name in environment
    }
    write_variables(home.running, told, "The `respite up` that runs now; removed when it stops.")


def environment_for_commands(given: Mapping[str, str]) -> dict[str, str]:
    """What the person set, then what the run in this home told, if one runs."""
    return {**read_variables(Home.of(given).running), **given}


def clock_of(environment: Mapping[str, str]) -> SystemClock | MovableClock:
    """What tells domain time where this environment holds."""
    file = environment.get("DEVELOPMENT_CLOCK")
    return MovableClock(Path(file)) if file else SystemClock()


def _database_urls(admin_url: str, secret: str) -> dict[str, str]:
    def url(role: str) -> str:
        password = hmac.new(secret.encode(), role.encode(), hashlib.sha256).hexdigest()[:32]
        parts = urlsplit(admin_url)
        place = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{role}:{password}@{place}"))

    urls: dict[str, str] = {}
    for name in SERVICES:
        urls[f"{name.upper()}_DATABASE_URL"] = url(f"{name}_writer")
        urls[f"{name.upper()}_READER_DATABASE_URL"] = url(f"{name}_reader")
    return urls
