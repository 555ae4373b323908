"""Whether the world can reach the gateway at PUBLIC_URL."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from typing import Final

from respite.doctor.clock import ahead_of_us, of_clock
from respite.doctor.finding import Finding, bad, ok
from respite.doctor.settings import Settings
from respite.providers import SANDBOX_ACCOUNT_SID

_CHECK: Final = "PUBLIC_URL"
_TIMEOUT: Final = 10.0  # seconds


def public_address(settings: Settings) -> Iterator[Finding]:
    """https, and a GET of the webhook's path is answered 405 by the gateway."""
    url = settings["PUBLIC_URL"].rstrip("/")
    sandboxed = settings["TWILIO_ACCOUNT_SID"] == SANDBOX_ACCOUNT_SID
    if not url:
        yield bad(_CHECK, "is not set", "set it to the https address that leads to the gateway")
        return
    if not url.lower().startswith("https://") and not sandboxed:
        yield bad(_CHECK, f"{url} is not https", "providers post over https: set an https address")
    try:
        status, date = _got(f"{url}/twilio/sms")
    except (OSError, ValueError, HTTPException) as error:  # ValueError: it is no address at all
        reason = getattr(error, "reason", error)
        reason = getattr(reason, "strerror", None) or reason
        yield bad(
            _CHECK,
            f"{url} cannot be reached from here: {reason}",
            "check DNS, the certificate and the proxy; is the gateway running?",
        )
        return
    note = "; the sandbox posts there, nothing leaves this machine" if sandboxed else ""
    if status == 405:
        yield ok(_CHECK, f"{url} leads to the gateway{note}")
    else:
        yield bad(
            _CHECK,
            f"GET {url}/twilio/sms is answered {status}, not 405",
            "the proxy must hand path and query on to the gateway's port as they are",
        )
    if (ahead := ahead_of_us(date)) is not None:
        yield from of_clock("clock, gateway", ahead, to_the_second=True)


def _got(url: str) -> tuple[int, str]:
    """Status and date of the answer."""
    request = urllib.request.Request(url, method="GET")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            return answer.status, answer.headers.get("Date", "")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Date", "")
