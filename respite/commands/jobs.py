"""`respite jobs`: look at the queue, retry, cancel, pause."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Final

import typer

from protos.jobs.v1 import jobs_pb2 as pb
from respite.commands.ending import Exit, fail
from respite.commands.operator import advised, calling, status_of
from respite.commands.paging import pages
from respite.commands.retrying import confirm, retry_all
from respite.commands.showing import (
    AsJson,
    Limit,
    ago,
    as_mapping,
    moment,
    note,
    say_facts,
    say_json,
    say_table,
    word,
)
from respite.services import CallFailed, Services
from services.jobs.job import State

jobs_app = typer.Typer(
    name="jobs", help="Look at the queue; retry, cancel, pause.", no_args_is_help=True
)

JobNames = Annotated[list[str], typer.Argument(metavar="JOB…", help="Ids or keys.")]
JobName = Annotated[str, typer.Argument(metavar="JOB", help="An id or a key.")]
JobType = Annotated[str, typer.Argument(metavar="TYPE", help="Such as send_answer.")]
JobTypes = Annotated[list[str], typer.Argument(metavar="TYPE…", help="Such as send_answer.")]
_NONE_LIVE: Final = "no such job is live or dead; `--state completed` lists those that are done"
OfType = Annotated[str, typer.Option("--type", help="Only of this type.")]
OfReason = Annotated[
    str, typer.Option("--reason", help='Only with this last error; "HTTP_5*" matches many.')
]


@jobs_app.command("ls")
def list_jobs(
    state: Annotated[State | None, typer.Option(help="Without: the live and dead ones.")] = None,
    type_: OfType = "",
    lane: Annotated[str, typer.Option(help="Only of this lane.")] = "",
    reason: OfReason = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first, without what they carry."""
    with calling() as services:
        found = _found(services, state, type_, lane=lane, reason=reason, limit=limit)
        if as_json:
            for job in found:
                say_json(job)
            return
        say_table(
            (">id", "type", "state", ">try", "when", "last error", "lane", "key"),
            (
                (
                    str(job.job_id),
                    job.type,
                    word(pb.JobState, job.state),
                    str(job.attempt),
                    ago(job.finish_time if job.HasField("finish_time") else job.run_time),
                    job.last_error,
                    job.lane,
                    job.key,
                )
                for job in found
            ),
            none=_NONE_LIVE if state is None else f"no job is {state}, of those that are meant",
        )


