-- What jobs carry, for those that are about to be given up.
SELECT id, payload FROM jobs.jobs WHERE id = ANY (CAST(:ids AS bigint[]))
