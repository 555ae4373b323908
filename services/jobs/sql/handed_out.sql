-- What a worker was handed and may still hold; locked, so that its claims follow each other.
SELECT job_ids, claims FROM jobs.worker_claims WHERE worker = :worker FOR UPDATE
