"""The two processes as they run: real certificates, real roles, one asking the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import grpc
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from kit.channel import channel
from kit.database import Database
from kit.refusals import refusal_of
from kit.settings import load
from kit.tls import TlsFiles, issue, make_ca
from protos.billing.v1 import billing_pb2
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from protos.identity.v1 import identity_pb2
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from respite import billing as billing_process
from respite import identity as identity_process
from respite.service import ServiceProcess
from services.identity import model
from services.identity.phone_number import PhoneNumber
from tests.databases import Databases, ServiceUrls

pytestmark = pytest.mark.slow

PHONE = "+12025550101"
USER = "01936f6e-0000-7000-8000-000000000001"


@dataclass(frozen=True)
class Line:
    """Identity and billing running, and a way to call them as anybody."""

    directory: Path
    identity: ServiceProcess
    billing: ServiceProcess
    identity_urls: ServiceUrls

    def as_(self, files: TlsFiles) -> tuple[IdentityServiceStub, BillingServiceStub]:
        def to(process: ServiceProcess, service: str) -> grpc.Channel:
            target, registry = f"dns:///localhost:{process.port}", CollectorRegistry()
            return channel(target, files, service=service, registry=registry)

        return (
            IdentityServiceStub(to(self.identity, "identity.v1.IdentityService")),
            BillingServiceStub(to(self.billing, "billing.v1.BillingService")),
        )

    def grant_admin(self) -> None:
        """As the command line does it, past the service."""
        database = Database("identity", self.identity_urls.writer, self.identity_urls.reader)
        with database.writer() as db:
            model.grant_admin(db, PhoneNumber.parse(PHONE), datetime.now(UTC))
        database.dispose()

    def as_service(self, name: str) -> tuple[IdentityServiceStub, BillingServiceStub]:
        return self.as_(issue(self.directory, name, f"respite://service/{name}"))

    def as_operator(self, user_id: str) -> tuple[IdentityServiceStub, BillingServiceStub]:
        return self.as_(issue(self.directory, "operator", f"respite://user/{user_id}"))


@pytest.fixture
def line(databases: Databases, tmp_path: Path) -> Iterator[Line]:
    make_ca(tmp_path)
    for name in ("identity", "billing"):
        issue(tmp_path, name, f"respite://service/{name}")
        databases.truncate(name)
    identity = identity_process.build(
        identity_process.IdentitySettings(
            tls_dir=tmp_path,
            identity_port=0,
            identity_metrics_port=0,
            identity_database_url=SecretStr(databases["identity"].writer),
            identity_reader_database_url=SecretStr(databases["identity"].reader),
            suppression_key=SecretStr("never texted again"),
        ),
        registry=CollectorRegistry(),
        beat=0.0,
    )
    identity.start()
    billing = billing_process.build(
        billing_process.BillingSettings(
            tls_dir=tmp_path,
            billing_port=0,
            billing_metrics_port=0,
            billing_database_url=SecretStr(databases["billing"].writer),
            billing_reader_database_url=SecretStr(databases["billing"].reader),
            identity_address=f"dns:///localhost:{identity.port}",
            stripe_secret_key=SecretStr("sk_test_unused"),
            stripe_price_id="price_1",
            stripe_base_url="http://127.0.0.1:9",
        ),
        registry=CollectorRegistry(),
        beat=0.0,
    )
    billing.start()
    yield Line(tmp_path, identity, billing, databases["identity"])
    billing.stop(0)
    identity.stop(0)


def reason(call: Any, request: Any) -> str:
    with pytest.raises(grpc.RpcError) as error:
        call(request)
    return refusal_of(error.value).reason


def test_what_an_operator_may_do_follows_their_roles_at_once(line: Line) -> None:
    worker, _ = line.as_service("worker")
    made = worker.EnsureUser(identity_pb2.EnsureUserRequest(phone_number=PHONE)).user
    identity, billing = line.as_operator(made.user_id)
    read = billing_pb2.GetAccessRequest(user_id=USER)
    change = billing_pb2.LinkCustomerRequest(user_id=USER, stripe_customer_id="cus_1")
    grant = identity_pb2.GrantRoleRequest(user_id=made.user_id, role=identity_pb2.ROLE_ADMIN)
    assert reason(billing.GetAccess, read) == "ACCESS_DENIED"
    assert reason(identity.GrantRole, grant) == "ACCESS_DENIED"

    line.grant_admin()
    assert billing.GetAccess(read).access.reason == billing_pb2.ACCESS_REASON_NO_SUBSCRIPTION
    billing.LinkCustomer(change)
    (record,) = billing.ListAuditRecords(billing_pb2.ListAuditRecordsRequest()).audit_records
    assert (record.caller, record.subject) == (f"respite://user/{made.user_id}", USER)

    revoke = identity_pb2.RevokeRoleRequest(user_id=made.user_id, role=identity_pb2.ROLE_ADMIN)
    identity.RevokeRole(revoke)
    assert reason(billing.GetAccess, read) == "ACCESS_DENIED"
    assert reason(identity.GrantRole, grant) == "ACCESS_DENIED"


def test_services_may_do_what_is_written_for_them_and_no_more(line: Line) -> None:
    identity, billing = line.as_service("worker")
    link = billing_pb2.LinkCustomerRequest(user_id=USER, stripe_customer_id="cus_1")
    assert billing.LinkCustomer(link).account.user_id == USER
    listing = billing_pb2.ListAccountsRequest()
    assert reason(billing.ListAccounts, listing) == "ACCESS_DENIED"
    grant = identity_pb2.GrantRoleRequest(user_id=USER, role=identity_pb2.ROLE_ADMIN)
    assert reason(identity.GrantRole, grant) == "ACCESS_DENIED"
    identity, billing = line.as_service("profile")
    delete = identity_pb2.DeleteUserRequest(user_id=USER)
    assert reason(identity.DeleteUser, delete) == "ACCESS_DENIED"
    check = identity_pb2.CheckRoleRequest(user_id=USER, role=identity_pb2.ROLE_ADMIN)
    assert not identity.CheckRole(check).allowed
    assert reason(billing.GetAccess, billing_pb2.GetAccessRequest(user_id=USER)) == "ACCESS_DENIED"


def test_a_certificate_in_the_name_of_nobody_opens_nothing(line: Line) -> None:
    for name in ("somebody", USER):
        identity, billing = line.as_operator(name)
        assert reason(identity.ListUsers, identity_pb2.ListUsersRequest()) == "ACCESS_DENIED"
        assert reason(billing.ListAccounts, billing_pb2.ListAccountsRequest()) == "ACCESS_DENIED"


def test_without_identity_operators_wait_and_services_go_on(line: Line) -> None:
    line.identity.stop(0)
    read = billing_pb2.GetAccessRequest(user_id=USER)
    _, as_operator = line.as_operator(USER)
    assert reason(as_operator.GetAccess, read) == "ROLES_UNAVAILABLE"
    _, as_worker = line.as_service("worker")
    assert not as_worker.GetAccess(read).access.granted


def test_a_process_is_ready_while_it_serves_and_reaches_its_database(line: Line) -> None:
    for process in (line.identity, line.billing):
        url = f"http://127.0.0.1:{process.metrics_port}"
        with urlopen(f"{url}/readyz") as answer:
            assert answer.status == 200
    line.billing._server.stop(0)
    with pytest.raises(HTTPError) as error:
        urlopen(f"http://127.0.0.1:{line.billing.metrics_port}/readyz")
    assert error.value.code == 503


@pytest.mark.parametrize(
    "process", [identity_process.IdentitySettings, billing_process.BillingSettings]
)
def test_every_missing_variable_is_named_at_once(
    process: type[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = process.process.upper()
    required = [f"{name}_DATABASE_URL", f"{name}_READER_DATABASE_URL"]
    secrets = {"BILLING": ["STRIPE_SECRET_KEY", "STRIPE_PRICE_ID"], "IDENTITY": ["SUPPRESSION_KEY"]}
    required += secrets[name]
    for variable in required:
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(SystemExit):
        load(process)
    told = [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()]
    assert sorted(told) == sorted(required)
