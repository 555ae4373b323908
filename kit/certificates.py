"""Making certificates: a private CA and leaves that name a caller.

A certificate names its holder in one URI, `respite://service/<name>` or
`respite://user/<user_id>`; the access rules go by that URI alone.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFETIME = timedelta(days=3650)
LEAF_LIFETIME = timedelta(days=365)
# Allows for clocks that are behind the one that signed.
_BACKDATED = timedelta(minutes=5)
_LOOPBACK = ("127.0.0.1", "::1")
# RFC 1123, and the underscore that names of containers may have; the first label may be a wildcard.
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_DNS_NAME = re.compile(rf"(\*\.)?({_LABEL}\.)*(?![0-9]+$){_LABEL}")
_LONGEST_DNS_NAME = 253


class CertificateProblem(Exception):
    """A certificate or key cannot be used; the text is one line that names the file."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where a process finds its certificates, PEM each.

    ca: those it trusts. cert: its own, followed by intermediates if there are any. key: its own.
    """

    ca: Path
    cert: Path
    key: Path

    @classmethod
    def of(cls, directory: Path, name: str) -> TlsFiles:
        """The files that `issue` writes for `name`."""
        return cls(directory / "ca.crt", directory / f"{name}.crt", directory / f"{name}.key")


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says of its holder. Times are UTC."""

    name: str
    uri: str | None
    dns_names: tuple[str, ...]
    addresses: tuple[str, ...]
    not_before: datetime
    not_after: datetime

    def is_due(self, now: datetime) -> bool:
        """True when a third of its life or less remains: time to renew."""
        return self.not_after - now <= (self.not_after - self.not_before) / 3


def parse_host(text: str) -> str:
    """A DNS name in lower case, or an IP address. Raises ValueError."""
    with suppress(ValueError):
        return str(ip_address(text))
    name = text.lower()
    if len(name) > _LONGEST_DNS_NAME or not _DNS_NAME.fullmatch(name):
        raise ValueError(f"{text!r} is neither a DNS name nor an IP address")
    return name


def make_ca(directory: Path, *, now: datetime | None = None) -> Path:
    """The private CA of `directory`, made if there is none; returns the path of its certificate.

    Writes ca.crt and ca.key (0600). Safe to call from several processes at once.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    cert_path, key_path = directory / "ca.crt", directory / "ca.key"
    with _locked(directory):
        if cert_path.exists() and key_path.exists():
            return cert_path
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Respite private CA")])
        builder = (
            _builder(name, name, key.public_key(), CA_LIFETIME, now)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
        )
        _write(key_path, _key_bytes(key), 0o600)
        _write(cert_path, _cert_bytes(builder.sign(key, hashes.SHA256())), 0o644)
    return cert_path


def issue(
    directory: Path,
    name: str,
    uri: str,
    hosts: Sequence[str] = (),
    *,
    lifetime: timedelta = LEAF_LIFETIME,
    now: datetime | None = None,
) -> TlsFiles:
    """A new key and certificate for `name`, replacing those it had; the CA must exist.

    uri: the one name that access goes by. hosts: DNS names and IP addresses, see `parse_host`,
    under which a service is reached besides localhost and `name` (compose and Kubernetes names). A
    user's certificate is a client's only: with it nobody can stand in for a service.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) or name == "ca":
        raise ValueError(f"not a name for a certificate: {name!r}")
    if not re.fullmatch(r"respite://(service|user)/[a-z0-9-]+", uri):
        raise ValueError(f"not the URI of a caller: {uri!r}")
    names, uses = _names_and_uses(name, uri, hosts)
    files = TlsFiles.of(directory, name)
    with _locked(directory):
        ca = parse_certificate(files.ca)
        ca_key = parse_key(directory / "ca.key")
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            _builder(subject, ca.subject, key.public_key(), lifetime, now)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
                critical=False,
            )
        )
        _write(files.key, _key_bytes(key), 0o600)
        _write(files.cert, _cert_bytes(builder.sign(ca_key, hashes.SHA256())), 0o644)
    return files


