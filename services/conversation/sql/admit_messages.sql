-- Stores what was decided about texts of people.
UPDATE conversation.messages AS message
   SET admission = new.admission, admission_at = :at, updated_at = :at
  FROM unnest(CAST(:ids AS bigint[]), CAST(:admissions AS text[])) AS new (id, admission)
 WHERE message.id = new.id
