"""The two processes as they run: real certificates, real roles, operators on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from kit.access import AccessRules
from kit.channel import channel
from kit.database import Database
from kit.refusals import refusal_of
from kit.settings import load
from kit.tls import TlsFiles, issue, make_ca
from protos.conversation.v1 import conversation_pb2
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from protos.profile.v1 import profile_pb2
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from respite import conversation as conversation_process
from respite import identity as identity_process
from respite import profile as profile_process
from respite.service import ServiceProcess
from services.identity import model
from services.identity.phone_number import PhoneNumber
from tests.conversation.requests import draft, somebody, text
from tests.databases import Databases

SERVICES = ("identity", "profile", "conversation")
PHONE = PhoneNumber.parse("+12025550101")


@dataclass(frozen=True)
class Line:
    """The processes running, and a way to call them as anybody."""

    directory: Path
    profile: ServiceProcess
    conversation: ServiceProcess
    operator_id: str

    def as_(self, files: TlsFiles) -> tuple[ProfileServiceStub, ConversationServiceStub]:
        def to(process: ServiceProcess, service: str) -> grpc.Channel:
            target, registry = f"dns:///localhost:{process.port}", CollectorRegistry()
            return channel(target, files, service=service, registry=registry)

        return (
            ProfileServiceStub(to(self.profile, "profile.v1.ProfileService")),
            ConversationServiceStub(to(self.conversation, "conversation.v1.ConversationService")),
        )

    def as_service(self, name: str) -> tuple[ProfileServiceStub, ConversationServiceStub]:
        return self.as_(issue(self.directory, name, f"respite://service/{name}"))

    def as_operator(self, user_id: str) -> tuple[ProfileServiceStub, ConversationServiceStub]:
        return self.as_(issue(self.directory, "operator", f"respite://user/{user_id}"))


@pytest.fixture(scope="module")
def line(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    directory = tmp_path_factory.mktemp("certs")
    make_ca(directory)
    for name in SERVICES:
        issue(directory, name, f"respite://service/{name}")
        databases.truncate(name)

    def settings(name: str, **more: Any) -> dict[str, Any]:
        return {
            "tls_dir": directory,
            f"{name}_port": 0,
            f"{name}_metrics_port": 0,
            f"{name}_database_url": SecretStr(databases[name].writer),
            f"{name}_reader_database_url": SecretStr(databases[name].reader),
            **more,
        }

    def options() -> dict[str, Any]:
        return {"registry": CollectorRegistry(), "beat": 0.0}

    identity = identity_process.build(
        identity_process.IdentitySettings(
            **settings("identity", suppression_key=SecretStr("never texted again"))
        ),
        **options(),
    )
    where = {"identity_address": f"dns:///localhost:{identity.port}"}
    profile = profile_process.build(
        profile_process.ProfileSettings(**settings("profile", **where)), **options()
    )
    conversation = conversation_process.build(
        conversation_process.ConversationSettings(**settings("conversation", **where)), **options()
    )
    for process in (identity, profile, conversation):
        process.start()
    database = Database("identity", databases["identity"].writer, databases["identity"].reader)
    with database.writer() as db:
        model.grant_admin(db, PHONE, datetime.now(UTC))
    with database.reader() as reader:
        operator = model.user_by_phone(reader, PHONE)
    database.dispose()
    yield Line(directory, profile, conversation, str(operator.user_id))
    for process in (conversation, profile, identity):
        process.stop(0)


def reason(call: Any, request: Any) -> str:
    with pytest.raises(grpc.RpcError) as error:
        call(request)
    return refusal_of(error.value).reason


def test_every_method_says_who_may_call_it() -> None:
    for module, name in (
        (profile_pb2, "ProfileService"),
        (conversation_pb2, "ConversationService"),
    ):
        rules = AccessRules.of(module.DESCRIPTOR.services_by_name[name])
        assert rules.without_rule == ()


def test_an_operator_who_reads_or_changes_leaves_a_record(line: Line) -> None:
    user_id = somebody()
    worker_profile, worker = line.as_service("worker")
    worker_profile.EnsureProfile(profile_pb2.EnsureProfileRequest(user_id=user_id))
    worker.RecordInboundMessage(text(user_id, "a private thing"))
    worker.PrepareOutboundMessage(draft(user_id))

    profile, conversation = line.as_operator(line.operator_id)
    profile.GetProfile(profile_pb2.GetProfileRequest(user_id=user_id))
    profile.UpdateProfile(
        profile_pb2.UpdateProfileRequest(
            profile=profile_pb2.Profile(user_id=user_id, first_name="Ana"),
            update_mask=FieldMask(paths=["first_name"]),
        )
    )
    listed = conversation.ListMessages(conversation_pb2.ListMessagesRequest(user_id=user_id))
    assert len(listed.messages) == 2

    caller = f"respite://user/{line.operator_id}"
    (change,) = profile.ListAuditRecords(profile_pb2.ListAuditRecordsRequest()).audit_records
    assert (change.caller, change.subject) == (caller, user_id)
    assert change.method == "/profile.v1.ProfileService/UpdateProfile"
    request = conversation_pb2.ListAuditRecordsRequest()
    (reading,) = conversation.ListAuditRecords(request).audit_records
    assert (reading.caller, reading.subject) == (caller, user_id)
    assert reading.method == "/conversation.v1.ConversationService/ListMessages"


def test_who_is_not_named_is_refused(line: Line) -> None:
    user_id = somebody()
    read = profile_pb2.GetProfileRequest(user_id=user_id)
    listing = conversation_pb2.ListMessagesRequest(user_id=user_id)
    for name in ("gateway", "billing", "conversation"):
        profile, conversation = line.as_service(name)
        assert reason(profile.GetProfile, read) == "ACCESS_DENIED"
        assert reason(conversation.ListMessages, listing) == "ACCESS_DENIED"
    _, worker = line.as_service("worker")
    assert reason(worker.ListMessages, listing) == "ACCESS_DENIED"
    profile, conversation = line.as_operator(somebody())
    assert reason(profile.GetProfile, read) == "ACCESS_DENIED"
    assert reason(conversation.ListMessages, listing) == "ACCESS_DENIED"
    _, operator = line.as_operator(line.operator_id)
    assert reason(operator.PrepareOutboundMessage, draft(user_id)) == "ACCESS_DENIED"


def test_the_processes_are_ready(line: Line) -> None:
    for process in (line.profile, line.conversation):
        with urlopen(f"http://127.0.0.1:{process.metrics_port}/readyz") as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    "settings", [profile_process.ProfileSettings, conversation_process.ConversationSettings]
)
def test_every_missing_variable_is_named_at_once(
    settings: type[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = settings.process.upper()
    required = [f"{name}_DATABASE_URL", f"{name}_READER_DATABASE_URL"]
    for variable in required:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(f"{name}_PORT", "nonsense")
    with pytest.raises(SystemExit):
        load(settings)
    told = [each.partition(":")[0] for each in capsys.readouterr().err.splitlines()]
    assert sorted(told) == sorted([*required, f"{name}_PORT"])
