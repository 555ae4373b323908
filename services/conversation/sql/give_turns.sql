-- Sets the clocks, and gives texts their turns.
WITH clocks AS (
  INSERT INTO conversation.send_clocks AS clock (pace, free_at, created_at, updated_at)
  SELECT new.pace, new.free_at, :at, :at
    FROM unnest(CAST(:paces AS text[]), CAST(:free_at AS timestamptz[])) AS new (pace, free_at)
  ON CONFLICT (pace) DO UPDATE
     SET free_at = excluded.free_at, updated_at = excluded.updated_at
)
INSERT INTO conversation.send_turns AS turn (message, turn_at, created_at, updated_at)
SELECT new.message, new.turn_at, :at, :at
  FROM unnest(CAST(:messages AS bigint[]), CAST(:turns AS timestamptz[])) AS new (message, turn_at)
ON CONFLICT (message) DO UPDATE
   SET turn_at = excluded.turn_at, updated_at = excluded.updated_at
