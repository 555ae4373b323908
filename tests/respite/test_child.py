"""A process of a run."""

from __future__ import annotations

import os
from pathlib import Path

from respite.child import Child
from respite.processes import BY_NAME
from tests.world.waiting import until


def test_the_last_words_of_a_process_are_of_its_last_start(tmp_path: Path) -> None:
    reading, lifeline = os.pipe()
    child = Child(BY_NAME["billing"], {}, tmp_path, lifeline)
    child.log.write_text("of an earlier start\n", encoding="utf-8")
    try:
        child.start()
        until(lambda: child.exit_status() is not None, "billing to miss its settings")
        lines = child.last_lines(20)
        assert "BILLING_DATABASE_URL: is not set" in lines
        assert "of an earlier start" not in lines
        assert child.last_lines(1) == lines[-1:]
    finally:
        child.kill()
        os.close(lifeline)
        os.close(reading)
