-- Marks texts of people as answered, each by a text of ours.
UPDATE conversation.messages AS message
   SET answered_by = new.answered_by, updated_at = :at
  FROM unnest(CAST(:ids AS bigint[]), CAST(:answered_by AS bigint[])) AS new (id, answered_by)
 WHERE message.id = new.id
