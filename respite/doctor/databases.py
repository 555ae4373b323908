"""Whether each schema is at its newest version, and its roles may do what they must and no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kit.examination import Examined, Unexaminable, examine, head_of
from respite.doctor.clock import of_clock
from respite.doctor.finding import Finding, bad, ok, warn
from respite.doctor.settings import Settings
from respite.home import CHECKOUT
from respite.processes import SERVICES

_MIGRATE: Final = "`respite migrate` brings it there"


def databases(settings: Settings) -> Iterator[Finding]:
    """For each service that is configured here, both of its roles."""
    clocks: list[Examined] = []
    for service in SERVICES:
        names = f"{service.upper()}_DATABASE_URL", f"{service.upper()}_READER_DATABASE_URL"
        urls = [settings[name] for name in names]
        if not all(urls):
            missing = next(name for name, url in zip(names, urls, strict=True) if not url)
            yield warn(
                f"database {service}",
                f"{missing} is not set here",
                f"set it, or run this where {service} runs",
            )
            continue
        try:
            writer, reader = (examine(service, url, SERVICES) for url in urls)
        except Unexaminable as problem:
            yield bad(f"database {service}", str(problem), f"check {names[0]} and {names[1]}")
            continue
        clocks.append(writer)
        yield from _version(service, writer)
        yield from _roles(service, writer, reader)
    if clocks:
        yield from of_clock("clock, database", max((each.ahead for each in clocks), key=abs))


def _version(service: str, found: Examined) -> Iterator[Finding]:
    check, head = f"schema {service}", head_of(service, CHECKOUT / "services" / service)
    if found.version == head:
        yield ok(check, f"is at its newest version, {head}")
    elif found.version and found.version > head:
        yield warn(check, f"is at {found.version}, this code knows {head}", "run the newer code")
    else:
        yield bad(check, f"is at {found.version or 'nothing'}, not at {head}", _MIGRATE)


def _roles(service: str, writer: Examined, reader: Examined) -> Iterator[Finding]:
    check = f"roles {service}"
    problems = []
    for role in (writer, reader):
        if role.superuser:
            problems.append(f"{role.role} is a superuser")
        if role.others:
            problems.append(f"{role.role} may use {', '.join(role.others)}")
    if not writer.changes:
        problems.append(f"{writer.role} may not change rows")
    if reader.changes:
        problems.append(f"{reader.role} may change rows")
    if not reader.read_only:
        problems.append(f"{reader.role} is not read-only")
    if problems:
        yield bad(
            check,
            "; ".join(problems),
            f"let the URLs log in as {service}_writer and {service}_reader, as `respite migrate`"
            " makes them",
        )
    else:
        yield ok(check, f"{writer.role} changes, {reader.role} reads, neither sees others' data")
