"""Which services are away, in words, and whether it is their database that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import grpc

from respite.services import NO_ROLE, NO_ROLES, NO_STORE, CallFailed

_IDENTITY: Final = "identity"


def outages(away: Mapping[str, CallFailed]) -> Iterator[str]:
    """A sentence for each thing that is wrong, the cause first.

    away: what the services answered, by service. Each asks identity for the operator's roles before
    it answers: where identity has no database, none of them tells anything.
    """
    without_store = [name for name, failed in away.items() if _has_no_store(name, failed)]
    if without_store:
        theirs = "its database" if len(without_store) == 1 else "their databases"
        yield f"PostgreSQL is away: {listed(without_store)} cannot reach {theirs}"
    denied = _with_reason(away, NO_ROLE)
    if denied:
        yield f"you hold no role: {listed(denied)} may not tell you; respite users grant"
    without_roles = [each for each in _with_reason(away, NO_ROLES) if each not in without_store]
    told = {*without_store, *denied, *without_roles}
    yield from _of_silent({name: away[name] for name in away if name not in told})
    if without_roles:
        yield f"{listed(without_roles)} cannot ask identity who you are: what they know is hidden"


def _of_silent(away: Mapping[str, CallFailed]) -> Iterator[str]:
    """Several at once have one cause: whoever has a database that hangs answers too late, and so
    does whoever asks it who the operator is."""
    late = [name for name, each in away.items() if _is(each, grpc.StatusCode.DEADLINE_EXCEEDED)]
    gone = [name for name, each in away.items() if _is(each, grpc.StatusCode.UNAVAILABLE)]
    if _IDENTITY in late and len(late) > 1:
        yield f"PostgreSQL or the network hangs: {listed(late)} do not answer in time"
    else:
        late = []
    if len(gone) > 1:
        yield f"{listed(gone)} are away: nobody answers at their addresses; respite status"
    else:
        gone = []
    for name, failed in away.items():
        if name not in {*late, *gone}:
            yield f"{name} {'is away' if failed.away else 'refuses'}: {failed}"


def _is(failed: CallFailed, code: grpc.StatusCode) -> bool:
    return failed.refusal.code is code and not failed.refusal.domain


def _with_reason(away: Mapping[str, CallFailed], reason: str) -> list[str]:
    return [name for name, failed in away.items() if failed.refusal.reason == reason]


def _has_no_store(name: str, failed: CallFailed) -> bool:
    reason = failed.refusal.reason
    return reason == NO_STORE or (name == _IDENTITY and reason == NO_ROLES)


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
