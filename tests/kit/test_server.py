from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import CollectorRegistry

from kit.channel import channel
from kit.process import (
    CannotListen,
    async_stop_event_on_signals,
    binding_problem,
    stop_event_on_signals,
)
from kit.refusals import refusal_of
from kit.server import MOST_BYTES, build_async_server, build_server
from kit.telemetry import HealthServer, kit_metrics
from kit.tls import channel_credentials
from tests.kit import echo
from tests.kit.serving import (
    FLAVOURS,
    Certificates,
    Flavour,
    SlowAnswer,
    event_loop,
    nobody_holds_a_role,
    serving,
)

pytestmark = pytest.mark.slow

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def well(_request: Any, _context: Any) -> str:
    return "well"


def refused(call: Any) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return refusal_of(caught.value).code.name


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_health_answers_for_the_server_and_each_service(
    flavour: Flavour, certificates: Certificates
) -> None:
    with serving(flavour, certificates, well) as server, server.channel() as link:
        health = health_pb2_grpc.HealthStub(link)
        for service in ("", echo.NAME):
            request = health_pb2.HealthCheckRequest(service=service)
            assert health.Check(request, timeout=60).status == SERVING
        unknown = health_pb2.HealthCheckRequest(service="nobody")
        assert refused(lambda: health.Check(unknown, timeout=60)) == "NOT_FOUND"


class Stack:
    """A server of either flavour, driven from a thread."""

    def __init__(
        self, flavour: Flavour, certificates: Certificates, answer: Any, beat: float = 0.5
    ) -> None:
        self.registry = CollectorRegistry()
        settings: dict[str, Any] = {
            "files": certificates.service("echo"),
            "host": "localhost",
            "port": 0,
            "domain": "echo",
            "beat": beat,
            "registry": self.registry,
        }
        self._loop: asyncio.AbstractEventLoop | None = None
        if flavour == "threads":
            service: Any = (echo.DESCRIPTOR, echo.add_echo, echo.EchoServicer(answer))
            self.server: Any = build_server(
                "echo", services=[service], has_role=nobody_holds_a_role, **settings
            )
            return

        async def no_role(_user_id: str, _role: str) -> bool:
            return False

        self._context = event_loop()
        self._loop = self._context.__enter__()
        service = (echo.DESCRIPTOR, echo.add_echo, echo.AsyncEchoServicer(answer))
        building = build_async_server("echo", services=[service], has_role=no_role, **settings)
        self.server = self._wait(building)

    def _wait(self, coroutine: Any) -> Any:
        if self._loop is None:
            return coroutine
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    def run(self, stop: threading.Event, grace: float) -> threading.Thread:
        """Serves in a thread until `stop` is set."""

        def serve() -> None:
            if self._loop is None:
                self.server.run(stop, grace)
                return
            loop_stop = asyncio.Event()

            async def run() -> None:
                waiting = asyncio.create_task(asyncio.to_thread(stop.wait))
                waiting.add_done_callback(lambda _: loop_stop.set())
                await self.server.run(loop_stop, grace)

            self._wait(run())

        thread = threading.Thread(target=serve)
        thread.start()
        return thread

    def close(self) -> None:
        if self._loop is not None:
            self._context.__exit__(None, None, None)


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return cast(Flavour, request.param)


def test_a_drain_tells_probes_first_and_lets_calls_end(
    flavour: Flavour, certificates: Certificates
) -> None:
    # A machine that is busy for longer than the beat gets another try.
    assert any(serves_within_the_beat(flavour, certificates, beat) for beat in (0.5, 3.0, 15.0))


def serves_within_the_beat(flavour: Flavour, certificates: Certificates, beat: float) -> bool:
    """Whether whoever has not heard yet is served, while probes are told that it drains."""
    slow = SlowAnswer()
    entered, leave, answer = slow.entered, slow.leave, slow.answer

    stack = Stack(flavour, certificates, answer, beat)
    assert not stack.server.ready
    stop = threading.Event()
    thread = stack.run(stop, grace=60)
    credentials = channel_credentials(certificates.service("worker"))
    with grpc.secure_channel(f"localhost:{stack.server.port}", credentials) as link:
        wait_until(lambda: stack.server.ready)
        assert health_of(link) == SERVING
        slow = echo.method_of(link, "Say").future(echo.EchoRequest(text="slow"), timeout=60)
        assert entered.wait(60)

        stop.set()
        served = False
        with contextlib.suppress(grpc.RpcError):
            wait_until(lambda: health_of(link) == NOT_SERVING)
            assert not stack.server.ready
            served = echo.call(link) == "well"
        wait_until(lambda: takes_no_calls(stack.server.port, credentials))
        leave.set()
        assert slow.result(60).text == "well"
    thread.join(60)
    assert not thread.is_alive()
    stack.close()
    return served


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "it did not come about within a minute"


