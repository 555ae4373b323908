-- What a day has cost: in all (no user_id), and for some people.
SELECT NULL AS user_id, coalesce(sum(tokens), 0) AS tokens
  FROM conversation.model_days
 WHERE day = :day
UNION ALL
SELECT user_id, sum(tokens)
  FROM conversation.model_uses
 WHERE user_id = ANY (CAST(:user_ids AS uuid[])) AND day = :day
 GROUP BY user_id
