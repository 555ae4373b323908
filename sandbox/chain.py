"""Which jobs followed from a webhook.

A job's follow-ups are stored in the transaction that ends it: whatever was stored at the very
microsecond at which a job ended follows from it. Where several ended in one transaction, a
follow-up belongs to the one whose person, or whose provider's id, it names; one that names neither
is left out, because a guess would show a way that no text took.
"""

from collections.abc import Collection, Iterable, Sequence

from sandbox.jobs import JobRecord

_LANES_OF_PEOPLE = frozenset({"person", "send", "proactive"})
_FROM_OUTSIDE = ("twilio:", "twilio-status:", "stripe:", "schedule:")


def chain(
    jobs: Sequence[JobRecord], roots: Collection[str], people: Collection[str]
) -> list[JobRecord]:
    """The jobs with these keys and all that followed from them, in the order of their ids.

    people: ids of the persons whom these webhooks are about, as far as they are known.
    """
    found = {job.job_id: job for job in jobs if job.key in roots}
    waiting = list(found.values())
    while waiting:
        parent = waiting.pop()
        for job in _follow_ups(parent, jobs, people):
            if job.job_id not in found:
                found[job.job_id] = job
                waiting.append(job)
    return [found[job_id] for job_id in sorted(found)]


def people_of(jobs: Iterable[JobRecord]) -> set[str]:
    """The ids of the persons in whose lanes these jobs are."""
    return {person for job in jobs if (person := _person(job))}


def _follow_ups(
    parent: JobRecord, jobs: Sequence[JobRecord], people: Collection[str]
) -> list[JobRecord]:
    if parent.ended is None:
        return []
    stored = [
        job
        for job in jobs
        if job.stored == parent.ended
        and job.job_id > parent.job_id
        and not job.key.startswith(_FROM_OUTSIDE)
    ]
    if sum(job.ended == parent.ended for job in jobs) == 1:
        return stored
    ours = {_person(parent), *people} - {""}
    return [job for job in stored if _person(job) in ours or _names(job, parent)]


def _person(job: JobRecord) -> str:
    kind, _, person = job.lane.partition(":")
    return person if kind in _LANES_OF_PEOPLE else ""


def _names(job: JobRecord, parent: JobRecord) -> bool:
    """Whether the key of a job holds the provider's id that its parent's key holds."""
    _, _, reference = parent.key.partition(":")
    return bool(reference) and reference in job.key
