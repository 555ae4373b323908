"""Bytes that are no request: refused as bad input, counted, and only to those who may call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs

from kit.refusals import ReceivedRefusal, refusal_of
from tests.kit import echo
from tests.kit.serving import FLAVOURS, Certificates, Flavour, Serving, serving
from tests.world.waiting import until

NONSENSE = b"\x0a\xff"  # a text that is longer than what follows


@pytest.fixture(params=FLAVOURS)
def server(request: pytest.FixtureRequest, certificates: Certificates) -> Iterator[Serving]:
    flavour: Flavour = request.param
    with serving(
        flavour, certificates, lambda request, _: request.text, has_role=lambda *_: True
    ) as running:
        yield running


def send(server: Serving, caller: str, method: str, sent: bytes) -> Any:
    files = server.certificates
    with server.channel(files.operator() if caller == "operator" else files.service(caller)) as to:
        call: Any = to.unary_unary(f"/{echo.NAME}/{method}", None, echo.EchoReply.FromString)
        try:
            return call(sent, timeout=60)
        except grpc.RpcError as error:
            return refusal_of(error)


@pytest.mark.parametrize("caller", ["worker", "operator"])
def test_they_are_bad_input_and_no_fault_of_ours(server: Serving, caller: str) -> None:
    with capture_logs() as lines:
        refused = send(server, caller, "Say", NONSENSE)
    assert isinstance(refused, ReceivedRefusal)
    assert (refused.code, refused.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "MALFORMED_REQUEST",
    )
    assert not [line for line in lines if line["log_level"] == "error"]
    labels = {"service": echo.NAME, "method": "Say", "code": "INVALID_ARGUMENT"}
    handled = "respite_rpc_server_handled_total"
    until(lambda: server.registry.get_sample_value(handled, labels) == 1, "it to be counted")
    good = echo.EchoRequest(text="hello").SerializeToString()
    assert send(server, caller, "Say", good).text == "hello"
    assert server.registry.get_sample_value(handled, {**labels, "code": "INTERNAL"}) == 0


def test_who_may_not_call_is_told_that_alone(server: Serving) -> None:
    for caller, method in (("gateway", "Say"), ("worker", "Govern"), ("operator", "Forgotten")):
        refused = send(server, caller, method, NONSENSE)
        assert refused.code is grpc.StatusCode.PERMISSION_DENIED, (caller, method)
