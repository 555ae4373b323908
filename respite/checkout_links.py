"""Whom a checkout page was for: the link to it was texted to them, which Twilio remembers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from respite.taken_texts import TakenTexts

# https://docs.stripe.com/api/checkout/sessions/object: the page's address has the session's id
_SESSION: Final = re.compile(r"(?<![A-Za-z0-9])cs_\w+", re.ASCII)


def numbers_by_session(
    texts: TakenTexts, sessions: Collection[str], since: datetime
) -> Mapping[str, str]:
    """To which number, in E.164, the link to each of these sessions was texted since then.

    Sessions whose link was not texted are left out. Raises AccountProblem.
    """
    return asyncio.run(_numbers(texts, sessions, since))


async def _numbers(
    texts: TakenTexts, sessions: Collection[str], since: datetime
) -> Mapping[str, str]:
    found: dict[str, str] = {}
    async for page in texts.since(since):
        for text in page:
            found |= dict.fromkeys(
                (each for each in _SESSION.findall(text.body) if each in sessions), text.recipient
            )
    return found
