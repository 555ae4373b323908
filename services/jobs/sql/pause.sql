-- Pauses a type, or changes why it is paused; no row where it was resumed after :unless_since.
INSERT INTO jobs.paused_types AS p (type, reason)
SELECT :type, :reason
 WHERE NOT EXISTS (
   SELECT FROM jobs.resumed_types r
    WHERE r.type = :type AND r.resumed_at > CAST(:unless_since AS timestamptz))
ON CONFLICT (type) DO UPDATE SET reason = excluded.reason, updated_at = now()
RETURNING p.reason, p.created_at
