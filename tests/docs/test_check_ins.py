"""The page on check-ins says what the code does."""

from __future__ import annotations

from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows.check_ins import EVERY
from services.profile.burnout import ScoreSource
from services.profile.questionnaires import QUESTIONNAIRES
from tests.docs.markdown import ROOT, Document

PAGE = Document.read(ROOT / "docs" / "check-ins.md")


def table(first: str) -> list[list[str]]:
    """The rows of the table whose first heading this is."""
    [rows] = [rows for rows in PAGE.tables() if rows[0][0] == first]
    return rows[1:]


def test_the_page_has_the_silence_after_which_each_band_is_checked_in_on() -> None:
    told = {
        profile.BurnoutBand.Value(f"BURNOUT_BAND_{band.upper()}"): silence
        for band, _, silence in table("band")
    }
    assert told == {band: f"{silence.days} days" for band, silence in EVERY.items()}


def test_the_page_has_every_question_with_its_zone_and_its_lighter_end() -> None:
    daily, monthly = (QUESTIONNAIRES[source] for source in ScoreSource)
    assert table("daily check-in") == [[each.text, "5" if each.reversed else "1"] for each in daily]
    assert table("monthly review") == [
        [each.text, (each.zone or "").replace("_", " "), "5" if each.reversed else "1"]
        for each in monthly
    ]
