-- Adds to one of a day's rows.
INSERT INTO conversation.model_days AS counted (day, shard, tokens, created_at, updated_at)
VALUES (:day, :shard, :tokens, :at, :at)
ON CONFLICT (day, shard) DO UPDATE
   SET tokens = counted.tokens + excluded.tokens, updated_at = excluded.updated_at
