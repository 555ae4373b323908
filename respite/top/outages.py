"""Which services are away, in words, and whether it is their database that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from respite.services import NO_ROLE, NO_ROLES, NO_STORE, CallFailed

_IDENTITY: Final = "identity"


def outages(away: Mapping[str, CallFailed]) -> Iterator[str]:
    """A sentence for each thing that is wrong, the cause first.

    away: what the services answered, by service. Each asks identity for the operator's roles before
    it answers: where identity has no database, none of them tells anything.
    """
    without_store = [name for name, failed in away.items() if _has_no_store(name, failed)]
    without_roles = [
        name
        for name, failed in away.items()
        if failed.refusal.reason == NO_ROLES and name not in without_store
    ]
    if without_store:
        theirs = "its database" if len(without_store) == 1 else "their databases"
        yield f"PostgreSQL is away: {listed(without_store)} cannot reach {theirs}"
    denied = [name for name, failed in away.items() if failed.refusal.reason == NO_ROLE]
    if denied:
        yield f"you hold no role: {listed(denied)} may not tell you; respite users grant"
    for name, failed in away.items():
        if name not in {*without_store, *without_roles, *denied}:
            yield f"{name} {'is away' if failed.away else 'refuses'}: {failed}"
    if without_roles:
        yield f"{listed(without_roles)} cannot ask identity who you are: what they know is hidden"


def _has_no_store(name: str, failed: CallFailed) -> bool:
    reason = failed.refusal.reason
    return reason == NO_STORE or (name == _IDENTITY and reason == NO_ROLES)


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
