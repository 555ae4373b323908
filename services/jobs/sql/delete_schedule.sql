-- Ends a schedule. The row stays: without it the next start would seed the schedule again.
UPDATE jobs.schedules SET deleted_at = now(), updated_at = now()
 WHERE name = :name AND deleted_at IS NULL
