-- The last settled claim of jobs that are not in the table of live ones.
SELECT id, settled_claim FROM jobs.scheduled_jobs WHERE id = ANY (CAST(:ids AS bigint[]))
UNION ALL
SELECT id, settled_claim FROM jobs.dead_jobs WHERE id = ANY (CAST(:ids AS bigint[]))
UNION ALL
SELECT id, settled_claim FROM jobs.finished_jobs WHERE id = ANY (CAST(:ids AS bigint[]))
