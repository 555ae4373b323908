-- Lets a type be claimed again.
DELETE FROM jobs.paused_types WHERE type = :type
