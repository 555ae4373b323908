from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import grpc
import pytest
from cryptography import x509
from prometheus_client import CollectorRegistry

from kit.channel import channel, service_config
from kit.refusals import Refusal, refusal_of
from kit.tls import TlsFiles, renew
from tests.kit import echo
from tests.kit.calling import calling
from tests.kit.serving import FLAVOURS, Certificates, Flavour, SlowAnswer, serving

pytestmark = pytest.mark.slow


class Away(Refusal):
    """Come back in a moment."""

    code = grpc.StatusCode.UNAVAILABLE


def reason(call: Callable[[], object]) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return refusal_of(caught.value).reason


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return cast(Flavour, request.param)


@pytest.mark.parametrize("method", echo.KINDS)
def test_a_call_without_a_time_out_ends_at_the_default_deadline(
    flavour: Flavour, method: str, certificates: Certificates
) -> None:
    leave = threading.Event()

    def hang(_request: Any, _context: Any) -> str:
        leave.wait(60)
        return "late"

    with serving("threads", certificates, hang) as server:
        with calling(flavour, server, deadline=0.3) as call:
            started = time.monotonic()
            assert reason(lambda: call(method)) == "DEADLINE_EXCEEDED"
            assert 0.2 < time.monotonic() - started < 30
        leave.set()


def test_a_call_that_brings_a_time_out_keeps_it(
    flavour: Flavour, certificates: Certificates
) -> None:
    remaining: list[float] = []

    def answer(_request: Any, context: Any) -> str:
        remaining.append(context.time_remaining())
        return "well"

    with (
        serving("threads", certificates, answer) as server,
        calling(flavour, server, deadline=30.0) as call,
    ):
        call()
        call(timeout=90.0)
    default, brought = remaining
    assert 15 < default < 31
    assert 75 < brought < 91


def test_futures_and_calls_with_metadata_have_the_default_deadline_too(
    certificates: Certificates,
) -> None:
    remaining: list[float] = []

    def answer(_request: Any, context: Any) -> str:
        remaining.append(context.time_remaining())
        return str(dict(context.invocation_metadata()).get("trace", "none"))

    files = certificates.service("worker")
    with serving("threads", certificates, answer) as server:
        target = f"dns:///localhost:{server.port}"
        with channel(target, files, service=echo.NAME, registry=CollectorRegistry()) as link:
            method = echo.method_of(link, "Say")
            request = echo.EchoRequest()
            assert method(request, metadata=(("trace", "t1"),)).text == "t1"
            assert method.future(request, metadata=(("trace", "t2"),)).result(60).text == "t2"
            reply, call = method.with_call(request)
            assert (reply.text, call.code()) == ("none", grpc.StatusCode.OK)
    assert all(0 < seconds < 6 for seconds in remaining)


def away_for(times: int) -> tuple[echo.Answer, list[int]]:
    calls: list[int] = []

    def answer(_request: Any, _context: Any) -> str:
        calls.append(1)
        if len(calls) <= times:
            raise Away
        return "well"

    return answer, calls


def test_an_idempotent_call_is_tried_again_while_the_server_is_unavailable(
    flavour: Flavour, certificates: Certificates
) -> None:
    answer, calls = away_for(2)
    with serving("threads", certificates, answer) as server, calling(flavour, server) as call:
        assert call() == "well"
    assert len(calls) == 3


def test_a_call_is_given_up_after_four_tries(flavour: Flavour, certificates: Certificates) -> None:
    answer, calls = away_for(100)
    with serving("threads", certificates, answer) as server, calling(flavour, server) as call:
        assert reason(call) == "AWAY"
    assert len(calls) == 4


def test_a_method_that_is_not_listed_is_tried_once(
    flavour: Flavour, certificates: Certificates
) -> None:
    answer, calls = away_for(100)
    with (
        serving("threads", certificates, answer) as server,
        calling(flavour, server, idempotent_methods=["Read"]) as call,
    ):
        assert reason(call) == "AWAY"
    assert len(calls) == 1


