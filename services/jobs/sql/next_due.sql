-- How long until the next job, or the next tick of a schedule, is due; NULL where there is none.
SELECT least(
         (SELECT min(run_at) FROM jobs.scheduled_jobs),
         (SELECT min(next_run_at) FROM jobs.schedules
           WHERE CAST(:schedules AS boolean) AND deleted_at IS NULL
             AND type <> ALL (ARRAY(SELECT p.type FROM jobs.paused_types p)))
       ) - now() AS remaining
