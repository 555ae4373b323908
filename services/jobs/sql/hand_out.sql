-- Remembers what a worker holds now.
INSERT INTO jobs.worker_claims AS w (worker, job_ids, claims)
VALUES (:worker, CAST(:ids AS bigint[]), CAST(:claims AS bigint[]))
ON CONFLICT (worker) DO UPDATE
   SET job_ids = excluded.job_ids, claims = excluded.claims, updated_at = now()
