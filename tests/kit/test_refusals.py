from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import sqlalchemy
from google.rpc import error_details_pb2, status_pb2
from structlog.testing import capture_logs

from kit.refusals import (
    DETAILS_KEY,
    Internal,
    InvalidArgument,
    ReceivedRefusal,
    Refusal,
    StoreUnavailable,
    refusal_of,
    to_status,
)
from kit.tls import channel_credentials
from tests.kit import echo
from tests.kit.serving import FLAVOURS, Certificates, Flavour, serving

SECRET_TEXT = "the row of Maria says: I cannot cope any more"


class OverHourlyCap(Refusal):
    """No more texts to this person within the hour.

    Only the first line is sent.
    """

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


def over_cap() -> OverHourlyCap:
    return OverHourlyCap(
        {"cap": "20"},
        violations=[("user_id", "is over its cap")],
        retry_after=timedelta(minutes=7, milliseconds=250),
    )


OVER_CAP_RECEIVED = ReceivedRefusal(
    reason="OVER_HOURLY_CAP",
    domain="echo",
    code=grpc.StatusCode.RESOURCE_EXHAUSTED,
    sentence="No more texts to this person within the hour.",
    metadata={"cap": "20"},
    violations=(("user_id", "is over its cap"),),
    retry_after=timedelta(minutes=7, milliseconds=250),
)


def raising(error: BaseException) -> echo.Answer:
    def answer(_request: Any, _context: Any) -> str:
        raise error

    return answer


def test_a_refusal_is_named_by_its_class_and_spoken_by_its_docstring() -> None:
    assert OverHourlyCap.reason == "OVER_HOURLY_CAP"
    assert OverHourlyCap.sentence == "No more texts to this person within the hour."
    assert InvalidArgument.reason == "INVALID_ARGUMENT"
    assert StoreUnavailable.reason == "STORE_UNAVAILABLE"


def test_a_refusal_without_a_sentence_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="needs a docstring"):
        type("Wordless", (Refusal,), {})