def health_of(link: grpc.Channel) -> int:
    stub = health_pb2_grpc.HealthStub(link)
    return int(stub.Check(health_pb2.HealthCheckRequest(), timeout=60).status)


def takes_no_calls(port: int, credentials: grpc.ChannelCredentials) -> bool:
    with grpc.secure_channel(f"localhost:{port}", credentials) as link:
        try:
            echo.call(link)
        except grpc.RpcError as error:
            return refusal_of(error).code is grpc.StatusCode.UNAVAILABLE
    return False


def test_a_call_that_outlives_the_grace_is_cut_off(certificates: Certificates) -> None:
    entered, leave = threading.Event(), threading.Event()

    def answer(_request: Any, _context: Any) -> str:
        entered.set()
        leave.wait(60)
        return "late"

    stack = Stack("threads", certificates, answer)
    stop = threading.Event()
    thread = stack.run(stop, grace=0.1)
    credentials = channel_credentials(certificates.service("worker"))
    with grpc.secure_channel(f"localhost:{stack.server.port}", credentials) as link:
        slow = echo.method_of(link, "Say").future(echo.EchoRequest(), timeout=60)
        assert entered.wait(60)
        stop.set()
        assert refused(lambda: slow.result(60)) == "UNAVAILABLE"
    thread.join(60)
    assert not thread.is_alive()
    leave.set()


