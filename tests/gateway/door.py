"""A gateway on real sockets, and the providers' side of the wire."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvloop
from prometheus_client import CollectorRegistry
from stripe import WebhookSignature
from twilio.request_validator import RequestValidator

from kit.clock import Clock
from respite.gateway import Gateway, GatewaySettings, build

DATA = Path(__file__).resolve().parents[1] / "data"
VECTORS: dict[str, Any] = json.loads((DATA / "signature_vectors.json").read_text())

ACCOUNT = "ACsandbox00000000000000000000000000"
TOKEN = "auth-token-in-use"
OLD_TOKEN = "auth-token-going-out"
SECRET = "whsec_in_use"
OLD_SECRET = "whsec_going_out"
PUBLIC_URL = "https://line.example.org"
NUMBER = "+12025550101"
WORDS = "a text that nobody else may read"

CAPS = {"/twilio/sms": 64 * 1024, "/twilio/status": 64 * 1024, "/stripe": 512 * 1024}
FORM = ("Content-Type", "application/x-www-form-urlencoded")
POST = b"POST /twilio/sms HTTP/1.1\r\nHost: line.example.org\r\n"

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def is_accepted(answer: Answer) -> bool:
    return answer.status == 200


def is_unauthorized(answer: Answer) -> bool:
    return answer.status == 403 and answer.body == b"Unauthorized"


class Door:
    """A running gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._stop = asyncio.Event()
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = gateway.port
        self.metrics_port = gateway.metrics_port

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._gateway.run(self._stop))

    def start(self) -> None:
        self._thread.start()
        wait_until(self.is_ready)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)
        assert not self._thread.is_alive()

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/readyz", timeout=30):
                return True
        except OSError:
            return False

    def metric(self, name: str, **labels: str) -> float:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=30
        ) as page:
            lines = page.read().decode().splitlines()
        wanted = {f'{label}="{value}"' for label, value in labels.items()}
        return sum(
            float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith((f"{name} ", f"{name}{{")) and all(each in line for each in wanted)
        )

    def send(
        self,
        path: str,
        body: bytes = b"",
        headers: Pairs = (),
        method: str = "POST",
        timeout: float = 60,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (("Content-Length", str(len(body))), *headers):
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        answer = Answer(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read(),
        )
        connection.close()
        return answer

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def raw(self, request: bytes) -> bytes:
        """All that comes back until the gateway ends the connection."""
        with self.connect() as connection:
            connection.sendall(request)
            return read_to_end(connection)

    def twilio(self, path: str, fields: Pairs, **options: Any) -> Answer:
        body, headers = twilio_form(path, fields, **options)
        return self.send(path, body, headers)

    def stripe(self, event: object, **options: Any) -> Answer:
        payload = event if isinstance(event, str) else json.dumps(event)
        return self.send("/stripe", payload.encode(), stripe_headers(payload, **options))


def wait_until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def read_to_end(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def request(path: str, body: bytes, headers: Pairs) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def sms(sid: str = "SM1", **others: str) -> list[tuple[str, str]]:
    """An inbound text as Twilio posts it; blank fields included."""
    fields = {
        "ToCountry": "US",
        "ToState": "",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ToCity": "",
        "Body": WORDS,
        "To": "+15005550006",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": NUMBER,
        "ApiVersion": "2010-04-01",
    }
    return [*{**fields, **others}.items()]


def without(fields: Pairs, name: str) -> list[tuple[str, str]]:
    return [pair for pair in fields if pair[0] != name]


def encoded(fields: Pairs) -> bytes:
    return urlencode(fields).encode()


class MultiDict(dict[str, list[str]]):
    """Fields in the form that Twilio's SDK asks for."""

    def __init__(self, fields: Pairs) -> None:
        for name, value in fields:
            self.setdefault(name, []).append(value)

    def getall(self, name: str) -> list[str]:
        return self[name]


def twilio_signature(url: str, fields: Pairs, token: str = TOKEN) -> str:
    signature: str = RequestValidator(token).compute_signature(url, MultiDict(fields))
    return signature


def twilio_form(
    path: str,
    fields: Pairs,
    token: str = TOKEN,
    public_url: str = PUBLIC_URL,
    content_type: str = "application/x-www-form-urlencoded; charset=UTF-8",
    extra: Pairs = (),
) -> tuple[bytes, list[tuple[str, str]]]:
    """Body and headers of a form post that Twilio has signed."""
    signature = twilio_signature(public_url + path, fields, token)
    headers = [("Content-Type", content_type), ("X-Twilio-Signature", signature), *extra]
    return encoded(fields), headers


def stripe_headers(
    payload: str,
    secret: str = SECRET,
    at: int | None = None,
    content_type: str = "application/json; charset=utf-8",
) -> list[tuple[str, str]]:
    signature = WebhookSignature.generate_signature_header(payload, secret, at)
    return [("Content-Type", content_type), ("Stripe-Signature", signature)]


def settings(jobs_port: int, certificates: Path, **changes: Any) -> GatewaySettings:
    values: dict[str, Any] = {
        "gateway_port": 0,
        "gateway_metrics_port": 0,
        "jobs_address": f"dns:///localhost:{jobs_port}",
        "tls_dir": certificates,
        "public_url": PUBLIC_URL,
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": f"{TOKEN},{OLD_TOKEN}",
        "stripe_webhook_secret": f"{SECRET},{OLD_SECRET}",
        "stripe_secret_key": "sk_test_0",
        "gateway_drain_beat_seconds": 0,
    }
    return GatewaySettings(**(values | changes))


@contextmanager
def open_door(chosen: GatewaySettings, clock: Clock | None = None) -> Iterator[Door]:
    door = Door(build(chosen, clock=clock, registry=CollectorRegistry()))
    door.start()
    try:
        yield door
    finally:
        door.stop()
