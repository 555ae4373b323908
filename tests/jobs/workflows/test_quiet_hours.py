"""When a text that we start may go out (domain.md section 10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.jobs.workflows.quiet_hours import wait_for_window, zones_of

NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
DEFAULTS = ("America/New_York", "America/Los_Angeles")


def at(zone: ZoneInfo, year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


def test_at_19_59_it_is_sent_and_at_20_00_deferred_to_09_00() -> None:
    assert wait_for_window(at(NEW_YORK, 2026, 6, 1, 19, 59), [NEW_YORK]) == timedelta(0)
    late = at(NEW_YORK, 2026, 6, 1, 20, 1)
    assert late + wait_for_window(late, [NEW_YORK]) == at(NEW_YORK, 2026, 6, 2, 9, 0)
    early = at(NEW_YORK, 2026, 6, 1, 8, 59)
    assert early + wait_for_window(early, [NEW_YORK]) == at(NEW_YORK, 2026, 6, 1, 9, 0)


@pytest.mark.parametrize("day", [(2026, 3, 7), (2026, 10, 31)])
def test_across_a_change_of_the_clocks_it_still_opens_at_nine(day: tuple[int, int, int]) -> None:
    late = at(NEW_YORK, *day, 22, 0)
    opened = (late + wait_for_window(late, [NEW_YORK])).astimezone(NEW_YORK)
    assert (opened.hour, opened.minute) == (9, 0)
    assert opened.date() == date(*day) + timedelta(days=1)


def test_every_zone_that_the_person_may_be_in_must_permit() -> None:
    morning = at(NEW_YORK, 2026, 6, 1, 9, 30)
    opened = morning + wait_for_window(morning, [NEW_YORK, LOS_ANGELES])
    assert opened == at(LOS_ANGELES, 2026, 6, 1, 9, 0)
    evening = at(NEW_YORK, 2026, 6, 1, 20, 30)
    opened = evening + wait_for_window(evening, [NEW_YORK, LOS_ANGELES])
    assert opened == at(LOS_ANGELES, 2026, 6, 2, 9, 0)


def test_zones_without_a_common_hour_are_held_to_the_first_one() -> None:
    apart = [NEW_YORK, ZoneInfo("Asia/Tokyo")]
    noon = at(NEW_YORK, 2026, 6, 1, 12, 0)
    assert wait_for_window(noon, apart) == timedelta(0)


def test_the_profile_counts_before_the_number_and_the_number_before_the_defaults() -> None:
    assert zones_of("+13125550101", "Europe/Paris", DEFAULTS) == (ZoneInfo("Europe/Paris"),)
    assert zones_of("+13125550101", "", DEFAULTS) == (ZoneInfo("America/Chicago"),)
    assert zones_of("+18005550101", "", DEFAULTS) == (NEW_YORK, LOS_ANGELES)
    assert zones_of("+15555550101", "", DEFAULTS) == (NEW_YORK, LOS_ANGELES)
