-- How long people waited for the answers to the texts of a window. An answer is never written before
-- its question, so its window is the same.
SELECT count(*) AS replies,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) AS p50,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY waited) AS p95
  FROM (
    SELECT greatest(answer.accepted_at - question.event_at, interval '0') AS waited
      FROM (
        SELECT event_at, answered_by
          FROM conversation.messages
         WHERE event_at >= :since
         ORDER BY event_at DESC
         LIMIT CAST(:most AS bigint)
      ) AS question
      JOIN conversation.messages AS answer ON answer.id = question.answered_by
     WHERE answer.event_at >= :since AND answer.accepted_at IS NOT NULL
  ) AS replied
