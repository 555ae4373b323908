"""What Stripe remembers under an idempotency key: the first answer, that of a failure too."""

import hashlib
import json
from typing import Final

from sandbox.provider import Call
from sandbox.store import Store
from sandbox.stripe_forms import StripeRefusal

# These come before a request is carried out, so nothing is kept of them.
# https://docs.stripe.com/api/idempotent_requests
_BEFORE_EXECUTION: Final = frozenset({401, 403, 409, 429})


class KeptAnswers:
    """Answers by key, each for the path and the parameters that it was given to."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, call: Call) -> tuple[int, str] | None:
        """Status and body of the answer under the call's key, None for the first call.

        Raises StripeRefusal where the key was used for something else.
        """
        key = key_of(call)
        known = key and self._store.row("SELECT * FROM idempotency WHERE key = ?", (key,))
        if not known:
            return None
        if known["fingerprint"] != _fingerprint(call):
            raise StripeRefusal(
                400,
                "Keys for idempotent requests can only be used with the same parameters"
                " they were first used with.",
                kind="idempotency_error",
            )
        return known["status"], known["body"]

    def keep(self, call: Call, status: int, body: str) -> None:
        """From now on this is the answer under the call's key, if it has one."""
        key = key_of(call)
        if key is None or status in _BEFORE_EXECUTION:
            return
        self._store.execute(
            "INSERT INTO idempotency VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (key, _fingerprint(call), status, body),
        )


def key_of(call: Call) -> str | None:
    """The key of a request; only a POST has one."""
    return call.headers.get("idempotency-key") if call.method == "POST" else None


def _fingerprint(call: Call) -> str:
    asked = json.dumps([call.path, call.params], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()
