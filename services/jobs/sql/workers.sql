-- Who was handed jobs in the last while, and those leased jobs of each that were begun the longest
-- ago. Jobs under lease are looked for among the longest due of each type.
WITH leased AS MATERIALIZED (
  SELECT j.id, j.type, j.lane, j.attempt, j.worker, j.lease_until, j.first_claimed_at,
         count(*) OVER (PARTITION BY j.worker) AS running,
         row_number() OVER (PARTITION BY j.worker ORDER BY j.first_claimed_at, j.id) AS nth
    FROM unnest(CAST(:types AS text[])) AS t (type)
   CROSS JOIN LATERAL (
     SELECT d.id, d.type, d.lane, d.attempt, d.worker, d.lease_until, d.first_claimed_at
       FROM jobs.jobs d
      WHERE d.type = t.type AND NOT d.blocked
      ORDER BY d.run_at, d.id
      LIMIT CAST(:most AS bigint)
   ) AS j
   WHERE j.lease_until > now()
), known AS MATERIALIZED (
  SELECT w.worker, w.handed_at FROM jobs.worker_claims w
   WHERE w.handed_at > now() - CAST(:while AS interval)
), named (worker) AS (
  SELECT worker FROM known UNION SELECT worker FROM leased
)
SELECT n.worker, now() - k.handed_at AS idle, coalesce(l.running, 0) AS running,
       l.id, l.type, l.lane, l.attempt, l.lease_until - now() AS lease, now() - l.first_claimed_at AS age
  FROM named n
  LEFT JOIN known k ON k.worker = n.worker
  LEFT JOIN leased l ON l.worker = n.worker AND l.nth <= CAST(:shown AS bigint)
 ORDER BY n.worker, l.nth
 LIMIT 5000
