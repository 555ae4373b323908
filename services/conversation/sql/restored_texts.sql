-- Of which texts of these people only the provider knew, told since then; almost always of none.
SELECT id
  FROM conversation.messages
 WHERE user_id = ANY (CAST(:people AS uuid[]))
   AND kind IN ('restored', 'restored_notice')
   AND created_at >= :since
