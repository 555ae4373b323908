-- Puts a fired schedule to its next tick.
UPDATE jobs.schedules SET next_run_at = :next_run_at, updated_at = now() WHERE name = :name