def test_a_status_holds_exactly_one_error_info() -> None:
    status = to_status(over_cap(), "echo")
    kinds = [detail.TypeName() for detail in status.details]
    assert kinds == ["google.rpc.ErrorInfo", "google.rpc.BadRequest", "google.rpc.RetryInfo"]
    plain = to_status(Internal(), "echo")
    assert [detail.TypeName() for detail in plain.details] == ["google.rpc.ErrorInfo"]


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("method", echo.KINDS)
def test_a_refusal_arrives_whole_from_every_kind_of_handler(
    flavour: Flavour, method: str, certificates: Certificates
) -> None:
    with (
        serving(flavour, certificates, raising(over_cap())) as server,
        server.channel() as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        echo.call(channel, method)
    assert refusal_of(caught.value) == OVER_CAP_RECEIVED


def test_a_refusal_is_read_by_asyncio_clients_too(certificates: Certificates) -> None:
    async def call(port: int) -> ReceivedRefusal:
        credentials = channel_credentials(certificates.service("worker"))
        async with grpc.aio.secure_channel(f"localhost:{port}", credentials) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await echo.async_call(channel)
        return refusal_of(caught.value)

    with serving("threads", certificates, raising(over_cap())) as server:
        assert asyncio.run(call(server.port)) == OVER_CAP_RECEIVED


def test_a_bad_argument_names_its_field(certificates: Certificates) -> None:
    answer = raising(InvalidArgument("page_size", "must not be negative"))
    with (
        serving("threads", certificates, answer) as server,
        server.channel() as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        echo.call(channel)
    received = refusal_of(caught.value)
    assert received.code is grpc.StatusCode.INVALID_ARGUMENT
    assert received.reason == "INVALID_ARGUMENT"
    assert received.violations == (("page_size", "must not be negative"),)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("method", echo.KINDS)
def test_the_unforeseen_is_internal_and_tells_the_caller_nothing(
    flavour: Flavour, method: str, certificates: Certificates
) -> None:
    with (
        capture_logs() as logs,
        serving(flavour, certificates, raising(RuntimeError(SECRET_TEXT))) as server,
        server.channel() as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        echo.call(channel, method)
    received = refusal_of(caught.value)
    assert (received.code, received.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert received.sentence == Internal.sentence
    everything = f"{caught.value!r} {caught.value.trailing_metadata()!r}"
    assert "Maria" not in everything
    [failed] = [event for event in logs if event["event"] == "call_failed"]
    assert failed["method"] == f"/{echo.NAME}/{method}"
    assert isinstance(failed["exc_info"], RuntimeError)


def unreachable_database() -> None:
    engine = sqlalchemy.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with engine.connect():
        pass


def exhausted_pool() -> None:
    engine = sqlalchemy.create_engine(
        "sqlite://",
        poolclass=sqlalchemy.QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.01,
    )
    with engine.connect(), engine.connect():
        pass


@pytest.mark.parametrize("trouble", [unreachable_database, exhausted_pool])
def test_a_database_out_of_reach_is_unavailable_and_worth_another_try(
    trouble: Any, certificates: Certificates
) -> None:
    def answer(_request: Any, _context: Any) -> str:
        trouble()
        return "never"

    with (
        serving("threads", certificates, answer) as server,
        server.channel() as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        echo.call(channel)
    received = refusal_of(caught.value)
    assert (received.code, received.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert received.retry_after == timedelta(seconds=1)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_mistake_in_sql_is_not_taken_for_a_database_out_of_reach(
    flavour: Flavour, certificates: Certificates
) -> None:
    error = sqlalchemy.exc.ProgrammingError("SELECT nonsense", {}, Exception("no such column"))
    with (
        serving(flavour, certificates, raising(error)) as server,
        server.channel() as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        echo.call(channel)
    assert refusal_of(caught.value).reason == "INTERNAL"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_an_unknown_method_is_unimplemented(flavour: Flavour, certificates: Certificates) -> None:
    answer = raising(AssertionError())
    with serving(flavour, certificates, answer) as server, server.channel() as channel:
        missing: Any = channel.unary_unary(f"/{echo.NAME}/Missing")
        with pytest.raises(grpc.RpcError) as caught:
            missing(b"", timeout=60)
    received = refusal_of(caught.value)
    assert (received.code, received.reason) == (grpc.StatusCode.UNIMPLEMENTED, "UNIMPLEMENTED")


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_caller_that_hangs_up_is_no_failure(flavour: Flavour, certificates: Certificates) -> None:
    entered, hung_up = threading.Event(), threading.Event()

    def answer(request: Any, context: Any) -> str:
        if request.text == "wait":
            entered.set()
            hung_up.wait(60)
        return "well"

    with (
        capture_logs() as logs,
        serving(flavour, certificates, answer) as server,
        server.channel() as channel,
    ):
        waiting = echo.method_of(channel, "Say").future(echo.EchoRequest(text="wait"), timeout=60)
        assert entered.wait(60)
        waiting.cancel()
        hung_up.set()
        assert echo.call(channel) == "well"
    assert "call_failed" not in [event["event"] for event in logs]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_caller_that_hangs_up_amid_its_requests_is_no_failure(
    flavour: Flavour, certificates: Certificates
) -> None:
    answered, never = threading.Event(), threading.Event()

    def requests() -> Iterator[Any]:
        yield echo.EchoRequest()
        never.wait(60)

    def answer(_request: Any, _context: Any) -> str:
        answered.set()
        return "well"

    with (
        capture_logs() as logs,
        serving(flavour, certificates, answer) as server,
        server.channel() as channel,
    ):
        chat = echo.method_of(channel, "Chat")(requests(), timeout=60)
        assert next(chat).text == "well"
        chat.cancel()
        assert echo.call(channel) == "well"
        never.set()
    assert "call_failed" not in [event["event"] for event in logs]


def test_a_broken_connection_reads_as_its_code(certificates: Certificates) -> None:
    with serving("threads", certificates, raising(AssertionError())) as server:
        port = server.port
    credentials = channel_credentials(certificates.service("worker"))
    with (
        grpc.secure_channel(f"localhost:{port}", credentials) as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        echo.call(channel)
    received = refusal_of(caught.value)
    assert (received.reason, received.domain) == ("UNAVAILABLE", "")
    assert received.code is grpc.StatusCode.UNAVAILABLE


def broken_details() -> bytes:
    status = status_pb2.Status(code=5)
    detail = status.details.add()
    detail.Pack(error_details_pb2.ErrorInfo(reason="X"))
    detail.value = b"\xff\xff"
    return bytes(status.SerializeToString())


@pytest.mark.parametrize("details", [b"\xff\xff", broken_details(), b""])
def test_details_that_make_no_sense_are_ignored(details: bytes) -> None:
    error = grpc.aio.AioRpcError(
        grpc.StatusCode.NOT_FOUND,
        trailing_metadata=grpc.aio.Metadata((DETAILS_KEY, details)),
        details="gone",
    )
    received = refusal_of(error)
    assert (received.reason, received.sentence) == ("NOT_FOUND", "gone")


def test_an_error_that_says_nothing_is_unknown() -> None:
    assert refusal_of(grpc.RpcError()).reason == "UNKNOWN"


def test_calls_are_aborted_in_one_place_of_the_code() -> None:
    # Aborting a transport, which takes no arguments, is another matter.
    root = Path(__file__).parents[2]
    places = [
        f"{path.relative_to(root)}:{number}"
        for package in ("kit", "services", "gateway", "respite")
        for path in sorted((root / package).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"\.abort(_with_status)?\((?!\))", line)
    ]
    assert len(places) == 1, places
    assert places[0].startswith("kit/refusals.py")
