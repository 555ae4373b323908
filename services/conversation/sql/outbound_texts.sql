-- What left since a moment, when the oldest of it did, and whether this minute has a row already.
SELECT coalesce(sum(texts), 0) AS texts,
       min(minute) FILTER (WHERE texts > 0) AS oldest_at,
       coalesce(bool_or(minute = :minute), false) AS has_row
  FROM conversation.outbound_minutes
 WHERE minute > :since
