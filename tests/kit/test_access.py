from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import grpc
import pytest
from cryptography import x509
from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from structlog.testing import capture_logs

from kit.access import (
    AccessRules,
    Caller,
    CurrentCall,
    calling,
    current_call,
    current_caller,
    subject_of,
)
from kit.refusals import refusal_of
from kit.tls import TlsFiles
from protos.access.v1 import access_pb2
from tests.kit import echo
from tests.kit.serving import FLAVOURS, OPERATOR_ID, Certificates, Flavour, serving

USER_ID = "01936f6e-0000-7000-8000-00000000000a"


def well(_request: Any, _context: Any) -> str:
    return "well"


def holding(*roles: str) -> Callable[[str, str], bool]:
    return lambda user_id, role: user_id == OPERATOR_ID and role in roles


def outcome(call: Callable[[], object]) -> str:
    """The answer, or the reason of the refusal."""
    try:
        return str(call())
    except grpc.RpcError as error:
        return refusal_of(error).reason


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("method", echo.KINDS)
def test_a_service_may_call_what_names_it_and_others_may_not(
    flavour: Flavour, method: str, certificates: Certificates
) -> None:
    with serving(flavour, certificates, well) as server:
        with server.channel(certificates.service("worker")) as channel:
            assert outcome(lambda: echo.call(channel, method)) == "well"
            assert outcome(lambda: echo.call(channel, "Govern")) == "ACCESS_DENIED"
        with server.channel(certificates.service("gateway")) as channel:
            assert outcome(lambda: echo.call(channel, method)) == "ACCESS_DENIED"


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ((), {"Say": "ACCESS_DENIED", "Govern": "ACCESS_DENIED"}),
        (("support",), {"Say": "well", "Govern": "ACCESS_DENIED"}),
        (("admin",), {"Say": "well", "Govern": "well"}),
    ],
)
def test_an_operator_may_call_what_their_roles_allow(
    flavour: Flavour, roles: tuple[str, ...], expected: dict[str, str], certificates: Certificates
) -> None:
    with (
        serving(flavour, certificates, well, holding(*roles)) as server,
        server.channel(certificates.operator()) as channel,
    ):
        seen = {name: outcome(partial(echo.call, channel, name)) for name in expected}
    assert seen == expected


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_method_without_a_rule_is_refused_to_everybody(
    flavour: Flavour, certificates: Certificates
) -> None:
    with serving(flavour, certificates, well, holding("support", "admin")) as server:
        for files in (certificates.service("worker"), certificates.operator()):
            with server.channel(files) as channel:
                assert outcome(lambda: echo.call(channel, "Forgotten")) == "ACCESS_DENIED"


def uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param([], id="no name at all"),
        pytest.param([uri("https://service/worker")], id="a URI of somebody else"),
        pytest.param([uri("respite://service/worker"), uri("respite://service/jobs")], id="two"),
        pytest.param([uri("respite://service/worker"), uri("respite:admin")], id="one and a half"),
        pytest.param([uri("respite://service/worker/x")], id="more than a name"),
        pytest.param([uri("respite://service/")], id="an empty name"),
        pytest.param([uri("respite://user/worker")], id="a user without an id"),
        pytest.param([uri("respite://robot/worker")], id="another kind"),
        pytest.param([x509.DNSName("respite://service/worker")], id="a host spelt like a caller"),
    ],
)
def test_a_certificate_that_does_not_name_exactly_one_caller_opens_health_only(
    names: list[x509.GeneralName], certificates: Certificates
) -> None:
    with (
        serving("threads", certificates, well, holding("admin")) as server,
        server.channel(certificates.odd(*names)) as channel,
    ):
        assert outcome(lambda: echo.call(channel)) == "ACCESS_DENIED"
        health = health_pb2_grpc.HealthStub(channel)
        answer = health.Check(health_pb2.HealthCheckRequest(service=echo.NAME), timeout=60)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_caller_without_a_certificate_of_ours_does_not_get_in(
    flavour: Flavour, certificates: Certificates, tmp_path: Any
) -> None:
    ca = certificates.directory / "ca.crt"
    foreign = Certificates(tmp_path / "foreign").service("worker")
    of_a_foreign_ca = TlsFiles(ca, foreign.cert, foreign.key)
    with serving(flavour, certificates, well) as server:
        with server.channel(of_a_foreign_ca) as channel:
            assert outcome(lambda: echo.call(channel)) == "UNAVAILABLE"
        anonymous = grpc.ssl_channel_credentials(ca.read_bytes())
        with grpc.secure_channel(f"localhost:{server.port}", anonymous) as channel:
            assert outcome(lambda: echo.call(channel)) == "UNAVAILABLE"
        with grpc.insecure_channel(f"localhost:{server.port}") as channel:
            assert outcome(lambda: echo.call(channel)) == "UNAVAILABLE"


