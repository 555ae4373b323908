-- Asks a locked job that runs to stop.
UPDATE jobs.jobs SET cancel_requested = true, updated_at = now() WHERE id = CAST(:id AS bigint)
