"""The sandbox's own API, as the command line uses it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Collection, Mapping
from typing import Any, Final

from respite.processes import BY_NAME

_TIMEOUT: Final = 10.0  # seconds for one request
_POLL: Final = 0.1
# After the first answer: more may belong to it, a notice after a reply.
_MORE_WITHIN: Final = 0.8


class SandboxProblem(Exception):
    """The sandbox refuses; the text is one line."""


class SandboxAway(SandboxProblem):
    """It does not answer."""


class SandboxClient:
    """Talks to the sandbox at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> SandboxClient:
        """SANDBOX_URL, else the port of the table on this machine."""
        port = BY_NAME["sandbox"].health.chosen(environment)
        return cls(environment.get("SANDBOX_URL") or f"http://localhost:{port}")

    def text(self, number: str, body: str) -> None:
        """Texts the line from `number`."""
        self._ask("POST", "/sandbox/texts", {"from": number, "body": body})

    def subscribe(self, number: str) -> str:
        """Pays for a subscription as the person with this number; returns its id."""
        paid = self._ask("POST", "/sandbox/subscribe", {"phone": number, "link": "phone"})
        return str(paid["subscription"])

    def subscription(self, number: str) -> Mapping[str, Any] | None:
        """The person's subscription, None where there never was one."""
        found: Mapping[str, Any] | None = self._phone(number)["subscription"]
        return found

    def clock(self) -> Mapping[str, Any]:
        """`now` in ISO 8601, `offset_seconds` from real time, and whether it `moves_the_line`."""
        told: Mapping[str, Any] = self._ask("GET", "/sandbox/clock")
        return told

    def move_clock(self, **to: float) -> Mapping[str, Any]:
        """Moves it by `advance_seconds` or to `offset_seconds`; what `clock` tells after it."""
        told: Mapping[str, Any] = self._ask("POST", "/sandbox/clock", to)
        return told

    def received(self, number: str) -> dict[str, str]:
        """What this phone has been sent: bodies by message id, oldest first."""
        messages = self._phone(number)["messages"]
        return {each["sid"]: each["body"] for each in messages if each["direction"] == "out"}

    def wait_for_texts(self, number: str, known: Collection[str], timeout: float) -> list[str]:
        """The bodies of texts beyond those `known`, as soon as no more follow.

        timeout: seconds to wait for the first; empty when none comes.
        """
        deadline = time.monotonic() + timeout
        found: dict[str, str] = {}
        while time.monotonic() < deadline:
            new = {sid: body for sid, body in self.received(number).items() if sid not in known}
            if len(new) > len(found):
                deadline = time.monotonic() + _MORE_WITHIN
            found = new
            time.sleep(_POLL)
        return list(found.values())

    def _phone(self, number: str) -> Any:
        return self._ask("GET", f"/sandbox/phones/{urllib.parse.quote(number, safe='')}")

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310
            self._url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise SandboxProblem(f"the sandbox refuses: {_sentence(error)}") from None
        except (OSError, ValueError):
            raise SandboxAway(
                f"the sandbox does not answer at {self._url}: start it with `make run`"
            ) from None


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"status {error.code}"
