-- Scheduled jobs are due so much earlier, but those that were stored since the clock was moved: they
-- go by its new time. Locked in the order of their ids, as by whoever joins them.
WITH later AS MATERIALIZED (
  SELECT s.id FROM jobs.scheduled_jobs s
   WHERE s.updated_at < coalesce(CAST(:moved_at AS timestamptz), 'infinity')
   ORDER BY s.id FOR UPDATE
)
UPDATE jobs.scheduled_jobs s
   SET run_at = s.run_at - CAST(:by AS interval), updated_at = now()
  FROM later
 WHERE s.id = later.id
