from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kit.clock import MovableClock

THREE_DAYS = timedelta(days=3)


def test_whoever_moves_the_clock_moves_it_for_all_who_read_the_file(tmp_path: Path) -> None:
    one, another = MovableClock(tmp_path / "clock"), MovableClock(tmp_path / "clock")
    assert another.ahead == timedelta(0)
    one.move_to(THREE_DAYS)
    assert one.ahead == another.ahead == THREE_DAYS
    before = datetime.now(UTC)
    assert before <= another.now() - THREE_DAYS <= datetime.now(UTC)
    another.move_to(timedelta(hours=-1.5))
    assert one.ahead == timedelta(hours=-1.5)


@pytest.mark.parametrize("nonsense", ["", "soon", "nan", "1e300"])
def test_while_the_file_says_nothing_the_last_word_holds(tmp_path: Path, nonsense: str) -> None:
    file = tmp_path / "clock"
    clock = MovableClock(file)
    clock.move_to(THREE_DAYS)
    assert clock.ahead == THREE_DAYS
    file.write_text(nonsense)
    assert clock.ahead == THREE_DAYS
    file.unlink()
    assert clock.ahead == THREE_DAYS
    clock.move_to(timedelta(0))
    assert clock.ahead == timedelta(0)
