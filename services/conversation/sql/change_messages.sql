-- Writes what may change about texts of ours, which are locked. With its id the provider has a text.
UPDATE conversation.messages AS message
   SET state = new.state,
       provider_sid = new.provider_sid,
       error_code = new.error_code,
       begin_token = new.begin_token,
       begun_at = new.begun_at,
       first_begun_at = new.first_begun_at,
       accepted_at = CASE WHEN message.provider_sid IS NULL AND new.provider_sid IS NOT NULL
                          THEN new.updated_at ELSE message.accepted_at END,
       updated_at = new.updated_at
  FROM unnest(
         CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:provider_sids AS text[]),
         CAST(:error_codes AS text[]), CAST(:begin_tokens AS text[]),
         CAST(:begun_at AS timestamptz[]), CAST(:first_begun_at AS timestamptz[]),
         CAST(:updated_at AS timestamptz[]))
       AS new (id, state, provider_sid, error_code, begin_token, begun_at, first_begun_at,
               updated_at)
 WHERE message.id = new.id
