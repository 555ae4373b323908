"""The table of processes: what runs, where, after what, and which secrets each may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SERVICES: Final = ("identity", "profile", "conversation", "billing", "jobs")


@dataclass(frozen=True, slots=True)
class Port:
    """A port by its default number, and the environment variable that moves it."""

    number: int
    variable: str

    def chosen(self, environment: Mapping[str, str]) -> int:
        """The number that holds in this environment. Raises BadPort."""
        text = environment.get(self.variable) or str(self.number)
        if not text.isdecimal() or not 1 <= int(text) <= 65535:
            raise BadPort(f"{self.variable}: must be a port from 1 to 65535")
        return int(text)


class BadPort(ValueError):
    """A variable holds no port; the text is one line that names it."""


@dataclass(frozen=True, slots=True)
class Process:
    """One kind of process.

    port: where it is called; None for one that only calls. health: the HTTP port that says whether
    it is ready, at `ready_path`. needs: processes that start before it and stop after it, so that
    a quiet start logs no warnings; each copes with any order. outlasts: processes that only stop
    before it. secrets: the variables, beyond its own databases, that hold secrets it works with; it
    is never given another's. does: a few words for people.
    """

    name: str
    does: str
    port: Port | None
    health: Port
    needs: tuple[str, ...] = ()
    outlasts: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    ready_path: str = "/readyz"

    @property
    def has_metrics(self) -> bool:
        """Whether it publishes metrics at its health port."""
        return self.name != "sandbox"

    @property
    def has_database(self) -> bool:
        """Whether it owns a schema."""
        return self.name in SERVICES

    @property
    def database_variables(self) -> tuple[str, ...]:
        """The variables that hold its database URLs: writer, reader, replica; and what listens."""
        if not self.has_database:
            return ()
        kinds = ["DATABASE_URL", "READER_DATABASE_URL", "READ_DATABASE_URL"]
        if self.name == "jobs":
            kinds.append("LISTEN_DATABASE_URL")
        return tuple(f"{self.name.upper()}_{kind}" for kind in kinds)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every port that it opens, once each."""
        return tuple(dict.fromkeys(port for port in (self.port, self.health) if port))


def _service(name: str, does: str, number: int, secrets: tuple[str, ...] = ()) -> Process:
    upper = name.upper()
    return Process(
        name=name,
        does=does,
        port=Port(number, f"{upper}_PORT"),
        health=Port(number - 41000, f"{upper}_METRICS_PORT"),
        secrets=secrets,
    )


_SANDBOX_PORT: Final = Port(8090, "SANDBOX_PORT")

# In the order in which they start.
PROCESSES: Final = (
    Process(
        name="sandbox",
        does="Twilio, Stripe, OpenAI; phone page",
        port=_SANDBOX_PORT,
        health=_SANDBOX_PORT,
        secrets=("TWILIO_AUTH_TOKEN", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"),
        ready_path="/sandbox/status",
    ),
    _service("identity", "who a phone number is; roles", 50051, secrets=("SUPPRESSION_KEY",)),
    _service("profile", "journey, burnout, consent, crises", 50052),
    _service("conversation", "messages both ways, limits", 50053),
    _service("billing", "subscriptions and access", 50054, secrets=("STRIPE_SECRET_KEY",)),
    _service("jobs", "the queue", 50055),
    Process(
        name="worker",
        does="runs the workflows",
        port=None,
        health=Port(9056, "WORKER_METRICS_PORT"),
        # The last texts of a worker that drains are sent, too.
        needs=(*SERVICES, "sandbox"),
        secrets=("TWILIO_AUTH_TOKEN", "OPENAI_API_KEY", "ALERT_WEBHOOK"),
    ),
    Process(
        name="gateway",
        does="webhooks of Twilio and Stripe",
        port=Port(8080, "GATEWAY_PORT"),
        health=Port(9080, "GATEWAY_METRICS_PORT"),
        needs=("jobs",),
        # What the sandbox posts to the last is stored, and not given up for want of an answer.
        outlasts=("sandbox",),
        secrets=("TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNTS", "STRIPE_WEBHOOK_SECRET"),
    ),
)

BY_NAME: Final[Mapping[str, Process]] = {process.name: process for process in PROCESSES}

POSTGRES_PORT: Final = Port(15432, "POSTGRES_PORT")

_SECRETS: Final = frozenset(variable for process in PROCESSES for variable in process.secrets)


def address_of(service: str, environment: Mapping[str, str]) -> str:
    """host:port at which a service is called."""
    target = environment.get(f"{service.upper()}_ADDRESS")
    if target:
        return target.removeprefix("dns:///")
    port = BY_NAME[service].port
    assert port is not None
    return f"localhost:{port.chosen(environment)}"


def environment_of(process: Process, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the secrets and databases that are not this process's business."""
    own = {*process.secrets, *process.database_variables}

    def withheld(variable: str) -> bool:
        name = variable.upper().removesuffix("_FILE")
        return name not in own and (name in _SECRETS or name.endswith("DATABASE_URL"))

    return {name: value for name, value in environment.items() if not withheld(name)}
