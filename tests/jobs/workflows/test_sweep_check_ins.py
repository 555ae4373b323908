"""The sweep asks for everybody who is due, once for each interval of their silence."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import psycopg
import pytest

from protos.jobs.v1.payloads_pb2 import SweepCheckIns
from services.jobs.workflows import sweep_check_ins
from services.jobs.workflows.outcome import Done
from tests.databases import Databases
from tests.jobs.workflows.acting import Acting

pytestmark = pytest.mark.slow

# 3,000 people: n hours of silence, a fifth in each band, every tenth opted out.
_FILL = """
INSERT INTO profile.user_profiles (user_id) SELECT gen_random_uuid() FROM generate_series(1, 3000);
INSERT INTO profile.contact_state
  (user_id, burnout_band, last_inbound_at, sms_consent, sms_consent_at)
  SELECT user_id, (ARRAY['thriving', 'mild', 'moderate', 'high', 'severe'])[1 + n % 5],
    %s - n * interval '1 hour', CASE WHEN n % 10 = 3 THEN 'opted_out' ELSE 'opted_in' END, now()
  FROM (SELECT user_id, row_number() OVER () n FROM profile.user_profiles) p;
"""
DAYS = {"mild": 28, "moderate": 7, "high": 3, "severe": 2}


def sweeps(acting: Acting) -> Counter[str]:
    """Whom one sweep asks for, of what it has not asked for before."""
    known = {each.key for each in acting.enqueued}
    assert isinstance(acting.run(sweep_check_ins.run, SweepCheckIns()), Done)
    new = {each.key: each for each in acting.enqueued if each.key not in known}
    return Counter(each.payload.send_check_in.user_id for each in new.values())


def test_three_days_without_a_scheduler_ask_for_each_due_person_once(
    acting: Acting, databases: Databases
) -> None:
    with psycopg.connect(databases["profile"].admin) as admin:
        for statement in filter(str.strip, _FILL.split(";")):
            values = [acting.clock.now()] if "%s" in statement else None
            text = statement if values is None else statement.replace("n % ", "n %% ")
            admin.execute(text.encode(), values)
        found = admin.execute(
            "SELECT user_id, burnout_band, last_contact_at FROM profile.contact_state"
            " WHERE sms_consent <> 'opted_out' AND burnout_band <> 'thriving'"
        ).fetchall()

    def intervals() -> dict[str, int]:
        """How often the silence of each person has been due by now."""
        now = acting.clock.now()
        return {
            str(user_id): times
            for user_id, band, since in found
            if (times := (now - since) // timedelta(days=DAYS[band]))
        }

    before = intervals()
    assert 1_500 < len(before) < 2_400
    assert sweeps(acting) == dict.fromkeys(before, 1)
    acting.wait(minutes=5)
    due = intervals()
    assert sweeps(acting) == {each: 1 for each in due if due[each] != before.get(each)}
    acting.wait(days=3)
    later = intervals()
    grown = {each for each in later if later[each] != due.get(each)}
    assert len(grown) > 1_000
    # each once, although some were due twice meanwhile: every two days, after three and a bit
    assert sweeps(acting) == dict.fromkeys(grown, 1)
    assert sweeps(acting) == {}
