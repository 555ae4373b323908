"""`respite users`: find people, see what is known of them, roles, holds, erasure."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, TypeVar

import grpc
import typer

from kit.wire import timestamp
from protos.billing.v1 import billing_pb2 as billing
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import EraseUser, JobPayload
from protos.profile.v1 import profile_pb2 as profile
from respite.commands.ending import Exit, fail
from respite.commands.lengths import parse_length
from respite.commands.operator import calling
from respite.commands.paging import pages
from respite.commands.person import (
    facts_of_profile,
    facts_of_user,
    roles_of,
    user_id_named,
    user_named,
)
from respite.commands.showing import (
    AsJson,
    Full,
    Limit,
    as_mapping,
    harmless,
    moment,
    number,
    say_facts,
    say_json,
    say_table,
    word,
)
from respite.development import clock_of, environment_for_commands
from respite.services import CallFailed, Services

users_app = typer.Typer(
    name="users", help="Find people; roles, holds, erasure.", no_args_is_help=True
)

T = TypeVar("T")
Who = Annotated[str, typer.Argument(metavar="USER", help="A user id or a phone number.")]


class Role(StrEnum):
    """What an operator may do, as it is typed."""

    SUPPORT = "support"
    ADMIN = "admin"

    @property
    def number(self) -> identity.Role.ValueType:
        """Of the contract."""
        return identity.Role.Value(f"ROLE_{self.name}")


OfRole = Annotated[Role, typer.Argument(metavar="ROLE", help="support or admin.")]


@users_app.command("ls")
def list_users(
    role: Annotated[Role | None, typer.Option(help="Only who holds this role.")] = None,
    unreachable: Annotated[
        bool, typer.Option("--unreachable", help="Only whose number takes no texts.")
    ] = False,
    limit: Limit = 50,
    full: Full = False,
    as_json: AsJson = False,
) -> None:
    """List people in the order in which they came."""
    request = identity.ListUsersRequest(
        role=role.number if role else identity.ROLE_UNSPECIFIED,
        show_phone_numbers=full,
        unreachable=unreachable,
    )
    with calling() as services:
        found = pages(services.identity.ListUsers, request, "users", limit)
        if as_json:
            for user in found:
                say_json(user)
            return
        say_table(
            ("person", "number", "name", "roles", "since"),
            (
                (
                    each.user_id,
                    each.phone_number,
                    each.name,
                    roles_of(each),
                    moment(each.create_time),
                )
                for each in found
            ),
            none="nobody matches" if role or unreachable else "nobody is known",
        )


@users_app.command("find")
def find(
    phone: Annotated[str, typer.Argument(metavar="NUMBER", help="Such as +12025550101.")],
    full: Full = False,
    as_json: AsJson = False,
) -> None:
    """Say who has a phone number; the other commands take either."""
    with calling() as services:
        request = identity.GetUserByPhoneRequest(phone_number=phone)
        found = _masked(services.identity.GetUserByPhone(request).user, full=full)
    if as_json:
        say_json(found)
    else:
        typer.echo(f"{found.user_id}  {found.phone_number}  {found.name}".rstrip())


@users_app.command("show")
def show(
    user: Who,
    messages: Annotated[
        int, typer.Option(min=0, max=1000, help="Also so many of the newest texts.")
    ] = 0,
    full: Full = False,
    as_json: AsJson = False,
) -> None:
    """Show what is known of a person. Reading texts, with --messages, leaves an audit record."""
    with calling() as services:
        found = _masked(user_named(services, user), full=full)
        known = _if_known(
            lambda: (
                services.profile.GetProfile(
                    profile.GetProfileRequest(user_id=found.user_id)
                ).profile
            )
        )
        asked = billing.GetAccessRequest(user_id=found.user_id)
        access = services.billing.GetAccess(asked).access
        texts = _texts(services, found.user_id, messages) if messages else []
    if as_json:
        say_json(
            {
                "user": as_mapping(found),
                "profile": as_mapping(known) if known else None,
                "access": as_mapping(access),
                "messages": [as_mapping(each) for each in texts],
            }
        )
        return
    say_facts(facts_of_user(found, access))
    if known:
        say_facts(facts_of_profile(known))
    for text in texts:
        _say_text(text)


@users_app.command("reachable")
def reachable(user: Who, as_json: AsJson = False) -> None:
    """Say that a number takes texts again. A text from it says so by itself."""
    with calling() as services:
        request = identity.ClearUnreachableRequest(user_id=user_id_named(services, user))
        changed = services.identity.ClearUnreachable(request).user
    if as_json:
        say_json(_masked(changed, full=False))
    else:
        typer.echo(f"{changed.user_id} is texted again")


@users_app.command("grant")
def grant(user: Who, role: OfRole, as_json: AsJson = False) -> None:
    """Give somebody a role. It counts at once."""
    with calling() as services:
        request = identity.GrantRoleRequest(user_id=user_id_named(services, user), role=role.number)
        changed = services.identity.GrantRole(request).user
    _say_roles(changed, as_json=as_json)


@users_app.command("revoke")
def revoke(user: Who, role: OfRole, as_json: AsJson = False) -> None:
    """Take a role from somebody. It counts at once."""
    with calling() as services:
        request = identity.RevokeRoleRequest(
            user_id=user_id_named(services, user), role=role.number
        )
        changed = services.identity.RevokeRole(request).user
    _say_roles(changed, as_json=as_json)


@users_app.command("hold")
def hold(
    user: Who,
    length: Annotated[
        str, typer.Argument(metavar="LENGTH", help="Such as 30min, 2h or 1d; off ends the hold.")
    ],
    as_json: AsJson = False,
) -> None:
    """Have the assistant leave a person's texts to you. Crisis replies, STOP and HELP go on."""
    until = None
    if length != "off":
        now = clock_of(environment_for_commands(os.environ)).now()
        until = now + parse_length(length, "; off ends the hold")
    with calling() as services:
        request = profile.HoldAssistantRequest(
            user_id=user_id_named(services, user), until=timestamp(until)
        )
        changed = services.profile.HoldAssistant(request).profile
    if as_json:
        say_json(changed)
    elif until:
        typer.echo(f"the assistant is held until {moment(changed.assistant_held_until)}")
    else:
        typer.echo("the assistant answers; what waited is answered as one turn")


