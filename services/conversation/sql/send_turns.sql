-- When the number is free again by each clock, and the turns of the texts that ask.
SELECT pace, NULL AS message, free_at AS moment
  FROM conversation.send_clocks
UNION ALL
SELECT NULL, message, turn_at
  FROM conversation.send_turns
 WHERE message = ANY (CAST(:asking AS bigint[]))