@jobs_app.command("show")
def show_job(
    job: JobName,
    payload: Annotated[bool, typer.Option("--payload", help="Also what it carries.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show one job. Looking at one leaves an audit record, with or without what it carries."""
    with calling() as services:
        found = _job(services, job)
    if not payload:
        found.ClearField("payload")
    if as_json:
        say_json(found)
        return
    limit = f" of {found.max_attempts}" if found.max_attempts else ""
    say_facts(
        (
            ("id", str(found.job_id)),
            ("key", found.key),
            ("type", found.type),
            ("state", word(pb.JobState, found.state)),
            ("lane", found.lane),
            ("priority", str(found.priority)),
            ("attempts", f"{found.attempt}{limit}"),
            ("last error", found.last_error),
            ("result", found.result),
            ("stored", moment(found.create_time)),
            ("due", moment(found.run_time)),
            ("ended", moment(found.finish_time)),
            ("asked to stop", "yes" if found.cancel_requested else ""),
            ("carries", _payload(found) if payload else ""),
        )
    )


@jobs_app.command("retry")
def retry(
    jobs: Annotated[list[str] | None, typer.Argument(metavar="JOB…", help="Ids or keys.")] = None,
    type_: OfType = "",
    reason: OfReason = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring dead letters back with their attempts anew, or make waiting retries due now.

    Either the jobs that are named, or with --type, --reason or both every dead letter they match.
    """
    if bool(jobs) == bool(type_ or reason):
        fail("name jobs, or choose dead letters with --type or --reason", Exit.USAGE)
    with calling() as services:
        if jobs:
            ids = [_job_id(services, name) for name in jobs]
        else:
            dead = list(_found(services, State.DEAD, type_, reason=reason))
            if not dead:
                fail("no dead letter matches", Exit.NOT_FOUND)
            confirm(dead, yes=yes)
            ids = [job.job_id for job in dead]
        retry_all(services, ids, as_json=as_json)


@jobs_app.command("cancel")
def cancel(jobs: JobNames, as_json: AsJson = False) -> None:
    """End jobs that have not begun, and ask running ones to stop."""
    refused: list[CallFailed] = []
    with calling() as services:
        for name in jobs:
            try:
                request = pb.CancelJobRequest(job_id=_job_id(services, name))
                _say_cancelled(services.jobs.CancelJob(request).job, as_json=as_json)
            except CallFailed as failed:  # the others are ended all the same
                refused.append(failed)
                note(f"{name}: {advised(failed)}")
    if refused:
        raise typer.Exit(status_of(refused[0]))


@jobs_app.command("pause")
def pause(
    type_: JobType,
    reason: Annotated[str, typer.Option(help="Why: a code, such as TWILIO_DOWN.")] = "",
    confirm_crisis_path: Annotated[
        bool,
        typer.Option("--confirm-crisis-path", help="Needed for what answers people in a crisis."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep a type from being begun; what runs, ends. Its jobs wait and lose nothing."""
    request = pb.PauseTypeRequest(
        type=type_, reason=reason, confirm_crisis_path=confirm_crisis_path
    )
    with calling() as services:
        made = services.jobs.PauseType(request).pause
    if as_json:
        say_json({"type": type_, "pause": as_mapping(made)})
    else:
        typer.echo(f"{type_} is paused since {moment(made.create_time)}")


@jobs_app.command("resume")
def resume(types: JobTypes, as_json: AsJson = False) -> None:
    """Let paused types be begun again."""
    with calling() as services:
        for type_ in types:
            resumed = services.jobs.ResumeType(pb.ResumeTypeRequest(type=type_)).resumed
            if as_json:
                say_json({"type": type_, "resumed": resumed})
            else:
                typer.echo(f"{type_} goes on" if resumed else f"{type_} was not paused")


@jobs_app.command("schedules")
def schedules(as_json: AsJson = False) -> None:
    """List what is done by the clock, and when next."""
    with calling() as services:
        found = list(
            pages(services.jobs.ListSchedules, pb.ListSchedulesRequest(), "schedules", limit=0)
        )
    if as_json:
        for schedule in found:
            say_json(schedule)
        return
    say_table(
        ("name", "when", "zone", "job", "next"),
        (
            (
                each.name,
                each.cron,
                each.time_zone,
                each.payload.WhichOneof("type") or "",
                ago(each.next_run_time),
            )
            for each in found
        ),
    )


def _say_cancelled(job: pb.Job, *, as_json: bool) -> None:
    if as_json:
        say_json(job)
    elif job.cancel_requested:
        typer.echo(f"{job.job_id} runs, and was asked to stop")
    else:
        typer.echo(f"{job.job_id} is {word(pb.JobState, job.state)}")


def _found(
    services: Services,
    state: State | None,
    type_: str,
    *,
    lane: str = "",
    reason: str = "",
    limit: int = 0,
) -> Iterator[pb.Job]:
    number = pb.JobState.Value(f"JOB_STATE_{state.name}") if state else pb.JOB_STATE_UNSPECIFIED
    request = pb.ListJobsRequest(state=number, type=type_, lane=lane)
    if not reason:
        return pages(services.jobs.ListJobs, request, "jobs", limit)
    matching = (
        job
        for job in pages(services.jobs.ListJobs, request, "jobs", limit=0)
        if fnmatchcase(job.last_error, reason)
    )
    return (job for job, _ in zip(matching, range(limit), strict=False)) if limit else matching


def _job(services: Services, name: str) -> pb.Job:
    """By its id, or by its key where the name is no number."""
    request = (
        pb.GetJobRequest(job_id=int(name))
        if name.isdecimal() and len(name) < 19
        else pb.GetJobRequest(key=name)
    )
    return services.jobs.GetJob(request).job


def _job_id(services: Services, name: str) -> int:
    return int(name) if name.isdecimal() and len(name) < 19 else _job(services, name).job_id


def _payload(job: pb.Job) -> str:
    name = job.payload.WhichOneof("type")
    if not name:
        return "what only a newer version knows"
    return json.dumps(as_mapping(getattr(job.payload, name)), ensure_ascii=False)
