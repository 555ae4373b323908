"""The queue: jobs stored once for a key, leased to one worker at a time, in order in their lane.

Owns schema `jobs`. Promises: a known key answers with the first job; a job whose worker died runs
again when its lease is over; what an old claim says changes nothing; a job that is due is never
held up by one that is not; follow-ups exist exactly when their parent ended well; what cannot
succeed ends as a visible dead letter.

The workers that carry jobs through live here too (worker, workflows, agent, carrier); they reach
the queue by gRPC alone.
"""