@users_app.command("erase")
def erase(
    user: Who,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person everywhere: texts, profile, jobs, number. It cannot be undone."""
    with calling() as services:
        found = user_named(services, user)
        if not yes:
            _confirm(found)
        payload = JobPayload(erase_user=EraseUser(user_id=found.user_id))
        new = jobs.NewJob(key=f"operator-erase:{found.user_id}", payload=payload)
        made = services.jobs.EnqueueJob(jobs.EnqueueJobRequest(job=new)).job
    if as_json:
        say_json(made)
    else:
        said = "erases them" if made.created else "was asked for this before"
        typer.echo(
            f"job {made.job_id} {said}; `respite jobs show {made.job_id}` says how far it is"
        )


def _masked(user: identity.User, *, full: bool) -> identity.User:
    user.phone_number = number(user.phone_number, full=full)
    return user


def _if_known(call: Callable[[], T]) -> T | None:
    try:
        return call()
    except CallFailed as failed:
        if failed.refusal.code is grpc.StatusCode.NOT_FOUND:
            return None
        raise


def _say_text(text: conversation.Message) -> None:
    who = word(conversation.Direction, text.direction)
    state = word(conversation.MessageState, text.state)
    typer.echo(f"\n{moment(text.event_time)}  {who}  {state}\n{harmless(text.body)}")


def _texts(services: Services, user_id: str, count: int) -> list[conversation.Message]:
    """Oldest of them first, as they are read."""
    request = conversation.ListMessagesRequest(user_id=user_id, page_size=count)
    return list(reversed(services.conversation.ListMessages(request).messages))


def _say_roles(user: identity.User, *, as_json: bool) -> None:
    if as_json:
        say_json(_masked(user, full=False))
    else:
        typer.echo(f"{user.user_id} is {roles_of(user) or 'no operator'}")


def _confirm(user: identity.User) -> None:
    """Asks for the last four digits: a yes is typed too easily."""
    if not sys.stdin.isatty():
        fail("say --yes where nobody can be asked", Exit.USAGE)
    ending = user.phone_number[-4:]
    typed = typer.prompt(
        f"This erases the person with {number(user.phone_number, full=False)} for good."
        " Their last four digits",
        err=True,
    )
    if typed.strip() != ending:
        fail("nothing was erased")
