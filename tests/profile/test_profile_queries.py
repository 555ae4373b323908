"""Every look-up of profile uses its index, also among many people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from kit.database import Database, DbReader
from kit.migrations import drift
from kit.paging import Page
from services.profile.burnout import BurnoutBand
from services.profile.crisis import CrisisState
from services.profile.model.assessments import expire_assessments, newest_assessment
from services.profile.model.contact import due_for_check_in
from services.profile.model.crises import episode_of, list_crises
from services.profile.model.crisis_replies import admit_crisis_reply
from services.profile.model.follow_ups import follow_up_of
from services.profile.model.passing_time import advance_journeys
from services.profile.model.profiles import profile_of, profiles_of
from services.profile.model.reactivations import planned_reactivations
from services.profile.model.scores import scores_of
from services.profile.model.stats import profile_stats
from services.profile.tables import metadata
from tests.databases import Databases
from tests.plans import plans_of, plans_of_writes, settle_down
from tests.profile.requests import NOON

pytestmark = pytest.mark.slow

PEOPLE = 100_000
SOMEBODY = UUID("01936f6e-0000-7000-8000-000000000001")

Read = Callable[[DbReader], object]

# What is filled in the transaction that has emptied it is not written to the log as well.
_FILL = """
TRUNCATE profile.user_profiles, profile.contact_state CASCADE;
INSERT INTO profile.user_profiles (user_id, burnout_score)
  SELECT gen_random_uuid(), n % 100 FROM generate_series(1, 100000) n;
INSERT INTO profile.contact_state
  (user_id, burnout_band, last_inbound_at, last_proactive_at, sms_consent, sms_consent_at)
  SELECT user_id,
    (ARRAY['thriving', 'mild', 'moderate', 'high', 'severe'])[1 + n % 5],
    timestamptz '2026-11-23 12:00+00' - n * interval '1 minute',
    CASE WHEN n % 3 = 0
      THEN timestamptz '2026-11-23 12:00+00' - n * interval '2 minutes' END,
    CASE WHEN n % 10 = 3 THEN 'opted_out' ELSE 'opted_in' END, now()
  FROM (SELECT user_id, row_number() OVER () n FROM profile.user_profiles) p;
INSERT INTO profile.burnout_scores (user_id, score, source, recorded_at, request_key)
  SELECT user_id, 50, 'daily_check_in', now(), user_id::text
  FROM profile.user_profiles LIMIT 20000;
INSERT INTO profile.assessments
  (assessment_id, user_id, questionnaire, state, question, started_at, expires_at, ended_at,
   request_key)
  SELECT gen_random_uuid(), user_id, 'daily_check_in',
    CASE WHEN n % 50 = 0 THEN 'open' ELSE 'completed' END, 1, now(),
    timestamptz '2026-11-23 12:00+00' + n * interval '1 minute',
    CASE WHEN n % 50 = 0 THEN NULL ELSE now() END, user_id::text
  FROM (SELECT user_id, row_number() OVER () n FROM profile.user_profiles LIMIT 20000) p;
INSERT INTO profile.assessment_replies
  (assessment_id, user_id, question, outcome, rating, replied_at, request_key)
  SELECT assessment_id, user_id, n, 'rated', 3, now(), user_id || ':' || n
  FROM profile.assessments, generate_series(1, 3) n;
UPDATE profile.user_profiles p SET journey_phase = 'active', journey_check_at = s.last_inbound_at
  FROM profile.contact_state s WHERE s.user_id = p.user_id;
INSERT INTO profile.reactivations (reactivation_id, user_id, silent_since, stage, state)
  SELECT gen_random_uuid(), user_id, last_inbound_at, 1,
    CASE WHEN stage.n % 50 = 0 THEN 'planned' ELSE 'sent' END
  FROM (SELECT *, row_number() OVER () n FROM profile.contact_state LIMIT 20000) stage;
INSERT INTO profile.crises
  (crisis_id, user_id, kind, state, started_at, last_text_at, text_count, series, resolved_at)
  SELECT gen_random_uuid(), user_id, 'abuse',
    CASE WHEN n % 50 = 0 THEN 'open' ELSE 'resolved' END, now(), now(), 1, 1,
    CASE WHEN n % 50 = 0 THEN NULL ELSE now() END
  FROM (SELECT user_id, row_number() OVER () n FROM profile.user_profiles LIMIT 10000) p;
