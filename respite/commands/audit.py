"""`respite audit`: who did what, in all services."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Annotated, Any, Final

import typer

from protos.billing.v1 import billing_pb2
from protos.conversation.v1 import conversation_pb2
from protos.identity.v1 import identity_pb2
from protos.jobs.v1 import jobs_pb2
from protos.profile.v1 import profile_pb2
from respite.commands.ending import Exit, fail
from respite.commands.operator import calling
from respite.commands.paging import pages
from respite.commands.showing import AsJson, Limit, as_mapping, moment, say_json, say_table
from respite.processes import SERVICES
from respite.services import Services

_CONTRACTS: Final[Mapping[str, Any]] = {
    "identity": identity_pb2,
    "profile": profile_pb2,
    "conversation": conversation_pb2,
    "billing": billing_pb2,
    "jobs": jobs_pb2,
}
# Of each service: few are asked for as a rule.
_PAGE: Final = 100


def audit(
    service: Annotated[
        str, typer.Argument(help=f"One of {', '.join(SERVICES)}; without: all of them.")
    ] = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List what operators did, newest first, of all services by time. It never holds texts."""
    if service and service not in SERVICES:
        fail(f"no service is called {service}; there are {', '.join(SERVICES)}", Exit.USAGE)
    with calling() as services:
        lists = [_records(services, name) for name in ([service] if service else SERVICES)]
        records: Iterable[tuple[str, Any]] = heapq.merge(*lists, key=_moment_of, reverse=True)
        found = list(islice(records, limit) if limit else records)
    if as_json:
        for name, record in found:
            say_json({"service": name, **as_mapping(record)})
        return
    say_table(
        ("when", "service", "method", "subject", "detail", "operator"),
        (
            (
                moment(record.create_time),
                name,
                record.method.rpartition("/")[2],
                record.subject,
                getattr(record, "detail", ""),
                record.caller.removeprefix("respite://user/"),
            )
            for name, record in found
        ),
        none="no operator did anything that is kept",
        apart=True,
    )


def _records(services: Services, name: str) -> Iterator[tuple[str, Any]]:
    call = getattr(services, name).ListAuditRecords
    request = _CONTRACTS[name].ListAuditRecordsRequest()
    found = pages(call, request, "audit_records", limit=0, page_size=_PAGE)
    return ((name, record) for record in found)


def _moment_of(found: tuple[str, Any]) -> tuple[int, int]:
    stamp = found[1].create_time
    return stamp.seconds, stamp.nanos
