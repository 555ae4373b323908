-- Drops a portion of the finished jobs that ended more than 14 days ago and stand outside of any day.
DELETE FROM jobs.finished_jobs_default d
 USING (
         SELECT id, finished_at FROM jobs.finished_jobs_default
          WHERE finished_at < now() - interval '14 days'
          LIMIT :portion
       ) AS old
 WHERE d.id = old.id AND d.finished_at = old.finished_at
