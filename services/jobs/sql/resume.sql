-- Lets a type be claimed again, and keeps since when.
WITH resumed AS (DELETE FROM jobs.paused_types WHERE type = :type RETURNING type)
INSERT INTO jobs.resumed_types AS r (type) SELECT type FROM resumed
ON CONFLICT (type) DO UPDATE SET resumed_at = now(), updated_at = now()
