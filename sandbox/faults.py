"""What a test or a benchmark can make go wrong, and the one place that decides when it does."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from sandbox.store import Store

Stage = Literal["request", "enqueue", "attempt", "standing"]

PROVIDERS: Final = frozenset({"twilio", "stripe", "openai", "webhooks"})
_REQUEST_KINDS: Final = frozenset(
    {"delay", "fail", "timeout", "drop_after_accept", "error_code", "list_lag", "script"}
)
_ENQUEUE_KINDS: Final = frozenset({"duplicate", "reorder", "lose", "delay"})
_ATTEMPT_KINDS: Final = frozenset({"fail", "timeout", "drop_after_accept"})
_STANDING_KINDS: Final = frozenset({"opt_out_management"})
_ONLY_FOR: Final = {
    "list_lag": "twilio",
    "opt_out_management": "twilio",
    "script": "openai",
}
# A change must have been accepted for its answer to get lost, and only a change is refused by code.
_CHANGES_ONLY: Final = frozenset({"drop_after_accept", "error_code"})
# Kinds that leave the request on its way; any other kind decides what becomes of it.
_PASSING: Final = frozenset({"delay", "list_lag", "duplicate"})


class UnknownFault(ValueError):
    """The description of a fault names a provider, kind or field that does not exist."""


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong.

    `times` counts down and None means until cleared. `seconds` is how long a delay, lag, hold or
    hang lasts. `status` is the HTTP status of a failure, `code` the provider's error code, `body`
    its raw body or an OpenAI script. `retry_after` (seconds) becomes the header. `copies` is how
    many extra webhooks `duplicate` makes. `at` says whether a Twilio `error_code` shows when the
    message is created or on its delivery. Every pair of `match` must fit: `method`, `path` (shell
    pattern), `route`, else a parameter of the request or a fact of the webhook.
    """

    provider: str
    kind: str
    times: int | None = None
    seconds: float | None = None
    status: int | None = None
    code: str | int | None = None
    message: str | None = None
    body: Any = None
    retry_after: float | None = None
    copies: int = 1
    at: str | None = None
    match: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    hits: int = 0

    @classmethod
    def parse(cls, spec: Mapping[str, Any]) -> "Fault":
        """Read a fault from JSON; raises UnknownFault with a sentence naming what is wrong."""
        known = {item.name for item in fields(cls)} - {"id", "hits"}
        if unknown := sorted(set(spec) - known):
            raise UnknownFault(f"unknown field: {', '.join(unknown)}")
        if not {"provider", "kind"} <= set(spec):
            raise UnknownFault("a fault needs provider and kind")
        fault = cls(**spec)
        if fault.provider not in PROVIDERS:
            raise UnknownFault(f"unknown provider: {fault.provider}")
        if fault.kind not in _REQUEST_KINDS | _ENQUEUE_KINDS | _ATTEMPT_KINDS | _STANDING_KINDS:
            raise UnknownFault(f"unknown kind: {fault.kind}")
        if fault.provider != _ONLY_FOR.get(fault.kind, fault.provider):
            raise UnknownFault(f"{fault.kind} is for {_ONLY_FOR[fault.kind]} only")
        if fault.provider == "webhooks" and not fault._belongs_to_webhooks():
            raise UnknownFault(f"{fault.kind} does not happen to webhooks")
        if fault.at not in (None, "create", "delivery"):
            raise UnknownFault("at is create or delivery")
        if not isinstance(fault.match, dict):
            raise UnknownFault("match is an object")
        if fault.kind == "error_code" and fault.code is None:
            raise UnknownFault("error_code needs code")
        return fault

    def _belongs_to_webhooks(self) -> bool:
        return self.kind in _ENQUEUE_KINDS | _ATTEMPT_KINDS

    def stage(self) -> frozenset[Stage]:
        """When this fault can happen."""
        if self.kind in _STANDING_KINDS:
            return frozenset({"standing"})
        if self.provider == "webhooks":
            return frozenset({"enqueue"} if self.kind in _ENQUEUE_KINDS else {"attempt"})
        return frozenset({"request"} if self.kind in _REQUEST_KINDS else {"enqueue"})

    @property
    def on_delivery(self) -> bool:
        """Whether a Twilio error code shows only after the message was accepted."""
        if self.at is not None:
            return self.at == "delivery"
        return self.kind == "error_code" and str(self.code).startswith(("30", "31"))

    def fits(self, provider: str, facts: Mapping[str, Any]) -> bool:
        """Whether this fault applies to a request or webhook described by `facts`."""
        own = self.provider == provider
        if not own and not (self.provider == "webhooks" and facts.get("webhook") == provider):
            return False
        if (
            self.kind in _CHANGES_ONLY
            and "method" not in self.match
            and facts.get("method") == "GET"
        ):
            return False
        return all(_fits(name, wanted, facts) for name, wanted in self.match.items())

    def as_json(self) -> dict[str, Any]:
        """The fault as it is shown and stored."""
        return asdict(self)


def _fits(name: str, wanted: Any, facts: Mapping[str, Any]) -> bool:
    if name not in facts:
        return False
    if name == "path":
        return fnmatchcase(str(facts[name]), str(wanted))
    return str(facts[name]) == str(wanted)


class Faults:
    """The faults in force, oldest first. They are kept in the store and survive a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._faults: list[Fault] = []
        for row in store.rows("SELECT id, spec FROM faults ORDER BY id"):
            self._faults.append(Fault(**{**json.loads(row["spec"]), "id": row["id"]}))

    def add(self, fault: Fault) -> int:
        """Put a fault into force and return its id."""
        fault.id = self._store.execute("INSERT INTO faults (spec) VALUES ('{}')")
        self._faults.append(fault)
        self._keep(fault)
        return fault.id

    def all(self) -> list[Fault]:
        """Every fault that was added and not cleared, spent ones included."""
        return list(self._faults)

    def clear(self, fault_id: int | None = None) -> None:
        """Forget one fault, or all of them."""
        self._faults = [fault for fault in self._faults if fault_id not in (None, fault.id)]
        self._store.execute("DELETE FROM faults WHERE id = coalesce(?, id)", (fault_id,))

    def take(self, stage: Stage, provider: str, facts: Mapping[str, Any]) -> list[Fault]:
        """Return the faults that happen now, each counted down by one.

        Those that let the request pass (delay, list_lag, duplicate, a code on delivery) add up;
        of those that decide its fate only the oldest happens.
        """
        return self._take(
            lambda fault: stage in fault.stage() and fault.fits(provider, facts),
        )

    def standing(self, kind: str) -> bool:
        """Whether a behaviour that is a fault only by name, like opt-out management, is on."""
        return any(fault.kind == kind and fault.times != 0 for fault in self._faults)

    def _take(self, happens: Callable[[Fault], bool]) -> list[Fault]:
        taken: list[Fault] = []
        decided = False
        for fault in self._faults:
            passing = fault.kind in _PASSING or fault.on_delivery
            if fault.times == 0 or (decided and not passing) or not happens(fault):
                continue
            decided = decided or not passing
            fault.hits += 1
            if fault.times is not None:
                fault.times -= 1
            self._keep(fault)
            taken.append(fault)
        return taken

    def _keep(self, fault: Fault) -> None:
        self._store.execute(
            "UPDATE faults SET spec = ? WHERE id = ?", (json.dumps(fault.as_json()), fault.id)
        )
