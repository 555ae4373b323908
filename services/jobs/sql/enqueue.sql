-- See functions/enqueue_jobs.sql.
SELECT key, id, ready FROM jobs.enqueue_jobs(
  :keys, :types, :lanes, :priorities, :run_ats, :headers, :payloads, :body_shas)
