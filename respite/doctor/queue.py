"""Whether something waits for a person already, by the services themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kit.certificates import CertificateProblem
from respite.commands.operator import advised
from respite.doctor.finding import Finding, bad, ok, warn
from respite.doctor.settings import Settings
from respite.services import CallFailed, Services
from respite.top.concern import Level
from respite.top.concerns import concerns
from respite.top.gathering import Gatherer
from respite.top.outages import listed, outages


def queue(settings: Settings) -> Iterator[Finding]:
    """What `respite top` would show first."""
    try:
        services = Services(settings.environment)
        gatherer = Gatherer(services, settings.environment)
        try:
            picture = gatherer.look()
        finally:
            gatherer.close()
            services.close()
    except CertificateProblem as problem:
        yield warn("services", str(problem), "without one, services cannot be asked from here")
        return
    except CallFailed as failed:
        yield bad("services", str(failed), advised(failed))
        return
    for said in outages(picture.away):
        yield bad("services", said, "`respite status` says what runs here; each has a log")
    if not picture.away:
        yield ok("services", "answer the operator")
    found = concerns(replace(picture, away={}))
    for concern in found:
        told = bad if concern.level is Level.BAD else warn
        yield told("the line", concern.text, "`respite top` shows it")
    if picture.away:
        unknown = f"what {listed(list(picture.away))} would say is not known"
        yield warn("the line", unknown, "once the services answer, run this again")
    elif not found:
        yield ok("the line", "nothing waits for a person")
