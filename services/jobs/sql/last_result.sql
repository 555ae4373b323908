-- What the newest job of a type that ended well ended in, and since when a schedule makes such jobs.
SELECT (
         SELECT f.result FROM jobs.finished_jobs f
          WHERE f.type = CAST(:type AS text) AND f.state = 'completed'
          ORDER BY f.id DESC LIMIT 1
       ) AS result,
       (SELECT min(s.created_at) FROM jobs.schedules s WHERE s.type = CAST(:type AS text))
         AS schedule_created_at
