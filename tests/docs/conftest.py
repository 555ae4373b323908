"""What the snippets of the quick reference begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kit.certificates import issue
from kit.database import Database
from kit.migrations import migrate
from protos.identity.v1.identity_pb2 import EnsureUserRequest
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from protos.profile.v1 import profile_pb2 as profile
from tests.databases import PACKAGES, SERVICES, DatabaseServer, ServiceUrls
from tests.world.world import World

TEN_DAYS = timedelta(days=10)


@pytest.fixture(scope="module")
def names(postgres: DatabaseServer) -> Iterator[dict[str, Any]]:
    """The names in the table at the top of the page, on a running system that is at rest."""
    with ExitStack() as closing:
        world = World(postgres)
        closing.callback(world.close)
        phone = _person_who_subscribed(world)
        world.parts.stop_worker()  # from here on the page claims its jobs itself
        colleague_id = _ensure_user(world)
        issue(world.parts.certificates, "colleague", f"respite://user/{colleague_id}")
        urls = {name: world.databases[name] for name in SERVICES}
        yield {
            "identity_db": _open("identity", urls["identity"], closing),
            "profile_db": _open("profile", urls["profile"], closing),
            "conversation_db": _open("conversation", urls["conversation"], closing),
            "billing_db": _open("billing", urls["billing"], closing),
            "shared_profile_db": _open("profile", _all_in_one(postgres, closing), closing),
            "jobs": JobsServiceStub(world.channel_as("jobs", "worker")),
            "admin": IdentityServiceStub(world.channel_as("identity", "operator")),
            "colleague": IdentityServiceStub(world.channel_as("identity", "colleague")),
            "user_id": UUID(world.user_id(phone)),
            "phone": phone,
            "silent_id": _silent_person(world),
            "colleague_id": colleague_id,
            "gateway_url": world.parts.public_url,
            "now": datetime.now(UTC),
        }


def _person_who_subscribed(world: World) -> str:
    number = world.new_number()
    world.texts(number, "hello")
    world.receives(number)
    world.subscribes(number)
    world.receives(number, 2)
    return number


def _silent_person(world: World) -> UUID:
    """Severely silent: burnout is high, and the last contact was ten days ago."""
    user_id = _ensure_user(world)
    contact = profile.RecordContactRequest(
        user_id=str(user_id), direction=profile.ContactDirection.CONTACT_DIRECTION_INBOUND
    )
    contact.time.FromDatetime(datetime.now(UTC) - TEN_DAYS)
    world.profile.RecordContact(contact)
    score = profile.RecordBurnoutScoreRequest(
        user_id=str(user_id),
        score=70.0,
        source=profile.ScoreSource.SCORE_SOURCE_MONTHLY_REVIEW,
        request_key="silent",
    )
    world.profile.RecordBurnoutScore(score)
    return user_id


def _ensure_user(world: World) -> UUID:
    request = EnsureUserRequest(phone_number=world.new_number())
    return UUID(world.identity.EnsureUser(request).user.user_id)


def _open(name: str, urls: ServiceUrls, closing: ExitStack) -> Database:
    database = Database(name, urls.writer, urls.reader, pool_size=2)
    closing.callback(database.dispose)
    return database


def _all_in_one(server: DatabaseServer, closing: ExitStack) -> ServiceUrls:
    """Profile's URLs of a database that holds all five schemas, as `respite up` makes it."""
    admin_url = server.create("all")
    closing.callback(server.drop, admin_url)
    for name in SERVICES:
        urls = ServiceUrls.of(name, admin_url)
        migrate(name, PACKAGES / name, urls.admin, urls.writer, urls.reader)
    return ServiceUrls.of("profile", admin_url)