def _names_and_uses(
    name: str, uri: str, hosts: Sequence[str]
) -> tuple[list[x509.GeneralName], list[x509.ObjectIdentifier]]:
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri)]
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if uri.startswith("respite://service/"):
        uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
        every = dict.fromkeys(("localhost", name, *hosts, *_LOOPBACK))
        names += [_general_name(host) for host in every]
    return names, uses


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def renew(directory: Path, name: str, *, now: datetime | None = None) -> TlsFiles:
    """A new key and certificate with the names and the length of life of the present one.

    Running processes take it up by themselves (`CertificateSource`).
    """
    facts = facts_of(parse_certificate(TlsFiles.of(directory, name).cert), name)
    if facts.uri is None:
        raise CertificateProblem(f"{directory / name}.crt names no caller; issue it anew")
    lifetime = facts.not_after - facts.not_before - _BACKDATED
    hosts = (*facts.dns_names, *facts.addresses)
    return issue(directory, name, facts.uri, hosts, lifetime=lifetime, now=now)


def hand_out(directory: Path, name: str, into: Path) -> None:
    """Writes what its holder needs, and no more, into the folder `into`: certificate, key, and the
    CA's certificate. What is there already as it should be is left alone."""
    files, theirs = TlsFiles.of(directory, name), TlsFiles.of(into, name)
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(directory):
        for source, target, mode in (
            (files.ca, theirs.ca, 0o644),
            (files.key, theirs.key, 0o600),
            (files.cert, theirs.cert, 0o644),
        ):
            content = read(source)
            if not target.exists() or read(target) != content:
                _write(target, content, mode)


def certificates(directory: Path) -> list[CertificateFacts]:
    """The certificates of a directory by name, the CA's among them."""
    return [
        facts_of(parse_certificate(path), path.stem) for path in sorted(directory.glob("*.crt"))
    ]


def facts_of(certificate: x509.Certificate, name: str) -> CertificateFacts:
    """Reads a certificate; `uri` is None unless there is exactly one respite:// URI."""
    uris: list[str] = []
    dns_names: list[str] = []
    addresses: list[str] = []
    with suppress(x509.ExtensionNotFound):
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        uris = [
            uri
            for uri in alternatives.value.get_values_for_type(x509.UniformResourceIdentifier)
            if uri.startswith("respite://")
        ]
        dns_names = alternatives.value.get_values_for_type(x509.DNSName)
        addresses = [str(each) for each in alternatives.value.get_values_for_type(x509.IPAddress)]
    return CertificateFacts(
        name=name,
        uri=uris[0] if len(uris) == 1 else None,
        dns_names=tuple(dns_names),
        addresses=tuple(addresses),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def parse_certificate(path: Path) -> x509.Certificate:
    """The first certificate of a PEM file. Raises CertificateProblem."""
    try:
        return x509.load_pem_x509_certificate(read(path))
    except ValueError as error:
        raise CertificateProblem(f"{path} holds no certificate in PEM") from error


def parse_authorities(path: Path) -> list[x509.Certificate]:
    """Every certificate of a PEM file, one at least: two while one CA takes over from another.

    Raises CertificateProblem.
    """
    try:
        return x509.load_pem_x509_certificates(read(path))
    except ValueError as error:
        raise CertificateProblem(f"{path} holds no certificate in PEM") from error


def is_issued_by(leaf: x509.Certificate, authorities: Sequence[x509.Certificate]) -> bool:
    """Whether one of these CAs signed the leaf."""
    for authority in authorities:
        with suppress(InvalidSignature, ValueError):  # another key; another name
            leaf.verify_directly_issued_by(authority)
            return True
    return False


def parse_key(path: Path) -> Any:
    """The private key of a PEM file. Raises CertificateProblem."""
    try:
        return serialization.load_pem_private_key(read(path), password=None)
    except (ValueError, TypeError) as error:
        raise CertificateProblem(f"{path} holds no private key in PEM without password") from error


def read(path: Path) -> bytes:
    """The content of a file. Raises CertificateProblem."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateProblem(f"cannot read {path}: {error.strerror}") from error


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    lifetime: timedelta,
    now: datetime | None,
) -> x509.CertificateBuilder:
    start = now or datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _BACKDATED)
        .not_valid_after(start + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _cert_bytes(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Replaces the file in one step, so that no reader sees half of it or a key open to others."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
