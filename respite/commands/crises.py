"""`respite crises`: which are open, and closing them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import typer

from protos.profile.v1 import profile_pb2 as pb
from respite.commands.operator import calling
from respite.commands.paging import pages
from respite.commands.person import user_id_named
from respite.commands.showing import AsJson, Limit, ago, moment, say_json, say_table, word

crises_app = typer.Typer(
    name="crises", help="See which crises are open; close them.", no_args_is_help=True
)


_COLUMNS: Final = (
    "crisis", "kind", "source", "state", "began", "last text", ">texts", "follow-ups", "person",
)  # fmt: skip


class State(StrEnum):
    """Whether an episode is open, as it is typed."""

    OPEN = "open"
    RESOLVED = "resolved"
    ALL = "all"


@crises_app.command("ls")
def list_crises(
    state: Annotated[State, typer.Option(help="Which.")] = State.OPEN,
    user: Annotated[str, typer.Option(help="Only of this person: their id or number.")] = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List crises, newest first; open ones unless asked otherwise. What was texted is not shown."""
    number = (
        pb.CRISIS_STATE_UNSPECIFIED
        if state is State.ALL
        else pb.CrisisState.Value(f"CRISIS_STATE_{state.name}")
    )
    with calling() as services:
        user_id = user_id_named(services, user) if user else ""
        request = pb.ListCrisesRequest(user_id=user_id, state=number)
        found = list(pages(services.profile.ListCrises, request, "crises", limit))
    if as_json:
        for crisis in found:
            say_json(crisis)
        return
    none = "no crisis is known" if state is State.ALL else f"no crisis is {state}"
    say_table(_COLUMNS, map(_row, found), none=none, apart=True)


@crises_app.command("resolve")
def resolve(
    crisis: Annotated[str, typer.Argument(metavar="CRISIS", help="Its id.")],
    as_json: AsJson = False,
) -> None:
    """Close a crisis; follow-ups that are still planned are not sent. Nothing else closes one."""
    with calling() as services:
        request = pb.ResolveCrisisRequest(crisis_id=crisis)
        resolved = services.profile.ResolveCrisis(request).crisis
    if as_json:
        say_json(resolved)
    else:
        typer.echo(f"{resolved.crisis_id} was resolved at {moment(resolved.resolve_time)}")


def _row(crisis: pb.CrisisEpisode) -> tuple[str, ...]:
    return (
        crisis.crisis_id,
        word(pb.CrisisKind, crisis.kind),
        word(pb.CrisisSource, crisis.source),
        word(pb.CrisisState, crisis.state),
        ago(crisis.start_time),
        ago(crisis.last_text_time),
        str(crisis.text_count),
        _follow_ups(crisis),
        crisis.user_id,
    )


def _follow_ups(crisis: pb.CrisisEpisode) -> str:
    sent = sum(each.state == pb.FOLLOW_UP_STATE_SENT for each in crisis.follow_ups)
    return f"{sent} of {len(crisis.follow_ups)} sent" if crisis.follow_ups else ""
