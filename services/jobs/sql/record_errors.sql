-- Adds to the history of errors.
INSERT INTO jobs.job_errors (job_id, claim, attempt, reason)
SELECT id, claim, attempt, reason
  FROM unnest(
         CAST(:ids AS bigint[]), CAST(:claims AS bigint[]), CAST(:attempts AS integer[]),
         CAST(:reasons AS text[])
       ) AS e (id, claim, attempt, reason)
