-- A locked job that waits for its next attempt is due now.
UPDATE jobs.jobs SET run_at = now(), updated_at = now()
 WHERE id = CAST(:id AS bigint) AND run_at > now()
RETURNING type, blocked
