"""Mutual TLS: credentials from files, checked before use, that take up renewals by themselves."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
from prometheus_client import REGISTRY, CollectorRegistry

from kit.certificates import (
    CertificateFacts,
    CertificateProblem,
    TlsFiles,
    certificates,
    facts_of,
    issue,
    make_ca,
    parse_certificate,
    parse_key,
    read,
    renew,
)
from kit.logging import get_logger
from kit.telemetry import measure_certificate

__all__ = [
    "CertificateFacts",
    "CertificateProblem",
    "CertificateSource",
    "Material",
    "TlsFiles",
    "certificates",
    "channel_credentials",
    "credentials_of",
    "issue",
    "load",
    "make_ca",
    "renew",
    "server_credentials",
]

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Material:
    """Certificates as bytes, checked to fit together."""

    ca: bytes = field(repr=False)
    cert: bytes = field(repr=False)
    key: bytes = field(repr=False)
    facts: CertificateFacts


def load(files: TlsFiles) -> Material:
    """Reads the files and checks what grpcio would only answer with "Failed to bind".

    Raises CertificateProblem: unreadable, not PEM, key of another certificate, expired.
    """
    leaf = parse_certificate(files.cert)
    if leaf.public_key() != parse_key(files.key).public_key():
        raise CertificateProblem(f"{files.key} is not the key of {files.cert}")
    parse_certificate(files.ca)
    facts = facts_of(leaf, files.cert.stem)
    if facts.not_after <= datetime.now(UTC):
        raise CertificateProblem(f"{files.cert} expired on {facts.not_after:%Y-%m-%d}; renew it")
    return Material(read(files.ca), read(files.cert), read(files.key), facts)


class CertificateSource:
    """The current content of the files, read again when they change.

    A change that cannot be used is logged once and the last good content kept, so alert on the
    age of what is in use, which is measured here.
    """

    def __init__(self, files: TlsFiles, registry: CollectorRegistry = REGISTRY) -> None:
        """Raises CertificateProblem, after logging it."""
        self._files = files
        self._registry = registry
        self._lock = threading.Lock()
        self._stamp = _stamp_of(files)
        try:
            self.material = load(files)
        except CertificateProblem as problem:
            log.error("certificate_unusable", problem=str(problem))
            raise
        measure_certificate(self.material.facts, registry)

    def renewed(self) -> Material | None:
        """The new content if the files changed since the last call and are usable, else None."""
        with self._lock:
            stamp = _stamp_of(self._files)
            if stamp == self._stamp:
                return None
            self._stamp = stamp
            try:
                self.material = load(self._files)
            except CertificateProblem as problem:
                log.error("certificate_not_renewed", problem=str(problem))
                return None
            measure_certificate(self.material.facts, self._registry)
            log.info("certificate_renewed", file=str(self._files.cert))
            return self.material


def server_credentials(
    files: TlsFiles, registry: CollectorRegistry = REGISTRY
) -> grpc.ServerCredentials:
    """Credentials that demand a client certificate and take up renewed files without a restart.

    Raises CertificateProblem.
    """
    source = CertificateSource(files, registry)

    def configuration(material: Material) -> grpc.ServerCertificateConfiguration:
        return grpc.ssl_server_certificate_configuration(
            [(material.key, material.cert)], root_certificates=material.ca
        )

    def fetch() -> Any:
        # On the way of every handshake: three stats, no reading unless something changed. None
        # keeps what is in use.
        material = source.renewed()
        return None if material is None else configuration(material)

    return grpc.dynamic_ssl_server_credentials(
        configuration(source.material), fetch, require_client_authentication=True
    )


def channel_credentials(files: TlsFiles) -> grpc.ChannelCredentials:
    """Credentials of a client with a certificate; a renewal needs new ones. CertificateProblem."""
    return credentials_of(load(files))


def credentials_of(material: Material) -> grpc.ChannelCredentials:
    """Credentials of a client."""
    return grpc.ssl_channel_credentials(material.ca, material.key, material.cert)


def _stamp_of(files: TlsFiles) -> tuple[tuple[int, int, int] | None, ...]:
    def stamp(path: Path) -> tuple[int, int, int] | None:
        try:
            facts = path.stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_ino, facts.st_size

    return tuple(stamp(path) for path in (files.ca, files.cert, files.key))
