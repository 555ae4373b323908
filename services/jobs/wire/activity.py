"""The queue's activity, for the wire."""

from __future__ import annotations

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from kit.wire import duration
from protos.jobs.v1 import jobs_pb2
from services.jobs.model.activity import Activity, Lease, Rates, Tried, WaitingLane, Worker


def activity_to_proto(found: Activity) -> jobs_pb2.GetQueueActivityResponse:
    """What the queue does."""
    return jobs_pb2.GetQueueActivityResponse(
        types=[_rates_to_proto(each) for each in found.rates],
        waiting_lanes=found.waiting_lanes,
        longest_lanes=[_lane_to_proto(each) for each in found.longest_lanes],
        workers=[_worker_to_proto(each) for each in found.workers],
        tried=[_tried_to_proto(each) for each in found.tried],
    )


def _rates_to_proto(rates: Rates) -> jobs_pb2.TypeActivity:
    return jobs_pb2.TypeActivity(
        type=rates.type,
        stored_per_second=rates.stored,
        ended_per_second=rates.ended,
        done_p50=_duration_if(rates.p50),
        done_p95=_duration_if(rates.p95),
    )


def _lane_to_proto(lane: WaitingLane) -> jobs_pb2.WaitingLane:
    message = jobs_pb2.WaitingLane(lane=lane.lane, waiting=lane.waiting)
    if lane.head is not None:
        head = lane.head
        message.job_id, message.type, message.attempt = head.job_id, head.type, head.attempt
        message.last_error, message.running = head.last_error, head.running
        if head.age is not None:
            message.age.FromTimedelta(head.age)
    return message


def _worker_to_proto(worker: Worker) -> jobs_pb2.Worker:
    return jobs_pb2.Worker(
        worker_id=worker.name,
        idle=_duration_if(worker.idle),
        running=worker.running,
        leases=[_lease_to_proto(each) for each in worker.leases],
    )


def _lease_to_proto(lease: Lease) -> jobs_pb2.Lease:
    return jobs_pb2.Lease(
        job_id=lease.job_id,
        type=lease.type,
        lane=lease.lane or "",
        attempt=lease.attempt,
        remaining=duration(lease.left),
        age=duration(lease.age),
    )


def _tried_to_proto(tried: Tried) -> jobs_pb2.TriedJobs:
    return jobs_pb2.TriedJobs(
        type=tried.type,
        last_error=tried.last_error,
        jobs=tried.jobs,
        age=duration(tried.age),
    )


def _duration_if(length: timedelta | None) -> Duration | None:
    return None if length is None else duration(length)
