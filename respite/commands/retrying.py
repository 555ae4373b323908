"""Retrying many dead letters: asked about first, seen while it goes on, told at the end."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from protos.jobs.v1 import jobs_pb2 as pb
from respite.commands.ending import Exit, fail
from respite.commands.operator import advised, status_of
from respite.commands.showing import note, say_json
from respite.services import CallFailed, Services

_AT_ONCE: Final = 8


def confirm(dead: Sequence[pb.Job], *, yes: bool) -> None:
    """Says what would be retried, and asks."""
    counts = Counter((job.type, job.last_error) for job in dead)
    for (type_, reason), count in counts.most_common():
        note(f"{count:>7}  {type_}  {reason}")
    if yes:
        return
    if not sys.stdin.isatty():
        fail(f"{len(dead)} dead letters match; say --yes where nobody can be asked", Exit.USAGE)
    if not typer.confirm(f"Retry {len(dead)} dead letters?", err=True):
        fail("nothing was retried")


def retry_all(services: Services, ids: Sequence[int], *, as_json: bool) -> None:
    """Retries all of them, whatever is refused; ends with the status of the first refusal."""

    def retry_one(job_id: int) -> pb.Job | CallFailed:
        try:
            return services.jobs.RetryJob(pb.RetryJobRequest(job_id=job_id)).job
        except CallFailed as failed:
            return failed

    refused: list[CallFailed] = []
    bar = Progress(
        TextColumn("retrying"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=len(ids) < _AT_ONCE or not sys.stderr.isatty(),
        transient=True,
    )
    with bar, ThreadPoolExecutor(_AT_ONCE, "retry") as threads:
        for job_id, answer in zip(
            ids, bar.track(threads.map(retry_one, ids), total=len(ids)), strict=True
        ):
            if isinstance(answer, CallFailed):
                refused.append(answer)
                note(f"{job_id}: {advised(answer)}")
            elif as_json:
                say_json(answer)
    if not as_json:
        typer.echo(f"{len(ids) - len(refused)} retried, {len(refused)} refused")
    if refused:
        raise typer.Exit(status_of(refused[0]))
