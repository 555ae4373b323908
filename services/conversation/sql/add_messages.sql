-- Stores texts as the next of their people, and counts them. Sorted by person, which is the order in
-- which everybody locks people. first_inbound: 1 where people wrote, null where we did.
WITH counted AS (
  INSERT INTO conversation.conversation_state AS state
    (user_id, message_count, answer_count, first_inbound_sequence, created_at, updated_at)
  SELECT person.user_id, person.texts, person.answers, CAST(:first_inbound AS bigint), :at, :at
    FROM unnest(CAST(:people AS uuid[]), CAST(:texts AS bigint[]), CAST(:answers AS bigint[]))
         AS person (user_id, texts, answers)
   ORDER BY person.user_id
  ON CONFLICT (user_id) DO UPDATE
     SET message_count = state.message_count + excluded.message_count,
         answer_count = state.answer_count + excluded.answer_count,
         first_inbound_sequence = coalesce(
           state.first_inbound_sequence, state.message_count + excluded.first_inbound_sequence),
         updated_at = excluded.updated_at
  RETURNING user_id, message_count, first_inbound_sequence
), added AS (
  INSERT INTO conversation.messages
    (message_id, user_id, sequence, direction, kind, state, body, media, provider_sid, request_key,
     disposition, segments, event_at, created_at, updated_at)
  SELECT new.message_id, new.user_id, counted.message_count - new.later, :direction, new.kind,
         :state, new.body, CAST(new.media AS jsonb), new.provider_sid, new.request_key,
         new.disposition, new.segments, new.event_at, :at, :at
    FROM unnest(
           CAST(:message_ids AS uuid[]), CAST(:user_ids AS uuid[]), CAST(:later AS bigint[]),
           CAST(:kinds AS text[]), CAST(:bodies AS text[]), CAST(:media AS text[]),
           CAST(:provider_sids AS text[]), CAST(:request_keys AS text[]),
           CAST(:dispositions AS text[]), CAST(:segments AS integer[]),
           CAST(:event_times AS timestamptz[]))
         AS new (message_id, user_id, later, kind, body, media, provider_sid, request_key,
                 disposition, segments, event_at)
    JOIN counted ON counted.user_id = new.user_id
  RETURNING id, message_id, user_id, sequence
)
SELECT added.message_id, added.id, added.sequence, counted.first_inbound_sequence
  FROM added JOIN counted ON counted.user_id = added.user_id
