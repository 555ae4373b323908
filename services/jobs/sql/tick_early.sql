-- Schedules whose next tick is so near tick now, or a second after they ticked or changed last: the
-- key of a tick names its second, and that of an earlier one is known. Those of some types tick later.
UPDATE jobs.schedules
   SET next_run_at = greatest(now(), updated_at + interval '1 second')
         + CASE WHEN type = ANY (CAST(:last_types AS text[])) THEN CAST(:wait AS interval)
                ELSE interval '0' END,
       updated_at = now()
 WHERE deleted_at IS NULL AND next_run_at > now() AND next_run_at <= now() + CAST(:by AS interval)
