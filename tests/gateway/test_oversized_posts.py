"""Acceptance, Door 8: how much a stranger may send."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from tests.gateway.door import (
    CAPS,
    FORM,
    POST,
    Door,
    read_to_end,
    status_of,
)

pytestmark = pytest.mark.slow


def flood(connection: socket.socket, data: bytes) -> None:
    """Sends without an end, until the connection is cut."""
    began = time.monotonic()
    while time.monotonic() - began < 60:
        try:
            connection.sendall(data)
        except OSError:
            return
    pytest.fail("it was read for a minute")


@pytest.mark.parametrize("path", CAPS)
def test_an_oversized_body_with_content_length_is_413_before_any_of_it_is_read(
    door: Door, path: str
) -> None:
    with door.connect() as connection:
        length = CAPS[path] + 1
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        assert status_of(read_to_end(connection)) == 413


@pytest.mark.parametrize("path", CAPS)
def test_an_oversized_body_without_content_length_is_413_at_one_byte_over_the_cap(
    door: Door, path: str
) -> None:
    with door.connect() as connection:
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        connection.sendall(b"%x\r\n%b\r\n" % (CAPS[path], b"x" * CAPS[path]))
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(60)
        connection.sendall(b"1\r\nx\r\n")
        assert status_of(read_to_end(connection)) == 413


@pytest.mark.parametrize("path", CAPS)
def test_a_body_of_exactly_the_cap_is_read(door: Door, path: str) -> None:
    assert door.send(path, b"x" * CAPS[path], [FORM]).status == 403


def test_memory_stays_flat_under_an_endless_body(door: Door) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    before = resident()
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with door.connect() as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        flood(connection, chunk)
    assert resident() - before < 32 * 1024 * 1024


def test_a_413_reaches_a_client_that_has_not_stopped_sending(door: Door) -> None:
    for _ in range(20):
        assert door.send("/twilio/sms", b"x" * 3_000_000, [("Connection", "close")]).status == 413


def test_endless_headers_are_cut(door: Door) -> None:
    with door.connect() as connection:
        connection.sendall(POST)
        flood(connection, b"X: %b\r\n" % (b"y" * 1000))
        assert door.metric("respite_gateway_connections_cut_total", reason="headers_too_large") >= 1


def test_one_endless_header_is_431(door: Door) -> None:
    assert status_of(door.raw(POST + b"X-Long: " + b"y" * 400_000)) == 431


def test_nothing_is_parsed_on_a_connection_that_is_being_cut(door: Door) -> None:
    before = door.metric("respite_gateway_connections_cut_total", reason="malformed")
    with door.connect() as connection:
        flood(connection, b"no HTTP at all\r\n" * 1000)
    after = door.metric("respite_gateway_connections_cut_total", reason="malformed")
    assert after == before + 1


def test_endless_chunk_extensions_are_cut(door: Door) -> None:
    with door.connect() as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n1;")
        flood(connection, b"z" * 65536)
        assert door.metric("respite_gateway_connections_cut_total", reason="request_too_large") >= 1
