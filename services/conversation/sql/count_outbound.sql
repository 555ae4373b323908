-- Counts texts that leave in this minute.
INSERT INTO conversation.outbound_minutes AS counted (minute, texts, created_at, updated_at)
VALUES (:minute, :texts, :at, :at)
ON CONFLICT (minute) DO UPDATE
   SET texts = counted.texts + excluded.texts, updated_at = excluded.updated_at