@pytest.mark.parametrize("taken_by", ["::1", "127.0.0.1"])
def test_a_port_in_use_is_named_together_with_the_variable_that_moves_it(
    taken_by: str, certificates: Certificates
) -> None:
    family = socket.AF_INET6 if ":" in taken_by else socket.AF_INET
    with socket.socket(family) as taken:
        taken.bind((taken_by, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            build_server(
                "profile",
                files=certificates.service("profile"),
                host=taken_by,
                port=port,
                services=[],
                has_role=nobody_holds_a_role,
                domain="profile",
                registry=CollectorRegistry(),
            )
    assert str(caught.value) == (
        f"cannot listen on {taken_by}:{port}: address already in use; "
        "set PROFILE_PORT to use another port"
    )


def test_two_servers_do_not_share_a_port(certificates: Certificates) -> None:
    with (
        serving("threads", certificates, well) as first,
        pytest.raises(CannotListen),
        serving("threads", certificates, well, port=first.port),
    ):
        pass


def test_a_unix_socket_will_do(certificates: Certificates, tmp_path: Path) -> None:
    address = f"unix:{tmp_path / 'echo.sock'}"
    with serving("threads", certificates, well, host=address):
        files = certificates.service("worker")
        with channel(address, files, service=echo.NAME, registry=CollectorRegistry()) as local:
            assert echo.call(local) == "well"


def test_a_message_over_four_mebibytes_is_refused(
    flavour: Flavour, certificates: Certificates
) -> None:
    with serving(flavour, certificates, well) as server, server.channel() as link:
        assert echo.call(link, text="x" * (MOST_BYTES - 100)) == "well"
        too_much = "x" * (MOST_BYTES + 1)
        assert refused(lambda: echo.call(link, text=too_much)) == "RESOURCE_EXHAUSTED"


def test_calls_beyond_the_bound_are_refused_at_once(
    flavour: Flavour, certificates: Certificates
) -> None:
    slow = SlowAnswer()
    entered, leave, answer = slow.entered, slow.leave, slow.answer

    with (
        serving(flavour, certificates, answer, max_concurrent_rpcs=1) as server,
        server.channel() as link,
    ):
        slow = echo.method_of(link, "Say").future(echo.EchoRequest(text="slow"), timeout=60)
        assert entered.wait(60)
        assert refused(lambda: echo.call(link)) == "RESOURCE_EXHAUSTED"
        leave.set()
        assert slow.result(60).text == "well"


def test_health_can_be_watched_where_that_costs_no_thread(
    flavour: Flavour, certificates: Certificates
) -> None:
    with serving(flavour, certificates, well) as server, server.channel() as link:
        watch = health_pb2_grpc.HealthStub(link).Watch(health_pb2.HealthCheckRequest())
        if flavour == "asyncio":
            assert next(watch).status == SERVING
            watch.cancel()
        else:
            assert refused(lambda: next(watch)) == "UNIMPLEMENTED"


def handled(registry: CollectorRegistry, method: str, code: str) -> float | None:
    labels = {"service": echo.NAME, "method": method, "code": code}
    return registry.get_sample_value("respite_rpc_server_handled_total", labels)


def test_calls_are_counted_by_code_and_timed(flavour: Flavour, certificates: Certificates) -> None:
    def answer(request: Any, _context: Any) -> str:
        if request.text == "fail":
            raise RuntimeError
        return "well"

    with serving(flavour, certificates, answer) as server, server.channel() as link:
        echo.call(link)
        echo.call(link, "Count")
        refused(lambda: echo.call(link, text="fail"))
        refused(lambda: echo.call(link, "Govern"))
    registry = server.registry
    assert handled(registry, "Say", "OK") == 1
    assert handled(registry, "Count", "OK") == 1
    assert handled(registry, "Say", "INTERNAL") == 1
    assert handled(registry, "Govern", "PERMISSION_DENIED") == 1
    labels = {"service": echo.NAME, "method": "Say"}
    assert registry.get_sample_value("respite_rpc_server_seconds_count", labels) == 2
    in_flight = registry.get_sample_value("respite_rpc_server_in_flight", {"service": echo.NAME})
    assert in_flight == 0


def test_servers_of_one_process_share_its_metrics(certificates: Certificates) -> None:
    registry = CollectorRegistry()
    assert kit_metrics(registry) is kit_metrics(registry)
    for flavour in FLAVOURS:
        with (
            serving(flavour, certificates, well, registry=registry) as server,
            server.channel() as link,
        ):
            echo.call(link)
    assert handled(registry, "Say", "OK") == 2


def fetch(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_health_port_tells_alive_from_ready_and_shows_metrics() -> None:
    state: dict[str, Any] = {"ready": False}

    def ready() -> bool:
        if isinstance(state["ready"], Exception):
            raise state["ready"]
        return bool(state["ready"])

    registry = CollectorRegistry()
    kit_metrics(registry).in_flight.labels("a.B").set(3)
    server = HealthServer("127.0.0.1", 0, ready, registry=registry)
    server.start()
    try:
        assert fetch(server.port, "/healthz") == (200, "alive\n")
        assert fetch(server.port, "/readyz")[0] == 503
        state["ready"] = True
        assert fetch(server.port, "/readyz") == (200, "ready\n")
        state["ready"] = RuntimeError("no database")
        assert fetch(server.port, "/readyz") == (503, "not ready\n")
        assert (
            'respite_rpc_server_in_flight{service="a.B"} 3.0' in fetch(server.port, "/metrics")[1]
        )
        assert fetch(server.port, "/else")[0] == 404
        with pytest.raises(CannotListen, match="set PROFILE_METRICS_PORT to use another port"):
            HealthServer("127.0.0.1", server.port, ready, variable="PROFILE_METRICS_PORT")
    finally:
        server.stop()
    with pytest.raises(urllib.error.URLError):
        fetch(server.port, "/healthz")


def test_the_health_port_is_opened_on_an_address_of_ipv6_too() -> None:
    if binding_problem("::1", 0) is not None:
        pytest.skip("this machine has no ::1")
    server = HealthServer("::1", 0, lambda: True)
    server.start()
    try:
        url = f"http://[::1]:{server.port}/readyz"
        with urllib.request.urlopen(url, timeout=60) as answer:
            assert answer.status == 200
        taken = re.escape(f"cannot listen on ::1:{server.port}: address already in use")
        with pytest.raises(CannotListen, match=taken):
            HealthServer("::1", server.port, lambda: True)
    finally:
        server.stop()


@pytest.fixture
def signals_restored() -> Iterator[None]:
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_the_stop_event_and_the_next_one_kills(
    number: signal.Signals, signals_restored: None
) -> None:
    event = stop_event_on_signals()
    os.kill(os.getpid(), number)
    assert event.wait(60)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL

    async def in_a_loop() -> None:
        event = async_stop_event_on_signals()
        os.kill(os.getpid(), number)
        await asyncio.wait_for(event.wait(), 60)
        assert signal.getsignal(number) == signal.SIG_DFL

    asyncio.run(in_a_loop())
