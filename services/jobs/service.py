"""The servicer of jobs.v1.JobsService."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from kit.aio_database import AsyncWriter
from kit.audit_trail import trail_to_proto
from kit.batch import refuse_if_all_unavailable
from kit.paging import Page
from kit.refusals import InvalidArgument, Refusal
from kit.wire import timestamp
from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceServicer
from services.jobs import wire
from services.jobs.after_commit import AfterCommit
from services.jobs.claiming import Claimer
from services.jobs.handover import Handover
from services.jobs.intake import Intake
from services.jobs.metrics import JobsMetrics
from services.jobs.model import activity, claim, erase, operate, pause, read, schedule
from services.jobs.model.bring_forward import bring_forward
from services.jobs.model.enqueue import Enqueued
from services.jobs.new_job import NewJob, check_allowed, parse_new_job
from services.jobs.pruning import prune_history
from services.jobs.refusals import BodyDiffers, ClockFixed, JobNotFound
from services.jobs.schedules import parse_name, parse_schedule
from services.jobs.settling import Settling
from services.jobs.switchboard import Switchboard
from services.jobs.threads import DatabaseThreads


class JobsServicer(JobsServiceServicer):
    """Translates calls, on grpc.aio. What is one call of the database the event loop makes itself;
    whatever else touches it runs on a few threads.

    jitter: from 0 up to 1, random, for the back-off. clock_moves: as that of a development stack.
    """

    def __init__(
        self,
        database: AsyncWriter,
        threads: DatabaseThreads,
        switchboard: Switchboard,
        metrics: JobsMetrics,
        jitter: Callable[[], float],
        *,
        clock_moves: bool = False,
    ) -> None:
        self._threads = threads
        self._clock_moves = clock_moves
        self._after_commit = AfterCommit(switchboard, metrics)
        self._claimer = Claimer(database, threads, switchboard, self._after_commit, metrics)
        handover = Handover(database, switchboard, self._claimer, metrics)
        self._intake = Intake(database, threads, handover, self._after_commit)
        self._settling = Settling(database, threads, jitter)
        metrics.watch_polls(lambda: switchboard.polls)

    async def EnqueueJob(
        self, request: pb.EnqueueJobRequest, context: Any
    ) -> pb.EnqueueJobResponse:
        """Stores one job."""
        job = parse_new_job(request.job)
        check_allowed(job)
        result = await self._intake.store(job)
        refusal = _refusal_of_body(job, result)
        if refusal is not None:
            raise refusal
        return pb.EnqueueJobResponse(job=wire.enqueued_to_proto(result))

    async def EnqueueJobs(
        self, request: pb.EnqueueJobsRequest, context: Any
    ) -> pb.EnqueueJobsResponse:
        """Stores many jobs, each with a result of its own."""
        wire.check_count(request.jobs, "jobs")
        refused: dict[int, Refusal] = {}
        made = await self._intake.store_many(
            _readable(request.jobs, refused), leave_held_lanes=request.leave_held_lanes
        )
        refuse_if_all_unavailable([result for _, result in made])
        answers = iter(made)
        response = pb.EnqueueJobsResponse()
        for index in range(len(request.jobs)):
            answer = refused[index] if index in refused else _answer(*next(answers))
            wire.fill_enqueued(response.results.add(), answer)
        return response

    async def ClaimJobs(self, request: pb.ClaimJobsRequest, context: Any) -> pb.ClaimJobsResponse:
        """Leases what is due; where that is nothing, waits for what is stored."""
        asked = time.monotonic()
        worker = wire.parse_worker(request.worker_id)
        slots = wire.parse_slots(request.slots)
        wait = wire.parse_wait(request.wait).total_seconds()
        held = wire.parse_tokens(request.held)
        number = wire.parse_poll(request.poll)
        jobs, leased = await self._claimer.poll(worker, slots, held, number, wait)
        return wire.leased_to_proto(jobs, timedelta(seconds=leased - asked))

    async def ExtendLeases(
        self, request: pb.ExtendLeasesRequest, context: Any
    ) -> pb.ExtendLeasesResponse:
        """Makes leases whole again."""
        wire.parse_worker(request.worker_id)
        wire.check_count(request.claims, "claims", least=0)
        tokens = wire.parse_tokens(request.claims)
        extended = await self._threads.transact(lambda db: claim.extend(db, tokens))
        return pb.ExtendLeasesResponse(
            results=[wire.extended_to_proto(extended.get(token)) for token in tokens]
        )

    async def SettleJobs(
        self, request: pb.SettleJobsRequest, context: Any
    ) -> pb.SettleJobsResponse:
        """Ends claims, each with whatever follows from it."""
        wire.check_count(request.settlements, "settlements")
        results, reports = await self._settling.settle(request.settlements)
        for report in reports:
            self._after_commit.settled(report)
        refuse_if_all_unavailable(results)
        return pb.SettleJobsResponse(results=[wire.settled_to_proto(each) for each in results])

    async def GetJob(self, request: pb.GetJobRequest, context: Any) -> pb.GetJobResponse:
        """One job, with its payload."""
        chosen = request.WhichOneof("job")
        if chosen is None:
            raise InvalidArgument("job", "must be named by job_id or key")
        key = wire.parse_text(request.key, "key")

        job = await self._threads.read(
            lambda db: (
                read.job_by_key(db, key, payload=True)
                if chosen == "key"
                else read.job_by_id(db, request.job_id, payload=True)
            )
        )
        if job is None:
            raise JobNotFound
        return pb.GetJobResponse(job=wire.job_to_proto(job))

    async def ListJobs(self, request: pb.ListJobsRequest, context: Any) -> pb.ListJobsResponse:
        """A page of jobs, newest first."""
        page = Page.parse(request.page_size, request.page_token)
        state = wire.parse_state(request.state)
        name, lane = wire.parse_text(request.type, "type"), wire.parse_text(request.lane, "lane")

        jobs, token = await self._threads.list(
            lambda db: read.list_jobs(db, page, state=state, type_=name, lane=lane)
        )
        return pb.ListJobsResponse(
            jobs=[wire.job_to_proto(job) for job in jobs], next_page_token=token
        )

    async def GetQueueStats(
        self, request: pb.GetQueueStatsRequest, context: Any
    ) -> pb.GetQueueStatsResponse:
        """Counts by type."""
        stats = await self._threads.list(read.queue_stats)
        return pb.GetQueueStatsResponse(types=[wire.stats_to_proto(each) for each in stats])

    async def GetQueueActivity(
        self, request: pb.GetQueueActivityRequest, context: Any
    ) -> pb.GetQueueActivityResponse:
        """What the queue does at this moment."""
        return wire.activity_to_proto(await self._threads.list(activity.activity))

    async def GetLastResult(
        self, request: pb.GetLastResultRequest, context: Any
    ) -> pb.GetLastResultResponse:
        """Where the last tick stopped. The next one relies on it, so no replica is asked."""
        name = wire.parse_text(request.type, "type")
        result, since = await self._threads.read(lambda db: read.last_result(db, name))
        return pb.GetLastResultResponse(result=result, schedule_create_time=timestamp(since))

    async def RetryJob(self, request: pb.RetryJobRequest, context: Any) -> pb.RetryJobResponse:
        """Brings a dead job back, or makes a waiting one due."""
        done = await self._operate(operate.retry, request.job_id)
        return pb.RetryJobResponse(job=wire.job_to_proto(done.job))

    async def CancelJob(self, request: pb.CancelJobRequest, context: Any) -> pb.CancelJobResponse:
        """Ends a job that has not begun, or asks a running one to stop."""
        done = await self._operate(operate.cancel, request.job_id)
        return pb.CancelJobResponse(job=wire.job_to_proto(done.job))

    async def PruneHistory(
        self, request: pb.PruneHistoryRequest, context: Any
    ) -> pb.PruneHistoryResponse:
        """Drops what was kept long enough."""
        return wire.pruned_to_proto(await self._threads.write(prune_history))

    async def PauseType(self, request: pb.PauseTypeRequest, context: Any) -> pb.PauseTypeResponse:
        """Keeps a type from being claimed."""
        name = wire.parse_text(request.type, "type")
        reason = wire.parse_code(request.reason, "reason")
        confirmed = request.confirm_crisis_path
        since = wire.parse_unless_resumed_since(request)
        made = await self._threads.transact(
            lambda db: pause.pause_type(
                db, name, reason, crisis_path_confirmed=confirmed, unless_resumed_since=since
            )
        )
        return pb.PauseTypeResponse(pause=None if made is None else wire.pause_to_proto(made))

    async def ResumeType(
        self, request: pb.ResumeTypeRequest, context: Any
    ) -> pb.ResumeTypeResponse:
        """Lets a type be claimed again."""
        name = wire.parse_text(request.type, "type")
        resumed = await self._threads.transact(lambda db: pause.resume_type(db, name))
        self._after_commit.freed(resumed.ready)
        return pb.ResumeTypeResponse(resumed=resumed.was_paused)

    async def ListSchedules(
        self, request: pb.ListSchedulesRequest, context: Any
    ) -> pb.ListSchedulesResponse:
        """A page of schedules, by name."""
        page = Page.parse(request.page_size, request.page_token)
        found, token = await self._threads.list(lambda db: schedule.list_schedules(db, page))
        return pb.ListSchedulesResponse(
            schedules=[wire.schedule_to_proto(each) for each in found], next_page_token=token
        )

    async def PutSchedule(
        self, request: pb.PutScheduleRequest, context: Any
    ) -> pb.PutScheduleResponse:
        """Stores a schedule under its name."""
        wanted = parse_schedule(request.schedule)
        stored = await self._threads.transact(lambda db: schedule.put_schedule(db, wanted))
        return pb.PutScheduleResponse(schedule=wire.schedule_to_proto(stored))

    async def DeleteSchedule(
        self, request: pb.DeleteScheduleRequest, context: Any
    ) -> pb.DeleteScheduleResponse:
        """Ends a schedule."""
        name = parse_name(request.name, "name")
        deleted = await self._threads.transact(lambda db: schedule.delete_schedule(db, name))
        return pb.DeleteScheduleResponse(deleted=deleted)

    async def BringForward(
        self, request: pb.BringForwardRequest, context: Any
    ) -> pb.BringForwardResponse:
        """Makes what is due later due earlier."""
        if not self._clock_moves:
            raise ClockFixed
        by, moved_at = wire.parse_move(request)
        jobs, schedules = await self._threads.transact(lambda db: bring_forward(db, by, moved_at))
        return pb.BringForwardResponse(jobs=jobs, schedules=schedules)

    async def ErasePerson(
        self, request: pb.ErasePersonRequest, context: Any
    ) -> pb.ErasePersonResponse:
        """One stretch of the jobs."""
        person = wire.parse_person(request)
        page = Page.parse(0, request.page_token)
        place = page.key(int, int) or erase.BEGINNING
        done = await self._threads.transact(lambda db: erase.erase_stretch(db, person, place))
        self._after_commit.freed(done.ready)
        return pb.ErasePersonResponse(
            erased=done.erased,
            running=done.running,
            next_page_token=page.token(*done.following) if done.following else "",
        )

    async def ListAuditRecords(
        self, request: pb.ListAuditRecordsRequest, context: Any
    ) -> pb.ListAuditRecordsResponse:
        """A page of what operators did, newest first."""
        page = Page.parse(request.page_size, request.page_token)
        records, token = await self._threads.list(lambda db: read.audit_trail(db, page))
        return trail_to_proto(pb.ListAuditRecordsResponse, records, token)

    async def _operate(
        self, act: Callable[[Any, int], operate.Operated], job_id: int
    ) -> operate.Operated:
        done = await self._threads.transact(lambda db: act(db, job_id))
        self._after_commit.freed(done.ready)
        return done


def _readable(messages: Iterable[pb.NewJob], refused: dict[int, Refusal]) -> Iterator[NewJob]:
    """The jobs that may be stored; the others go into `refused`, by index."""
    for index, message in enumerate(messages):
        try:
            job = parse_new_job(message)
            check_allowed(job)
        except Refusal as refusal:
            refused[index] = refusal
        else:
            yield job


def _refusal_of_body(job: NewJob, result: Enqueued) -> Refusal | None:
    if job.require_same_body and result.body_differs:
        return BodyDiffers({"job_id": str(result.job_id)})
    return None


def _answer(job: NewJob, result: Enqueued | Refusal) -> Enqueued | Refusal:
    if isinstance(result, Refusal):
        return result
    return _refusal_of_body(job, result) or result
