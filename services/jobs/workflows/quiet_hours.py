"""When a text that we start may go out: 09:00 to 20:00 where the person is (47 CFR 64.1200(c)(1)
allows 08:00 to 21:00; we stay an hour inside)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone as number_zones

OPENS = time(9)
CLOSES = time(20)

MANY_ZONES = 6
"""A number with more zones than this says nothing about where the person is (toll-free)."""


def zones_of(number: str, profile_zone: str, defaults: Sequence[str]) -> tuple[ZoneInfo, ...]:
    """Every zone that the person may be in: the profile's, else those of the number's area code.

    number: E.164. defaults: IANA names for a number that says nothing.
    """
    if profile_zone:
        return (ZoneInfo(profile_zone),)
    names = number_zones.time_zones_for_number(phonenumbers.parse(number))
    if len(names) > MANY_ZONES:
        names = ()
    zones = tuple(zone for zone in map(_zone, names) if zone is not None)
    return zones or tuple(ZoneInfo(name) for name in defaults)


def _zone(name: str) -> ZoneInfo | None:
    if name.startswith("Etc/"):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def wait_for_window(now: datetime, zones: Sequence[ZoneInfo]) -> timedelta:
    """How long until the window is open in every zone; zero where it is open now.

    now: aware. Moves from opening to opening; zones so far apart that no moment suits all of them
    are held to the first one's window, because never is no answer.
    """
    moment = now
    for _ in range(2 * len(zones) + 2):
        closed = next((zone for zone in zones if not _is_open(moment, zone)), None)
        if closed is None:
            return moment - now
        moment = _next_opening(moment, closed)
    first = zones[0]
    return timedelta(0) if _is_open(now, first) else _next_opening(now, first) - now


def _is_open(moment: datetime, zone: ZoneInfo) -> bool:
    return OPENS <= moment.astimezone(zone).time() < CLOSES


def _next_opening(moment: datetime, zone: ZoneInfo) -> datetime:
    local = moment.astimezone(zone)
    day = local.date() + timedelta(days=0 if local.time() < OPENS else 1)
    return datetime.combine(day, OPENS, zone).astimezone(moment.tzinfo)
