"""Texts that came in, as the provider lists them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from twilio.rest import Client

from services.jobs.carrier.well_formed import well_formed

MEDIA_BASE = "https://api.twilio.com"
MOST_MEDIA = 10
"""The most that come with one text (twilio.com/docs/messaging/guides/accepted-mime-types)."""


@dataclass(frozen=True, slots=True)
class ReceivedMedia:
    """What came with a text. url: where the provider keeps it."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class ReceivedText:
    """A text that came in. sent_time: the provider's DateSent. The rest as its webhook has it."""

    sid: str
    account_sid: str
    sender: str
    recipient: str
    body: str
    media: tuple[ReceivedMedia, ...]
    sent_time: datetime


def text_of(message: Any, media: tuple[ReceivedMedia, ...]) -> ReceivedText:
    """A listed message. Raises ValueError where it says neither when it was sent nor made."""
    sent_time = message.date_sent or message.date_created
    if not isinstance(sent_time, datetime):
        raise ValueError("a text without a time")
    return ReceivedText(
        sid=str(message.sid),
        account_sid=str(message.account_sid),
        sender=well_formed(str(message.from_ or "")),
        recipient=well_formed(str(message.to or "")),
        body=well_formed(message.body or ""),
        media=media,
        sent_time=sent_time,
    )


def in_order(listed: Sequence[ReceivedText]) -> list[ReceivedText]:
    """The texts oldest first. listed: newest first, as the provider lists.

    It tells times to the second; of those within one, each is put a microsecond after the one
    before it, so that two texts in a row stay in a row whoever records them first.
    """
    within: Counter[datetime] = Counter()
    ordered = []
    oldest_first = listed[::-1]
    for text in sorted(oldest_first, key=lambda text: text.sent_time):
        moment = text.sent_time + timedelta(microseconds=within[text.sent_time])
        within[text.sent_time] += 1
        ordered.append(replace(text, sent_time=moment))
    return ordered


async def fetch_media(client: Client, message: Any) -> tuple[ReceivedMedia, ...]:
    """Asks for what came with a message, where something did: the list itself only counts it."""
    if not int(message.num_media or 0):
        return ()
    listed = await client.messages(message.sid).media.list_async(limit=MOST_MEDIA)
    return tuple(
        ReceivedMedia(MEDIA_BASE + str(each.uri).removesuffix(".json"), str(each.content_type))
        for each in listed
    )
