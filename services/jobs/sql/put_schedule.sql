-- Stores a schedule under its name. Where neither expression nor zone changes, its next tick is kept,
-- so that repeating the call cannot skip one that is due.
INSERT INTO jobs.schedules AS s (name, cron, time_zone, type, payload, next_run_at)
VALUES (:name, :cron, :time_zone, :type, :payload, :next_run_at)
ON CONFLICT (name) DO UPDATE
   SET cron = excluded.cron, time_zone = excluded.time_zone, type = excluded.type,
       payload = excluded.payload, deleted_at = NULL, updated_at = now(),
       next_run_at = CASE
         WHEN s.deleted_at IS NULL AND s.cron = excluded.cron
              AND s.time_zone = excluded.time_zone THEN s.next_run_at
         ELSE excluded.next_run_at
       END
RETURNING s.name, s.cron, s.time_zone, s.payload, s.next_run_at, s.created_at, s.updated_at