INSERT INTO profile.crisis_follow_ups
  (follow_up_id, crisis_id, user_id, series, stage, due_at, state)
  SELECT gen_random_uuid(), crisis_id, user_id, 1, 1, now(), 'planned' FROM profile.crises;
INSERT INTO profile.crisis_texts (request_key, crisis_id, user_id, kind, event_at)
  SELECT crisis_id || ':' || n, crisis_id, user_id, 'abuse', now()
  FROM profile.crises, generate_series(1, 3) n;
INSERT INTO profile.crisis_replies (request_key, user_id, admitted, event_at)
  SELECT user_id || ':' || n, user_id, true,
    timestamptz '2026-11-23 12:00+00' - n * interval '1 minute'
  FROM (SELECT user_id FROM profile.crises LIMIT 1000) p, generate_series(1, 20) n;
"""


@pytest.fixture(scope="module")
def many_people(databases: Databases) -> Iterator[str]:
    """The admin's URL of a database of 100,000 people, a fifth in each band.

    Person n was last in contact n minutes before noon; every tenth has opted out.
    """
    databases.truncate("profile")
    admin_url = databases["profile"].admin
    with psycopg.connect(admin_url, autocommit=True) as admin:
        # or VACUUM finds commits that are not on disk, and marks no page as visible to all
        admin.execute("SET synchronous_commit = on")
        admin.execute(_FILL)
        settle_down(admin, "profile.user_profiles", "profile.contact_state")
    yield admin_url
    databases.truncate("profile")


def test_tables_in_the_code_are_those_of_the_migrations(databases: Databases) -> None:
    assert drift("profile", metadata, databases["profile"].admin) == []


def test_due_people_are_exactly_those_among_a_hundred_thousand(
    database: Database, many_people: str
) -> None:
    before = NOON - timedelta(days=7)
    with psycopg.connect(many_people) as admin:
        rows = admin.execute(
            "SELECT user_id FROM profile.contact_state WHERE burnout_band = 'high'"
            " AND sms_consent <> 'opted_out'"
            " AND last_contact_at <= %s ORDER BY last_contact_at, user_id",
            [before],
        ).fetchall()
    expected = [row[0] for row in rows]
    # minutes 10,080 to 100,000 that are 3 modulo 5; of these all that are 3 modulo 10 are out
    assert len(expected) == sum(1 for n in range(10_080, PEOPLE + 1) if n % 10 == 8)
    found: list[UUID] = []
    token, pages = "", 0
    with database.list_reader() as db:
        while True:
            page = Page.parse(1000, token)
            due, token = due_for_check_in(db, BurnoutBand.HIGH, before, page)
            found += [each.user_id for each in due]
            pages += 1
            if not token:
                break
    assert found == expected
    assert pages == -(-len(expected) // 1000)


@pytest.mark.parametrize("after", [None, (NOON - timedelta(days=20), SOMEBODY)])
def test_due_people_are_found_by_the_index_alone(
    database: Database, many_people: str, after: tuple[object, ...] | None
) -> None:
    week_ago = NOON - timedelta(days=7)
    plans = plans_of(
        database,
        many_people,
        lambda db: due_for_check_in(db, BurnoutBand.HIGH, week_ago, Page(100, after)),
    )
    assert "using by_band_contact" in plans
    assert "Filter" not in plans
    assert "Sort" not in plans
    assert "Seq Scan" not in plans


@pytest.mark.parametrize(
    ("read", "index"),
    [
        (lambda db: scores_of(db, SOMEBODY, Page(50)), "burnout_scores_by_user"),
        (lambda db: list_crises(db, None, None, Page(50)), "crises_pkey"),
        (lambda db: list_crises(db, SOMEBODY, None, Page(50)), "crises_by_user"),
        (lambda db: list_crises(db, None, CrisisState.OPEN, Page(5)), "crises_open"),
    ],
)
def test_look_ups_use_their_index(
    database: Database, many_people: str, read: Read, index: str
) -> None:
    plans = plans_of(database, many_people, read)
    assert index in plans
    assert "Seq Scan" not in plans


def test_everybody_is_counted_by_indexes_alone(database: Database, many_people: str) -> None:
    plans = plans_of(database, many_people, lambda db: profile_stats(db, NOON))
    for index in (
        "by_journey_phase",
        "contact_state_by_consent",
        "contact_state_by_inbound",
        "crises_open_by_start",
    ):
        assert f"Index Only Scan using {index} " in plans
    assert "Seq Scan" not in plans
    with database.list_reader() as db:
        counted = profile_stats(db, NOON)
    assert sum(counted.phases.values()) == sum(counted.bands.values()) == PEOPLE
    assert counted.active == 7 * 24 * 60
    assert counted.open_crises == 200


def test_assessments_are_found_by_their_indexes(database: Database, many_people: str) -> None:
    with psycopg.connect(many_people) as admin:
        row = admin.execute("SELECT user_id FROM profile.assessments").fetchone()
    assert row is not None
    plans = plans_of(database, many_people, lambda db: newest_assessment(db, row[0]))
    for index in (
        "assessments_by_user",
        "assessments_pkey",
        "assessment_replies_by_assessment",
    ):
        assert index in plans
    assert "Seq Scan" not in plans


def test_assessments_that_waited_too_long_are_found_by_the_index_alone(
    database: Database, many_people: str
) -> None:
    plans = plans_of_writes(
        database, many_people, lambda db: expire_assessments(db, 100, NOON + timedelta(days=2))
    )
    assert "using assessments_open " in plans
    assert "Sort" not in plans
    assert "Seq Scan" not in plans


def test_people_for_whom_time_does_something_are_found_and_moved_by_indexes(
    database: Database, many_people: str
) -> None:
    plans = plans_of_writes(database, many_people, lambda db: advance_journeys(db, 100, NOON))
    for index in ("by_journey_check", "by_user", "contact_state_pkey", "reactivations_stage"):
        assert index in plans
    assert "Seq Scan" not in plans


def test_planned_reactivations_are_found_by_their_index(
    database: Database, many_people: str
) -> None:
    plans = plans_of(database, many_people, lambda db: planned_reactivations(db, Page(50)))
    assert "reactivations_planned" in plans
    assert "Sort" not in plans


def test_a_profile_is_read_by_its_indexes(database: Database, many_people: str) -> None:
    with psycopg.connect(many_people) as admin:
        rows = admin.execute("SELECT user_id FROM profile.crises WHERE state = 'open'").fetchall()
    user_ids = [row[0] for row in rows]
    one = plans_of(database, many_people, lambda db: profile_of(db, user_ids[0], NOON))
    # As many as a worker asks for in one call.
    many = plans_of(database, many_people, lambda db: profiles_of(db, user_ids[:200], NOON))
    for index in (
        "by_user",
        "contact_state_pkey",
        "burnout_scores_by_source",
        "crises_open_by_user",
    ):
        assert index in one
        assert index in many
    assert "Seq Scan" not in one + many


def test_an_episode_and_a_follow_up_are_read_by_their_indexes(
    database: Database, many_people: str
) -> None:
    with psycopg.connect(many_people) as admin:
        row = admin.execute(
            "SELECT crisis_id, follow_up_id FROM profile.crisis_follow_ups"
        ).fetchone()
    assert row is not None
    plans = plans_of(database, many_people, lambda db: episode_of(db, row[0]))
    assert "crises_pkey" in plans
    assert "crisis_texts_by_crisis" in plans
    assert "crisis_follow_ups_stage" in plans
    plans += plans_of(database, many_people, lambda db: follow_up_of(db, row[1]))
    assert "crisis_follow_ups_pkey" in plans
    assert "Seq Scan" not in plans


def test_crisis_texts_of_the_last_minutes_are_counted_by_their_indexes(
    database: Database, many_people: str
) -> None:
    with psycopg.connect(many_people) as admin:
        row = admin.execute("SELECT user_id FROM profile.crisis_replies LIMIT 1").fetchone()
    assert row is not None
    plans = plans_of_writes(
        database, many_people, lambda db: admit_crisis_reply(db, row[0], NOON, "new", NOON)
    )
    assert "crisis_replies_pkey" in plans
    assert "crisis_replies_by_user" in plans
    assert "Seq Scan" not in plans
