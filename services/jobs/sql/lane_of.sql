-- The lane of a job that has not ended well.
SELECT lane FROM jobs.jobs WHERE id = CAST(:id AS bigint)
UNION ALL
SELECT lane FROM jobs.scheduled_jobs WHERE id = CAST(:id AS bigint)
UNION ALL
SELECT lane FROM jobs.dead_jobs WHERE id = CAST(:id AS bigint)