def listed_services(channel: grpc.Channel) -> list[str]:
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    requests = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    [answer] = stub.ServerReflectionInfo(requests, timeout=60)
    return [service.name for service in answer.list_services_response.service]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_reflection_is_for_operators_with_any_role(
    flavour: Flavour, certificates: Certificates
) -> None:
    with serving(flavour, certificates, well, holding("support")) as server:
        with server.channel(certificates.operator()) as channel:
            assert echo.NAME in listed_services(channel)
        with server.channel(certificates.service("worker")) as channel:
            assert outcome(lambda: listed_services(channel)) == "ACCESS_DENIED"
    with (
        serving(flavour, certificates, well) as server,
        server.channel(certificates.operator()) as channel,
    ):
        assert outcome(lambda: listed_services(channel)) == "ACCESS_DENIED"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_when_roles_cannot_be_looked_up_operators_are_refused_and_services_are_not(
    flavour: Flavour, certificates: Certificates
) -> None:
    def unreachable(_user_id: str, _role: str) -> bool:
        raise ConnectionError("identity is away")

    with serving(flavour, certificates, well, unreachable) as server:
        with server.channel(certificates.operator()) as channel:
            assert outcome(lambda: echo.call(channel)) == "ROLES_UNAVAILABLE"
        with server.channel(certificates.service("worker")) as channel:
            assert outcome(lambda: echo.call(channel)) == "well"


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("method", echo.KINDS)
def test_a_refused_call_reaches_no_handler_and_is_logged_once(
    flavour: Flavour, method: str, certificates: Certificates
) -> None:
    handled: list[object] = []

    def answer(request: Any, _context: Any) -> str:
        handled.append(request)
        return "well"

    with (
        capture_logs() as logs,
        serving(flavour, certificates, answer) as server,
        server.channel(certificates.service("gateway")) as channel,
    ):
        assert outcome(lambda: echo.call(channel, method)) == "ACCESS_DENIED"
    assert handled == []
    [denied] = [event for event in logs if event["event"] == "access_denied"]
    assert denied["caller"] == "respite://service/gateway"
    assert denied["method"] == f"/{echo.NAME}/{method}"


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("method", ["Say", "Count", "Read"])
def test_a_handler_knows_which_call_it_serves(
    flavour: Flavour, method: str, certificates: Certificates
) -> None:
    seen: list[CurrentCall | None] = []

    def answer(_request: Any, _context: Any) -> str:
        seen.append(current_call())
        return "well"

    name = f"/{echo.NAME}/{method}"
    audit = method == "Read"
    with serving(flavour, certificates, answer, holding("support")) as server:
        with server.channel(certificates.operator()) as channel:
            echo.call(channel, method, user_id=USER_ID)
        with server.channel(certificates.service("worker")) as channel:
            echo.call(channel, method, user_id=USER_ID)
    operator, worker = Caller("user", OPERATOR_ID), Caller("service", "worker")
    assert seen == [
        CurrentCall(operator, name, USER_ID, audit),
        CurrentCall(worker, name, "", audit),
    ]
    assert str(operator) == f"respite://user/{OPERATOR_ID}"


def test_outside_of_a_call_there_is_no_caller() -> None:
    assert current_call() is None
    call = CurrentCall(Caller("service", "worker"), "/a.B/C", "", False)
    with calling(call):
        assert current_caller() == call.caller
    assert current_caller() is None


@pytest.mark.parametrize(
    ("request_", "subject"),
    [
        (echo.EchoRequest(), ""),
        (echo.EchoRequest(text="hello"), ""),
        (echo.EchoRequest(key="twilio:SM1", message_id="m"), "m"),
        (echo.EchoRequest(key="twilio:SM1"), "twilio:SM1"),
        (echo.EchoRequest(target={"user_id": USER_ID}), USER_ID),
        (echo.EchoRequest(key="own", target={"user_id": USER_ID}), "own"),
        (iter([echo.EchoRequest(key="streamed")]), ""),
    ],
)
def test_the_subject_is_the_id_that_the_request_is_about(request_: Any, subject: str) -> None:
    assert subject_of(request_) == subject


def test_rules_tell_which_methods_have_none() -> None:
    rules = AccessRules.of(echo.DESCRIPTOR)
    assert rules.without_rule == (f"/{echo.NAME}/Forgotten",)
    read = rules.rule_for(f"/{echo.NAME}/Read")
    assert read is not None
    assert read.audit
    assert read.roles == ("support", "admin")


def test_a_role_that_does_not_exist_is_noticed_at_start() -> None:
    file = descriptor_pb2.FileDescriptorProto(name="tests/kit/odd.proto", package="odd.v1")
    file.message_type.add(name="Nothing")
    method = file.service.add(name="OddService").method.add(
        name="Do", input_type=".odd.v1.Nothing", output_type=".odd.v1.Nothing"
    )
    method.options.Extensions[access_pb2.allow].roles.append("janitor")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    with pytest.raises(ValueError, match="janitor"):
        AccessRules.of(pool.FindServiceByName("odd.v1.OddService"))
