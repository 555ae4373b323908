"""Whether the certificates hold: their time, their keys, their CA, their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.x509 import Certificate

from kit.certificates import (
    CertificateFacts,
    CertificateProblem,
    facts_of,
    is_issued_by,
    parse_authorities,
    parse_certificate,
    parse_key,
)
from respite.certs import directory_of
from respite.doctor.finding import Finding, bad, ok, warn
from respite.doctor.settings import Settings

_RENEW = "`respite certs renew` renews it"
_ANEW = "make a new CA and all certificates anew"


def certificate_files(settings: Settings) -> Iterator[Finding]:
    """The CA, then each certificate beside it."""
    directory = directory_of(settings.environment)
    try:
        authorities = parse_authorities(directory / "ca.crt")
    except CertificateProblem as problem:
        yield bad(
            "certificate ca",
            str(problem),
            "`respite certs make` makes one, or set TLS_DIR to the folder with yours",
        )
        return
    now = datetime.now(UTC)
    for authority in authorities:
        yield from _lifetime(facts_of(authority, "ca"), now, _ANEW)
    for path in sorted(directory.glob("*.crt")):
        if path.stem != "ca":
            yield from _leaf(path, authorities, now)


def _leaf(path: Path, authorities: Sequence[Certificate], now: datetime) -> Iterator[Finding]:
    check = f"certificate {path.stem}"
    try:
        leaf = parse_certificate(path)
        key = parse_key(path.with_suffix(".key"))
    except CertificateProblem as problem:
        yield bad(check, str(problem), "`respite certs make` makes what is missing")
        return
    if key.public_key() != leaf.public_key():
        yield bad(check, "the key beside it is another's", f"put the right one there; {_RENEW}")
        return
    if not is_issued_by(leaf, authorities):
        yield bad(check, "is not of the CA in ca.crt", f"{_RENEW} with this CA")
        return
    facts = facts_of(leaf, path.stem)
    if facts.uri is None:
        yield bad(check, "names no caller", "it needs exactly one respite:// URI; make it anew")
        return
    yield from _lifetime(facts, now, _RENEW)


def _lifetime(facts: CertificateFacts, now: datetime, fix: str) -> Iterator[Finding]:
    check, until = f"certificate {facts.name}", f"{facts.not_after:%Y-%m-%d}"
    if now > facts.not_after:
        yield bad(check, f"ran out on {until}", fix)
    elif now < facts.not_before:
        yield bad(check, f"holds only from {facts.not_before:%Y-%m-%d}", "check this clock")
    elif facts.is_due(now):
        yield warn(check, f"runs out on {until}", fix)
    else:
        yield ok(check, f"until {until}, {facts.uri or 'the CA'}")
