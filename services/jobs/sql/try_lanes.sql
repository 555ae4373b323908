-- Takes the locks of those lanes that are free at this moment, and says which.
SELECT lane, pg_try_advisory_xact_lock(CAST(:class AS integer), lane) AS held
  FROM unnest(CAST(:lanes AS integer[])) AS lane
