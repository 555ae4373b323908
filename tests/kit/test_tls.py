from __future__ import annotations

import socket
import ssl
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from kit.server import build_server
from kit.tls import (
    CertificateProblem,
    CertificateSource,
    TlsFiles,
    certificates,
    channel_credentials,
    issue,
    load,
    make_ca,
    renew,
)
from tests.kit import echo
from tests.kit.serving import FLAVOURS, Certificates, Flavour, nobody_holds_a_role, serving


def well(_request: Any, _context: Any) -> str:
    return "well"


def parsed(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_service_certificate_names_the_service_and_the_hosts_it_is_reached_under(
    tmp_path: Path,
) -> None:
    make_ca(tmp_path)
    files = issue(tmp_path, "jobs", "respite://service/jobs", ["jobs.respite.svc.cluster.local"])
    extensions = parsed(files.cert).extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["respite://service/jobs"]
    hosts = ["localhost", "jobs", "jobs.respite.svc.cluster.local"]
    assert names.get_values_for_type(x509.DNSName) == hosts
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    uses = list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert uses == [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    directory = tmp_path / "certs"
    make_ca(directory)
    files = issue(directory, "jobs", "respite://service/jobs")
    assert mode(directory) == 0o700
    assert mode(files.key) == 0o600
    assert mode(directory / "ca.key") == 0o600
    assert sorted(path.name for path in directory.iterdir()) == [
        *(".lock", "ca.crt", "ca.key", "jobs.crt", "jobs.key"),
    ]


def test_processes_that_start_together_share_one_ca(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def start() -> bytes:
        together.wait(60)
        return make_ca(tmp_path).read_bytes()

    with ThreadPoolExecutor(8) as pool:
        seen = [started.result() for started in [pool.submit(start) for _ in range(8)]]
    assert set(seen) == {make_ca(tmp_path).read_bytes()}
    load(issue(tmp_path, "jobs", "respite://service/jobs"))


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("../jobs", "respite://service/jobs"),
        ("ca", "respite://service/ca"),
        ("jobs", "https://service/jobs"),
        ("jobs", "respite://service/jobs/admin"),
    ],
)
def test_names_that_are_none_of_ours_get_no_certificate(
    name: str, uri: str, tmp_path: Path
) -> None:
    make_ca(tmp_path)
    with pytest.raises(ValueError, match="not"):
        issue(tmp_path, name, uri)


def test_an_operator_cannot_stand_in_for_a_service(certificates: Certificates) -> None:
    with (
        serving("threads", certificates, well, files=certificates.operator()) as impostor,
        impostor.channel() as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        echo.call(channel)
    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value)


def test_a_renewed_certificate_keeps_its_names_and_gets_a_new_key(tmp_path: Path) -> None:
    make_ca(tmp_path)
    start = datetime(2026, 11, 1, tzinfo=UTC)
    lifetime = timedelta(days=90)
    files = issue(
        tmp_path, "jobs", "respite://service/jobs", ["jobs.svc"], lifetime=lifetime, now=start
    )
    old_key = files.key.read_bytes()
    [_, before] = certificates_of(tmp_path)
    assert not before.is_due(start + timedelta(days=59))
    assert before.is_due(start + timedelta(days=61))
    renew(tmp_path, "jobs", now=start + timedelta(days=61))
    [_, after] = certificates_of(tmp_path)
    assert (after.uri, after.dns_names) == (before.uri, before.dns_names)
    assert after.not_after == start + timedelta(days=61) + lifetime
    assert files.key.read_bytes() != old_key


def certificates_of(directory: Path) -> Any:
    return certificates(directory)


def served_serial(port: int, certificates: Certificates) -> int:
    """The serial number of the certificate that a new connection is shown."""
    files = certificates.service("worker")
    context = ssl.create_default_context(cafile=str(files.ca))
    context.load_cert_chain(files.cert, files.key)
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as secured,
    ):
        shown = secured.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown).serial_number


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_renewed_certificate_is_taken_up_without_a_restart(
    flavour: Flavour, certificates: Certificates
) -> None:
    files = certificates.service("echo")
    with serving(flavour, certificates, well) as server:
        with server.channel() as channel:
            assert echo.call(channel) == "well"
            assert served_serial(server.port, certificates) == parsed(files.cert).serial_number
            before = datetime.now(UTC) - timedelta(days=1)
            renew(certificates.directory, "echo", now=before)
            assert served_serial(server.port, certificates) == parsed(files.cert).serial_number
            assert echo.call(channel) == "well"
        expiry = server.registry.get_sample_value(
            "respite_certificate_not_after_timestamp_seconds", {"certificate": "echo"}
        )
    assert expiry == parsed(files.cert).not_valid_after_utc.timestamp()


def test_a_renewal_that_cannot_be_used_is_logged_once_and_the_old_one_stays(
    certificates: Certificates,
) -> None:
    files = certificates.service("echo")
    in_use = parsed(files.cert).serial_number
    with capture_logs() as logs, serving("threads", certificates, well) as server:
        files.cert.write_text("half a certifica")
        assert served_serial(server.port, certificates) == in_use
        assert served_serial(server.port, certificates) == in_use
    [failed] = [event for event in logs if event["event"] == "certificate_not_renewed"]
    assert failed["problem"] == f"{files.cert} holds no certificate in PEM"


def test_a_renewal_seen_half_done_is_taken_up_when_it_is_whole(certificates: Certificates) -> None:
    files = certificates.service("echo")
    other = certificates.service("other")
    source = CertificateSource(files, CollectorRegistry())
    files.key.write_bytes(other.key.read_bytes())
    assert source.renewed() is None
    files.cert.write_bytes(other.cert.read_bytes())
    renewed = source.renewed()
    assert renewed is not None
    assert renewed.facts.uri == "respite://service/other"
    assert source.renewed() is None


def without_file(files: TlsFiles) -> str:
    files.cert.unlink()
    return f"cannot read {files.cert}: No such file or directory"


def with_another_key(files: TlsFiles) -> str:
    files.key.write_bytes(files.key.with_name("other.key").read_bytes())
    return f"{files.key} is not the key of {files.cert}"


def with_a_certificate_for_a_key(files: TlsFiles) -> str:
    files.key.write_bytes(files.cert.read_bytes())
    return f"{files.key} holds no private key in PEM without password"


def expired(files: TlsFiles) -> str:
    issue(
        files.cert.parent,
        "echo",
        "respite://service/echo",
        lifetime=timedelta(days=1),
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return f"{files.cert} expired on 2026-01-02; renew it"


@pytest.mark.parametrize(
    "spoil", [without_file, with_another_key, with_a_certificate_for_a_key, expired]
)
def test_a_certificate_problem_at_start_is_one_line_that_names_the_file(
    spoil: Any, certificates: Certificates
) -> None:
    files = certificates.service("echo")
    certificates.service("other")
    problem = spoil(files)
    with capture_logs() as logs, pytest.raises(CertificateProblem) as caught:
        build_server(
            "echo",
            files=files,
            host="localhost",
            port=0,
            services=[],
            has_role=nobody_holds_a_role,
            domain="echo",
            registry=CollectorRegistry(),
        )
    assert str(caught.value) == problem
    logged = [event["problem"] for event in logs if event["event"] == "certificate_unusable"]
    assert logged == [problem]
    with pytest.raises(CertificateProblem):
        channel_credentials(files)
