-- Texts of ours become what the provider showed to have taken for them. They are locked.
UPDATE conversation.messages AS message
   SET body = sent.body,
       segments = sent.segments,
       event_at = sent.sent_at,
       accepted_at = sent.sent_at
  FROM unnest(
         CAST(:ids AS bigint[]), CAST(:bodies AS text[]), CAST(:segments AS integer[]),
         CAST(:sent_at AS timestamptz[]))
       AS sent (id, body, segments, sent_at)
 WHERE message.id = sent.id
