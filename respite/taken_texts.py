"""The texts that Twilio took from us, by the settings of a worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from respite.doctor.settings import Settings
from services.jobs.carrier.sent import SentText, sent_since


class NotConfigured(Exception):
    """A variable is missing; the text says which."""


class TakenTexts:
    """What Twilio lists of what we sent. Raises NotConfigured, and OSError for a secret's file."""

    def __init__(self, settings: Settings) -> None:
        self._account_sid = _needed(settings, "TWILIO_ACCOUNT_SID")
        _needed(settings, "TWILIO_AUTH_TOKEN")
        self._auth_token = settings.first("TWILIO_AUTH_TOKEN")
        service = settings["TWILIO_MESSAGING_SERVICE_SID"]
        self._sender = service or _needed(settings, "TWILIO_FROM_NUMBER")
        self._base_url = settings["TWILIO_BASE_URL"] or None

    def since(self, moment: datetime) -> AsyncIterator[Sequence[SentText]]:
        """Pages of all that was taken since then. Raises AccountProblem."""
        told = self._account_sid, self._auth_token, self._sender, self._base_url
        return sent_since(*told, moment)


def _needed(settings: Settings, name: str) -> str:
    value = settings[name]
    if not value:
        raise NotConfigured(f"{name} is not set; README, Real Twilio and Stripe")
    return value
