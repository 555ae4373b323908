-- Marks texts of people as answered, each by a text of ours. What a crisis reply answers is a crisis
-- text: it wants no other answer, and nothing of its person's limits is spent on it.
UPDATE conversation.messages AS message
   SET answered_by = new.answered_by, updated_at = :at,
       disposition = CASE WHEN new.in_crisis THEN 'crisis' ELSE message.disposition END,
       admission = CASE WHEN new.in_crisis THEN NULL ELSE message.admission END,
       admission_at = CASE WHEN new.in_crisis THEN NULL ELSE message.admission_at END
  FROM unnest(CAST(:ids AS bigint[]), CAST(:answered_by AS bigint[]),
              CAST(:in_crisis AS boolean[])) AS new (id, answered_by, in_crisis)
 WHERE message.id = new.id
