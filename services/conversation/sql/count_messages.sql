-- Texts of a window by direction, state and error code; of very many only the newest. States are in
-- no index: each step of a text would then write to all of them.
SELECT direction, state, error_code, count(*) AS texts, min(event_at) AS oldest_at
  FROM (
    SELECT direction, state, error_code, event_at
      FROM conversation.messages
     WHERE event_at >= :since
     ORDER BY event_at DESC
     LIMIT CAST(:most AS bigint)
  ) AS counted
 GROUP BY direction, state, error_code
 ORDER BY direction, state, error_code