def test_calls_of_an_event_loop_are_counted_by_what_they_ended_in(
    certificates: Certificates,
) -> None:
    registry = CollectorRegistry()
    answer, _ = away_for(100)

    def well(_request: Any, _context: Any) -> str:
        return "well"

    for respond in (well, answer):
        with (
            serving("threads", certificates, respond) as server,
            calling("asyncio", server, registry=registry) as call,
            contextlib.suppress(grpc.RpcError),
        ):
            call()
    labels = {"service": echo.NAME, "method": "Say"}

    def count(name: str, **more: str) -> float | None:
        return registry.get_sample_value(f"respite_rpc_client_{name}", labels | more)

    assert (count("handled_total", code="OK"), count("handled_total", code="UNAVAILABLE")) == (1, 1)
    assert count("seconds_count") == 2


def test_a_certificate_that_is_not_accepted_does_not_make_the_client_spin(
    certificates: Certificates, tmp_path: Any
) -> None:
    worker = Certificates(tmp_path / "foreign").service("worker")
    foreign = TlsFiles(certificates.directory / "ca.crt", worker.cert, worker.key)
    with (
        serving("threads", certificates, lambda *_: "well") as server,
        calling("threads", server, files=foreign) as call,
    ):
        for _ in range(10):
            assert reason(call) == "UNAVAILABLE"

        def fails_at_once() -> bool:
            started = time.monotonic()
            assert reason(call) == "UNAVAILABLE"
            return time.monotonic() - started < 0.5

        # Once is enough: others may be at work here for a while.
        assert any(fails_at_once() for _ in range(10))


def test_replicas_behind_one_name_share_the_calls(
    flavour: Flavour, certificates: Certificates
) -> None:
    seen: list[str] = []

    def answered_by(name: str) -> echo.Answer:
        def answer(_request: Any, _context: Any) -> str:
            seen.append(name)
            return "well"

        return answer

    first = serving("threads", certificates, answered_by("first"), host="127.0.0.1")
    second = serving("threads", certificates, answered_by("second"), host="127.0.0.1")
    with first as one, second as two:
        target = f"ipv4:127.0.0.1:{one.port},127.0.0.1:{two.port}"
        with calling(flavour, one, target=target, server_name="localhost") as call:
            until = time.monotonic() + 60
            while len(set(seen)) < 2 and time.monotonic() < until:
                call()
            seen.clear()
            for _ in range(10):
                call()
    assert seen.count("first") == seen.count("second") == 5


def test_a_renewed_certificate_is_taken_up_by_an_open_channel(
    flavour: Flavour, certificates: Certificates
) -> None:
    shown: list[int] = []

    def answer(_request: Any, context: Any) -> str:
        [pem] = context.auth_context()["x509_pem_cert"]
        shown.append(x509.load_pem_x509_certificate(pem).serial_number)
        return "well"

    files = certificates.service("worker")
    with (
        serving("threads", certificates, answer) as server,
        calling(flavour, server, check_seconds=0.0) as call,
    ):
        call()
        call()
        renew(certificates.directory, "worker")
        call()
        call()
    old, new = shown[0], x509.load_pem_x509_certificate(files.cert.read_bytes()).serial_number
    assert old != new
    assert shown == [old, old, new, new]


def test_a_call_under_way_survives_the_renewal(certificates: Certificates) -> None:
    slow = SlowAnswer()
    entered, leave, answer = slow.entered, slow.leave, slow.answer

    files = certificates.service("worker")
    with serving("threads", certificates, answer) as server:
        target = f"dns:///localhost:{server.port}"
        settings: dict[str, Any] = {"registry": CollectorRegistry(), "check_seconds": 0.0}
        with channel(target, files, service=echo.NAME, **settings) as link:
            method = echo.method_of(link, "Say")
            slow = method.future(echo.EchoRequest(text="slow"), timeout=60)
            assert entered.wait(60)
            renew(certificates.directory, "worker")
            assert method(echo.EchoRequest()).text == "well"
            leave.set()
            assert slow.result(60).text == "well"


def test_the_service_config_lists_the_methods_by_name() -> None:
    config = json.loads(service_config("a.v1.B", ["Get", "List"]))
    [method_config] = config["methodConfig"]
    assert method_config["name"] == [
        {"service": "a.v1.B", "method": "Get"},
        {"service": "a.v1.B", "method": "List"},
    ]
    assert method_config["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    assert config["loadBalancingConfig"] == [{"round_robin": {}}]
    assert json.loads(service_config("a.v1.B", []))["methodConfig"] == []
