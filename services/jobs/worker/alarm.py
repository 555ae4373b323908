"""Reaching the people behind the line: a webhook, and texts to their phones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp

from kit.logging import get_logger
from services.jobs.carrier import Accepted, Carrier, Refused, SendOutcome

log = get_logger(__name__)

TIMEOUT = aiohttp.ClientTimeout(total=10)


class Alarm:
    """Tells everybody who is configured; with nobody configured the log and the metrics remain."""

    def __init__(self, carrier: Carrier, webhook: str | None, phones: Sequence[str]) -> None:
        """webhook: address that takes a JSON object. phones: E.164."""
        self._carrier = carrier
        self._webhook = webhook
        self._phones = phones

    async def raise_alarm(self, reason: str, subject: str) -> Sequence[str]:
        """See workflows.context.Alarm."""
        failed = []
        if self._webhook and not await _post(self._webhook, reason, subject):
            failed.append("webhook")
        text = f"Respite alert: {reason} ({subject}). See the runbook."
        said = await asyncio.gather(*(self._carrier.send(phone, text) for phone in self._phones))
        if _want_another_try(said):
            failed.append("phones")
        return failed


def _want_another_try(said: Sequence[SendOutcome]) -> bool:
    """Another try texts everybody again: not for a number that the provider will never text, while
    others were reached."""
    for outcome in said:
        if isinstance(outcome, Refused):
            log.error("alarm_refused", code=outcome.code)
    reached = any(isinstance(outcome, Accepted) for outcome in said)
    return not all(isinstance(o, Accepted) or (reached and isinstance(o, Refused)) for o in said)


async def _post(address: str, reason: str, subject: str) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.post(address, json={"reason": reason, "subject": subject}) as answer,
        ):
            return answer.status < 300
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False
