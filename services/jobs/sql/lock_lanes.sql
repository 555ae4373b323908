-- Waits for the locks of these lanes, in one order for everybody, and holds them until the commit.
SELECT pg_advisory_xact_lock(CAST(:class AS integer), lane)
  FROM unnest(CAST(:lanes AS integer[])) AS lane
