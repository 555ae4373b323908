"""Reaching the people behind the line: a webhook, and texts to their phones."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp

from kit.logging import get_logger
from services.jobs.carrier import Accepted, Carrier, Refused
from services.jobs.workflows.context import Told

log = get_logger(__name__)

TIMEOUT = aiohttp.ClientTimeout(total=10)


WEBHOOK = "webhook"


class Alarm:
    """Tells whoever is configured; with nobody configured the log and the metrics remain."""

    def __init__(self, carrier: Carrier, webhook: str | None, phones: Sequence[str]) -> None:
        """webhook: address that takes a JSON object. phones: E.164."""
        self._carrier = carrier
        self._webhook = webhook
        # The place tells two phones apart that end alike.
        self._phones = {
            f"phone-{place}-{phone[-4:]}": phone for place, phone in enumerate(phones, 1)
        }

    @property
    def recipients(self) -> Sequence[str]:
        """See workflows.context.Alarm."""
        return [WEBHOOK, *self._phones] if self._webhook else list(self._phones)

    async def tell(self, recipient: str, reason: str, subject: str) -> Told:
        """See workflows.context.Alarm."""
        if recipient == WEBHOOK and self._webhook:
            reached = await _post(self._webhook, reason, subject)
            return Told.TOLD if reached else Told.FAILED
        phone = self._phones.get(recipient)
        if phone is None:
            return Told.GONE
        said = await self._carrier.send(
            phone, f"Respite alert: {reason} ({subject}). See the runbook."
        )
        match said:
            case Accepted():
                return Told.TOLD
            case Refused(code):
                log.error("alarm_refused", code=code)
                return Told.REFUSED
            case _:
                return Told.FAILED


async def _post(address: str, reason: str, subject: str) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.post(address, json={"reason": reason, "subject": subject}) as answer,
        ):
            return answer.status < 300
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False
