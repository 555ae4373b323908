"""Whether Twilio knows our credentials, and posts what comes in to us, as often as it must."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from respite.doctor.clock import of_clock
from respite.doctor.finding import Finding, bad, ok, warn
from respite.doctor.settings import Settings
from respite.providers import SANDBOX_ACCOUNT_SID
from services.jobs.carrier.account import Account, AccountProblem, InboundSettings, account_of

RETRIES: Final = "#rc=3&rp=all"
_ACCOUNT: Final = "Twilio account"
_INBOUND: Final = "Twilio webhook"
_FALLBACK: Final = "Twilio fallback"


def twilio_settings(settings: Settings) -> Iterator[Finding]:
    """The account, then how the number or the messaging service is set."""
    sid, token = settings["TWILIO_ACCOUNT_SID"], settings.first("TWILIO_AUTH_TOKEN")
    sender = settings["TWILIO_MESSAGING_SERVICE_SID"] or settings["TWILIO_FROM_NUMBER"]
    for name, value in (
        ("TWILIO_ACCOUNT_SID", sid),
        ("TWILIO_AUTH_TOKEN", token),
        ("TWILIO_FROM_NUMBER", sender),
    ):
        if not value:
            yield bad(_ACCOUNT, f"{name} is not set", f"set {name}; README, Real Twilio and Stripe")
    if not (sid and token and sender):
        return
    try:
        account = account_of(sid, token, sender, settings["TWILIO_BASE_URL"] or None)
    except AccountProblem as problem:
        yield bad(
            _ACCOUNT,
            f"cannot be read: {problem}",
            "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN against the Twilio console",
        )
        return
    yield from _account(sid, account)
    public = settings["PUBLIC_URL"].rstrip("/")
    if account.inbound is None:
        yield bad(
            _INBOUND,
            f"the account has no …{sender[-4:]}",
            "TWILIO_FROM_NUMBER or TWILIO_MESSAGING_SERVICE_SID must be of this account",
        )
        return
    yield from _inbound(account.inbound, f"{public}/twilio/sms")
    yield from _status(account.inbound, f"{public}/twilio/status")


def _account(sid: str, account: Account) -> Iterator[Finding]:
    if account.status != "active":
        yield bad(_ACCOUNT, f"is {account.status}", "the Twilio console says why")
    elif sid == SANDBOX_ACCOUNT_SID:
        yield ok(_ACCOUNT, "is the sandbox's")
    else:
        yield ok(_ACCOUNT, f"…{sid[-4:]} is active")
    if account.ahead is not None:
        yield from of_clock("clock, Twilio", account.ahead, to_the_second=True)


def _inbound(inbound: InboundSettings, wanted: str) -> Iterator[Finding]:
    if not inbound.ours_decides:
        yield warn(
            _INBOUND,
            "the messaging service leaves it to each number",
            "set the service to post itself, or check every number",
        )
        return
    url, _, retries = inbound.url.partition("#")
    if url != wanted:
        yield bad(
            _INBOUND,
            f"posts to {url or 'nowhere'}",
            f"set the webhook for incoming messages to {wanted}{RETRIES}",
        )
    elif inbound.method != "POST":
        yield bad(_INBOUND, f"is sent by {inbound.method}", "set it to HTTP POST")
    elif f"#{retries}" != RETRIES:
        yield warn(
            _INBOUND,
            "hardly tries again when the gateway does not answer",
            f"end the webhook's address with {RETRIES}",
        )
    else:
        yield ok(_INBOUND, f"posts to {inbound.url}")
    if inbound.fallback_url.partition("#")[0] != wanted:
        yield warn(
            _FALLBACK,
            f"is {inbound.fallback_url or 'not set'}",
            f"set the fallback address to {wanted}: it is the last try",
        )
    elif inbound.fallback_method != "POST":
        yield bad(_FALLBACK, f"is sent by {inbound.fallback_method}", "set it to HTTP POST")
    else:
        yield ok(_FALLBACK, f"posts to {inbound.fallback_url}")


def _status(inbound: InboundSettings, wanted: str) -> Iterator[Finding]:
    """Each text names its own address; one that is set beside it must not be another's."""
    callback = inbound.status_callback
    if callback and callback.partition("#")[0] != wanted:
        yield warn(
            "Twilio status",
            f"is posted to {callback} for what others send",
            f"clear the status callback, or set it to {wanted}",
        )
    else:
        yield ok("Twilio status", "each text names its own address")
