-- Pauses a type, or changes why it is paused.
INSERT INTO jobs.paused_types AS p (type, reason) VALUES (:type, :reason)
ON CONFLICT (type) DO UPDATE SET reason = excluded.reason, updated_at = now()
RETURNING p.reason, p.created_at
