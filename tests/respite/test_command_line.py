"""The launcher and what its commands say when they cannot do what they are for: one line."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kit.settings import load
from respite.home import CHECKOUT
from respite.migrate import NotConfigured, migrate_all
from respite.profile import ProfileSettings
from tests.databases import Databases
from tests.respite.stack import LAUNCHER, clean_environment, respite

pytestmark = pytest.mark.slow


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return clean_environment(tmp_path / "home")


def test_it_runs_from_anywhere_and_through_links(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    # a folder whose names would stand in for ours if the current folder were searched
    for name in ("kit", "protos", "respite"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('wrong module')")
    (tmp_path / "first").symlink_to(LAUNCHER)
    (tmp_path / "second").symlink_to("first")
    done = subprocess.run(
        [tmp_path / "second", "ready", "nobody"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "no process is called nobody\n")


def test_without_an_environment_one_line_says_how_to_make_it(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    shutil.copy(LAUNCHER, tmp_path / "bin")
    done = subprocess.run(
        [tmp_path / "bin" / "respite", "up"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "make run" in done.stderr


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("text +12025550101 hello", 4, "the sandbox does not answer at"),
        ("subscribe +12025550101", 4, "the sandbox does not answer at"),
        ("text 5550101 hello", 2, "a number looks like +12025550101"),
        ("serve nobody", 2, "no process is called nobody"),
        ("ready worker", 1, ""),
        ("grpcurl jobs list", 2, "no operator's certificate in"),
        ("grpcurl list", 2, "say which service first"),
        ("certs list", 1, "there are no certificates in"),
        ("certs renew nobody", 2, "there is no certificate for nobody"),
        ("up", 2, "JOBS_PORT: must be a port"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: str, status: int, said: str, environment: dict[str, str]
) -> None:
    if words == "up":
        environment["JOBS_PORT"] = "many"
    done = respite(*words.split(), environment=environment)
    assert done.returncode == status, done.stderr
    told = done.stdout + done.stderr
    assert said in told
    assert len(told.strip().splitlines()) == 1


def test_what_is_missing_to_migrate_is_a_line_each(environment: dict[str, str]) -> None:
    done = respite("migrate", environment=environment)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert lines[0] == "ADMIN_DATABASE_URL: is not set"
    assert len(lines) == 11
    assert all(line.endswith(": is not set") for line in lines)


@pytest.mark.parametrize("url", ["postgres//u:s3cret@h/d", "postgresql://u:s3cret@h:port/d"])
def test_what_is_no_address_of_a_database_is_a_line_that_does_not_quote_it(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROFILE_DATABASE_URL", url)
    monkeypatch.setenv("PROFILE_READER_DATABASE_URL", "postgresql://u:s3cret@h/d")
    with pytest.raises(SystemExit):
        load(ProfileSettings)
    with pytest.raises(NotConfigured) as refused:
        migrate_all(os.environ)
    for said in (capsys.readouterr().err, str(refused.value)):
        assert "PROFILE_DATABASE_URL: not a URL; expected postgresql://" in said
        assert "PROFILE_READER_DATABASE_URL" not in said
        assert "s3cret" not in said


def test_migrating_twice_is_fine_and_the_first_admin_can_be_made(
    databases: Databases, environment: dict[str, str]
) -> None:
    urls = databases["identity"]
    environment |= {
        "ADMIN_DATABASE_URL": urls.admin,
        **{
            f"{name.upper()}_{kind}DATABASE_URL": login.replace("identity_", f"{name}_")
            for name in ("identity", "profile", "conversation", "billing", "jobs")
            for kind, login in (("", urls.writer), ("READER_", urls.reader))
        },
    }
    for _ in range(2):
        done = respite("migrate", environment=environment)
        assert done.returncode == 0, done.stderr
    bad = respite("grant-admin", "112", environment=environment)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == "112: cannot be a person's phone number\n"
    assert respite("certs", "make", environment=environment).returncode == 0
    first = respite("grant-admin", "+12025550100", "--certificate", environment=environment)
    again = respite("grant-admin", "+12025550100", environment=environment)
    assert first.returncode == again.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    listed = respite("certs", "list", environment=environment).stdout
    assert f"respite://user/{first.stdout.strip()}" in listed


def test_the_shell_is_told_how_commands_go_on(environment: dict[str, str]) -> None:
    asked = {
        "_RESPITE_COMPLETE": "complete_bash",
        "COMP_WORDS": "respite jobs re",
        "COMP_CWORD": "2",
    }
    done = respite(environment=environment | asked)
    assert done.stdout.split() == ["retry", "resume"]


def test_the_help_names_every_command(environment: dict[str, str]) -> None:
    told = respite("--help", environment=environment).stdout
    for name in ("up", "serve", "migrate", "certs", "grant-admin", "text", "subscribe", "grpcurl"):
        assert name in told
    assert str(CHECKOUT) not in told


def test_grpcurl_says_how_it_is_called_although_its_flags_are_handed_on(
    environment: dict[str, str],
) -> None:
    done = respite("grpcurl", "--help", environment=environment)
    assert done.returncode == 0, done.stderr
    assert "respite grpcurl SERVICE METHOD" in " ".join(done.stdout.split())
