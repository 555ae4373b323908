-- Adds a schedule unless there is one of this name; what operators changed or deleted stays so.
INSERT INTO jobs.schedules (name, cron, time_zone, type, payload, next_run_at)
VALUES (:name, :cron, :time_zone, :type, :payload, :next_run_at)
ON CONFLICT (name) DO NOTHING
