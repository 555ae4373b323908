"""Running the echo service as the kit's servers run a service, on real sockets with real TLS."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from prometheus_client import CollectorRegistry

from kit.server import build_async_server, build_server
from kit.tls import TlsFiles, channel_credentials, issue, make_ca
from tests.kit import echo

Flavour = Literal["threads", "asyncio"]
FLAVOURS: tuple[Flavour, ...] = ("threads", "asyncio")
OPERATOR_ID = "01936f6e-0000-7000-8000-000000000001"


class SlowAnswer:
    """Answers at once, but for a request that says "slow": until it may leave, a minute at most."""

    def __init__(self) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()

    def answer(self, request: Any, _context: Any) -> str:
        if request.text == "slow":
            self.entered.set()
            self.leave.wait(60)
        return "well"


class Certificates:
    """A directory with a CA and a certificate for whoever a test needs."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        make_ca(directory)

    def service(self, name: str) -> TlsFiles:
        files = TlsFiles.of(self.directory, name)
        if files.cert.exists():
            return files
        return issue(self.directory, name, f"respite://service/{name}")

    def operator(self, user_id: str = OPERATOR_ID) -> TlsFiles:
        return issue(self.directory, "operator", f"respite://user/{user_id}")

    def odd(self, *names: x509.GeneralName) -> TlsFiles:
        """A valid certificate with names that `issue` would not give."""
        files = TlsFiles.of(self.directory, "odd")
        ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
        ca_key = serialization.load_pem_private_key(
            (self.directory / "ca.key").read_bytes(), password=None
        )
        assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "odd")]))
            .issuer_name(ca.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(days=1))
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = builder.sign(ca_key, hashes.SHA256())
        files.cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return files


@dataclass(frozen=True)
class Serving:
    """A running echo server."""

    port: int
    certificates: Certificates
    registry: CollectorRegistry

    @contextlib.contextmanager
    def channel(self, files: TlsFiles | None = None) -> Iterator[grpc.Channel]:
        """A bare channel; as the worker unless told."""
        credentials = channel_credentials(files or self.certificates.service("worker"))
        with grpc.secure_channel(f"127.0.0.1:{self.port}", credentials) as channel:
            yield channel


def nobody_holds_a_role(_user_id: str, _role: str) -> bool:
    return False


@contextlib.contextmanager
def serving(
    flavour: Flavour,
    certificates: Certificates,
    answer: echo.Answer,
    has_role: Any = nobody_holds_a_role,
    batch: echo.BatchAnswer | None = None,
    **options: Any,
) -> Iterator[Serving]:
    """An echo server whose handlers do what `answer` does; `has_role` is a plain function.

    batch: answers BatchSay, which the server lacks without it.
    """
    registry = CollectorRegistry()
    settings = {
        "files": certificates.service("echo"),
        # of localhost's two addresses another process may have the port at one
        "host": "127.0.0.1",
        "port": 0,
        "domain": "echo",
        "beat": 0.0,
        "registry": registry,
        **options,
    }
    if flavour == "threads":
        service: Any = (echo.DESCRIPTOR, echo.add_echo, echo.EchoServicer(answer, batch))
        server = build_server("echo", services=[service], has_role=has_role, **settings)
        server.start()
        try:
            yield Serving(server.port, certificates, registry)
        finally:
            server.stop(0)
        return

    async def async_has_role(user_id: str, role: str) -> bool:
        return bool(await asyncio.to_thread(has_role, user_id, role))

    async def build() -> Any:
        service: Any = (echo.DESCRIPTOR, echo.add_echo, echo.AsyncEchoServicer(answer, batch))
        server = await build_async_server(
            "echo", services=[service], has_role=async_has_role, **settings
        )
        await server.start()
        return server

    with event_loop() as loop:
        started = asyncio.run_coroutine_threadsafe(build(), loop).result(60)
        try:
            yield Serving(started.port, certificates, registry)
        finally:
            asyncio.run_coroutine_threadsafe(started.stop(0), loop).result(60)


@contextlib.contextmanager
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop running in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()
