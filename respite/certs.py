"""Certificates of the development stack and of compose: a private CA, one name a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kit.certificates import (
    CertificateFacts,
    CertificateProblem,
    TlsFiles,
    certificates,
    facts_of,
    hand_out,
    is_issued_by,
    issue,
    make_ca,
    parse_authorities,
    parse_certificate,
    parse_key,
    renew,
)
from respite.home import Home
from respite.processes import PROCESSES

OPERATOR: Final = "operator"


def directory_of(environment: Mapping[str, str]) -> Path:
    """TLS_DIR, else `certs` in RESPITE_HOME."""
    given = environment.get("TLS_DIR")
    return Path(given).expanduser().absolute() if given else Home.of(environment).certificates


def make(directory: Path, extra_hosts: Sequence[str] = ()) -> list[str]:
    """Makes the CA and every process's certificate, as far as they are missing or lack a host.

    extra_hosts: DNS names and IP addresses added to every certificate, besides localhost and the
    process's own.
    Returns the names of those that were made.
    """
    make_ca(directory)
    made: list[str] = []
    for process in PROCESSES:
        if not _serves(directory, process.name, extra_hosts):
            issue(directory, process.name, f"respite://service/{process.name}", extra_hosts)
            made.append(process.name)
    return made


def hand_out_apart(directory: Path, names: Sequence[str], environment: Mapping[str, str]) -> None:
    """Gives each of these a folder of its own in TLS_APART_DIR, where that is set, with its pair
    and the CA's certificate: so none has to see the key of another."""
    apart = _apart(environment)
    for name in names if apart else ():
        hand_out(directory, name, Path(str(apart)) / name)


def hand_out_renewed(directory: Path, environment: Mapping[str, str]) -> None:
    """The same for whoever has a folder there: also for those that a run renewed which was
    interrupted before it could give them theirs."""
    apart = _apart(environment)
    if apart is None:
        return
    names = [facts.name for facts in certificates(directory)]
    hand_out_apart(directory, [name for name in names if (apart / name).is_dir()], environment)


def _apart(environment: Mapping[str, str]) -> Path | None:
    given = environment.get("TLS_APART_DIR")
    return Path(given).expanduser().absolute() if given else None


def make_operator(directory: Path, user_id: str) -> bool:
    """Makes the operator's certificate in this person's name; False if it is in theirs already and
    not due."""
    uri = f"respite://user/{user_id}"
    facts = _facts(directory, OPERATOR)
    if facts is not None and facts.uri == uri and not facts.is_due(datetime.now(UTC)):
        return False
    issue(directory, OPERATOR, uri)
    return True


def operator_files(environment: Mapping[str, str]) -> TlsFiles:
    """The CA and the operator's certificate. Raises CertificateProblem where there is none."""
    directory = directory_of(environment)
    files = TlsFiles.of(directory, OPERATOR)
    if not files.cert.exists():
        raise CertificateProblem(
            f"no operator's certificate in {directory}: `respite up` makes one,"
            " or `respite grant-admin PHONE --certificate`"
        )
    return files


def operator_uri(directory: Path) -> str | None:
    """In whose name the operator's certificate is; None where there is none of this CA."""
    facts = _facts(directory, OPERATOR)
    return facts.uri if facts else None


def renew_due(directory: Path, names: Sequence[str], *, everything: bool) -> list[str]:
    """Renews the named certificates, or those in the last third of their life, those whose key is
    another one's, since a run was interrupted, and those of another CA; returns them.

    everything: whether or not they are due. The CA is left alone: a new one would have to reach
    everybody before the old one goes. Raises KeyError for a name that has no certificate.
    """
    now = datetime.now(UTC)
    known = {facts.name: facts for facts in certificates(directory) if facts.name != "ca"}
    chosen = [known[name] for name in names] if names else list(known.values())
    due = [
        facts.name
        for facts in chosen
        if everything or names or facts.is_due(now) or not _holds(directory, facts.name)
    ]
    for name in due:
        renew(directory, name)
    return due


def listed(directory: Path) -> list[CertificateFacts]:
    """Every certificate there, the CA's first."""
    return sorted(certificates(directory), key=lambda facts: (facts.name != "ca", facts.name))


def _serves(directory: Path, name: str, hosts: Sequence[str]) -> bool:
    facts = _facts(directory, name)
    if facts is None or facts.is_due(datetime.now(UTC)):
        return False
    return {"localhost", name, *hosts} <= {*facts.dns_names, *facts.addresses}


def _holds(directory: Path, name: str) -> bool:
    """Whether certificate and key are each other's, and this CA has signed them."""
    files = TlsFiles.of(directory, name)
    if _facts(directory, name) is None:
        return False
    return bool(parse_key(files.key).public_key() == parse_certificate(files.cert).public_key())


def _facts(directory: Path, name: str) -> CertificateFacts | None:
    """What a certificate says; None where it or its key is missing or another CA signed it."""
    path = directory / f"{name}.crt"
    if not path.exists() or not path.with_suffix(".key").exists():
        return None
    leaf = parse_certificate(path)
    if not is_issued_by(leaf, parse_authorities(directory / "ca.crt")):
        return None
    return facts_of(leaf, name)
