"""Certificates as `respite certs` keeps them."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kit.certificates import TlsFiles, issue, parse_certificate
from kit.tls import load
from respite import certs
from respite.cli import app
from respite.doctor.certificate_files import certificate_files
from respite.doctor.finding import Level
from respite.doctor.settings import Settings
from respite.processes import PROCESSES
from tests.respite.terminal import on_a_terminal

NAMES = [process.name for process in PROCESSES]
USER = "01a20763-8830-740d-a5ae-4c5797dbe306"


def content(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.glob("*.crt")}


def test_every_process_but_the_sandbox_has_a_name_of_its_own(tmp_path: Path) -> None:
    assert certs.make(tmp_path) == NAMES
    named = {facts.name: facts.uri for facts in certs.listed(tmp_path)}
    assert named == {"ca": None, **{name: f"respite://service/{name}" for name in NAMES}}


@pytest.mark.slow
def test_on_a_narrow_terminal_the_list_tells_everything(tmp_path: Path) -> None:
    certs.make(tmp_path, ["respite.example.org"])
    certs.make_operator(tmp_path, USER)
    told = on_a_terminal("certs", "list", environment={**os.environ, "TLS_DIR": str(tmp_path)})
    facts = {(words[0], " ".join(words[1:])) for line in told if (words := line.split())}
    for each in certs.listed(tmp_path):
        hosts = ", ".join((*each.dns_names, *each.addresses))
        expected = {("certificate", each.name), ("until", f"{each.not_after:%Y-%m-%d}")}
        expected |= {("name", each.uri or "–"), *([("hosts", hosts)] if hosts else [])}
        assert expected <= facts


def test_apart_each_has_a_folder_with_its_own_pair_and_the_certificate_of_the_ca(
    tmp_path: Path,
) -> None:
    made, apart = tmp_path / "certs", tmp_path / "apart"
    environment = {"TLS_DIR": str(made), "TLS_APART_DIR": str(apart)}

    def run(*words: str) -> None:
        done = CliRunner().invoke(app, ["certs", *words], env=environment)
        assert done.exit_code == 0, done.output

    run("make")
    assert {folder.name for folder in apart.iterdir()} == {*NAMES}
    for name in NAMES:
        assert {each.name for each in (apart / name).iterdir()} == {
            "ca.crt", f"{name}.crt", f"{name}.key",
        }  # fmt: skip
        assert (apart / name / f"{name}.key").stat().st_mode & 0o777 == 0o600
        assert load(TlsFiles.of(apart / name, name)).facts.uri == f"respite://service/{name}"
    before = (apart / "jobs" / "jobs.crt").stat()
    run("make", "--operator", USER)
    assert (apart / "jobs" / "jobs.crt").stat() == before, "what is as it should be is left alone"
    assert load(TlsFiles.of(apart / "operator", "operator")).facts.uri == f"respite://user/{USER}"
    run("renew", "jobs")
    assert (apart / "jobs" / "jobs.crt").read_bytes() == (made / "jobs.crt").read_bytes()
    assert load(TlsFiles.of(apart / "jobs", "jobs")).facts.uri == "respite://service/jobs"
    assert (apart / "jobs" / "jobs.crt").stat() != before


def test_making_again_changes_nothing(tmp_path: Path) -> None:
    certs.make(tmp_path)
    before = content(tmp_path)
    assert certs.make(tmp_path) == []
    assert content(tmp_path) == before


def test_a_missing_host_key_or_ca_is_put_right(tmp_path: Path) -> None:
    certs.make(tmp_path)
    assert certs.make(tmp_path, ["line.example"]) == NAMES
    assert certs.make(tmp_path, ["line.example"]) == []
    (tmp_path / "jobs.key").unlink()
    assert certs.make(tmp_path) == ["jobs"]
    (tmp_path / "ca.crt").unlink()
    assert certs.make(tmp_path) == NAMES
    ca = parse_certificate(tmp_path / "ca.crt")
    for name in NAMES:
        parse_certificate(TlsFiles.of(tmp_path, name).cert).verify_directly_issued_by(ca)


def test_only_what_is_due_is_renewed_unless_more_is_asked_for(tmp_path: Path) -> None:
    certs.make(tmp_path)
    old = datetime.now(UTC) - timedelta(days=300)
    issue(tmp_path, "jobs", "respite://service/jobs", now=old)
    assert certs.renew_due(tmp_path, [], everything=False) == ["jobs"]
    assert certs.renew_due(tmp_path, [], everything=False) == []
    assert certs.renew_due(tmp_path, ["worker"], everything=False) == ["worker"]
    assert sorted(certs.renew_due(tmp_path, [], everything=True)) == sorted(NAMES)
    with pytest.raises(KeyError):
        certs.renew_due(tmp_path, ["nobody"], everything=False)


def test_what_was_renewed_and_not_handed_out_is_handed_out_by_the_next_run(
    tmp_path: Path,
) -> None:
    made, apart = tmp_path / "certs", tmp_path / "apart"
    environment = {"TLS_DIR": str(made), "TLS_APART_DIR": str(apart)}

    def renews(*words: str) -> str:
        done = CliRunner().invoke(app, ["certs", *words], env=environment)
        assert done.exit_code == 0, done.output
        return done.stdout.strip()

    renews("make")
    certs.renew_due(made, ["jobs"], everything=False)  # and it ended there
    half = (made / "billing.crt").read_bytes()
    certs.renew_due(made, ["billing"], everything=False)
    (made / "billing.crt").write_bytes(half)  # or between a key and its certificate
    assert renews("renew") == "renewed: billing"
    for name in ("jobs", "billing"):
        assert (apart / name / f"{name}.crt").read_bytes() == (made / f"{name}.crt").read_bytes()
        load(TlsFiles.of(apart / name, name))
    assert renews("renew") == "renewed: none was due"
    assert not (apart / "operator").exists()


@pytest.mark.parametrize(
    "host",
    ["", "''", " ", "two words", "a..b", "-a.example", "a-.example", "http://a", "a:1", "10.0.0",
     "*", "a.*.b", "x" * 64, ".".join(["x" * 60] * 5), "línea.example"],
)  # fmt: skip
def test_what_is_no_name_of_a_host_is_refused_by_its_flag(tmp_path: Path, host: str) -> None:
    done = CliRunner().invoke(
        app, ["certs", "make", f"--dns={host}"], env={"TLS_DIR": str(tmp_path / "certs")}
    )
    assert (done.exit_code, done.stderr.startswith("--dns: ")) == (2, True), done.output
    assert not (tmp_path / "certs").exists()


def test_names_and_addresses_of_hosts_are_in_the_certificate_as_what_they_are(
    tmp_path: Path,
) -> None:
    hosts = ["Jobs.Internal", "*.respite.svc", "my_jobs", "10.0.0.7", "FD00::7"]
    words = ["certs", "make", *(f"--dns={host}" for host in hosts)]
    for said in ("made", "nothing was missing"):
        done = CliRunner().invoke(app, words, env={"TLS_DIR": str(tmp_path)})
        assert (done.exit_code, said in done.stdout) == (0, True), done.output
    certs.renew_due(tmp_path, ["jobs"], everything=False)
    facts = {each.name: each for each in certs.listed(tmp_path)}["jobs"]
    assert {"jobs.internal", "*.respite.svc", "my_jobs"} < set(facts.dns_names)
    assert set(facts.addresses) == {"10.0.0.7", "fd00::7", "127.0.0.1", "::1"}


def test_an_operator_is_a_person_and_serves_nothing(tmp_path: Path) -> None:
    certs.make(tmp_path)
    assert certs.make_operator(tmp_path, USER)
    assert not certs.make_operator(tmp_path, USER)
    assert certs.operator_uri(tmp_path) == f"respite://user/{USER}"
    facts = {each.name: each for each in certs.listed(tmp_path)}[certs.OPERATOR]
    assert facts.dns_names == ()


def test_an_operator_whose_certificate_runs_out_is_given_a_new_one(tmp_path: Path) -> None:
    certs.make(tmp_path)
    uri = f"respite://user/{USER}"
    issue(tmp_path, certs.OPERATOR, uri, now=datetime.now(UTC) - timedelta(days=300))
    assert certs.make_operator(tmp_path, USER)
    facts = load(TlsFiles.of(tmp_path, certs.OPERATOR)).facts
    assert (facts.uri, facts.is_due(datetime.now(UTC))) == (uri, False)
    assert not certs.make_operator(tmp_path, USER)


def test_what_doctor_finds_of_another_ca_is_renewed_as_it_says(tmp_path: Path) -> None:
    certs.make(tmp_path)
    certs.make(tmp_path / "new")
    for name in ("ca.crt", "ca.key"):
        (tmp_path / "new" / name).replace(tmp_path / name)

    def levels() -> set[Level]:
        return {each.level for each in certificate_files(Settings({"TLS_DIR": str(tmp_path)}))}

    assert levels() == {Level.OK, Level.FAIL}
    done = CliRunner().invoke(app, ["certs", "renew"], env={"TLS_DIR": str(tmp_path)})
    assert done.stdout.startswith("renewed: "), done.output
    assert levels() == {Level.OK}
    assert certs.renew_due(tmp_path, [], everything=False) == []


def test_an_operator_of_another_ca_counts_as_none(tmp_path: Path) -> None:
    certs.make(tmp_path)
    certs.make_operator(tmp_path, USER)
    (tmp_path / "ca.crt").unlink()
    certs.make(tmp_path)
    assert certs.operator_uri(tmp_path) is None


def test_while_one_ca_takes_over_from_another_leaves_of_both_count(tmp_path: Path) -> None:
    """As docs/security.md tells it: both in ca.crt, leaves renewed, then the old one dropped."""
    certs.make(tmp_path)
    certs.make(tmp_path / "new")
    both = (tmp_path / "ca.crt").read_bytes() + (tmp_path / "new" / "ca.crt").read_bytes()
    (tmp_path / "ca.crt").write_bytes(both)
    (tmp_path / "new" / "ca.key").replace(tmp_path / "ca.key")
    assert certs.make(tmp_path) == []
    certs.renew_due(tmp_path, ["jobs"], everything=False)
    assert certs.make(tmp_path) == []
    found = certificate_files(Settings({"TLS_DIR": str(tmp_path)}))
    assert {finding.level for finding in found} == {Level.OK}
    (tmp_path / "new" / "ca.crt").replace(tmp_path / "ca.crt")
    assert certs.make(tmp_path) == [name for name in NAMES if name != "jobs"]


def test_keys_are_their_owners_alone(tmp_path: Path) -> None:
    certs.make(tmp_path)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.key")} == {0o600}
