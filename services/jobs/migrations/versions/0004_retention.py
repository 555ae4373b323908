"""Days of finished jobs come and go, by the hand of the service."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Both run as the owner of the schema, who alone may make and drop tables; service roles may call
# them and have no say in what they do. CREATE and then ATTACH, because CREATE … PARTITION OF would
# lock all finished jobs. A day of which the DEFAULT partition holds rows stays there.
MAKE = """
CREATE OR REPLACE FUNCTION jobs.make_finished_days() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  today date := (now() AT TIME ZONE 'UTC')::date;
  day date;
  name text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(1684108659, 1);
  FOR day IN SELECT today + n FROM generate_series(0, 14) AS n LOOP
    name := 'finished_jobs_' || to_char(day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass('jobs.' || name) IS NOT NULL;
    BEGIN
      EXECUTE format('CREATE TABLE jobs.%I (LIKE jobs.finished_jobs INCLUDING ALL)', name);
      EXECUTE format(
        'ALTER TABLE jobs.finished_jobs ATTACH PARTITION jobs.%I FOR VALUES FROM (%L) TO (%L)',
        name, day::text || ' 00:00+00', (day + 1)::text || ' 00:00+00');
      made := made + 1;
    EXCEPTION WHEN check_violation THEN
      NULL;
    END;
  END LOOP;
  RETURN made;
END $$
"""
# DETACH … CONCURRENTLY is refused where there is a DEFAULT partition. The plain one waits for
# whoever reads or settles at this moment, and everybody behind it waits too: not for long.
DROP = """
CREATE OR REPLACE FUNCTION jobs.drop_finished_day() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '200ms'
AS $$
DECLARE
  name text;
BEGIN
  PERFORM pg_advisory_xact_lock(1684108659, 1);
  SELECT c.relname INTO name
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
   WHERE i.inhparent = 'jobs.finished_jobs'::regclass
     AND c.relname ~ '^finished_jobs_[0-9]{8}$'
     AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - 14
   ORDER BY c.relname LIMIT 1;
  IF name IS NOT NULL THEN
    EXECUTE format('ALTER TABLE jobs.finished_jobs DETACH PARTITION jobs.%I', name);
    EXECUTE format('DROP TABLE jobs.%I', name);
  END IF;
  RETURN name;
END $$
"""


def upgrade() -> None:
    """Create the two functions."""
    op.execute(MAKE)
    op.execute(DROP)


def downgrade() -> None:
    """Drop them; the days that were made stay."""
    op.execute("DROP FUNCTION jobs.drop_finished_day()")
    op.execute("DROP FUNCTION jobs.make_finished_days()")
