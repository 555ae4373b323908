"""The command line that `respite grpcurl` makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from respite import certs
from respite.grpcurl import CannotCall, command, find

pytestmark = pytest.mark.skipif(find() is None, reason="grpcurl is not installed")
USER = "01a20763-8830-740d-a5ae-4c5797dbe306"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    certs.make(tmp_path)
    certs.make_operator(tmp_path, USER)
    return {"TLS_DIR": str(tmp_path)}


def after_certificates(words: list[str], environment: dict[str, str]) -> list[str]:
    made = command(words, environment)
    assert made[1:7:2] == ["-cacert", "-cert", "-key"]
    assert all(Path(path).exists() for path in made[2:8:2])
    return made[7:]


@pytest.mark.parametrize(
    ("typed", "made"),
    [
        ("identity list", "localhost:50051 list"),
        ("jobs describe jobs.v1.JobsService", "localhost:50055 describe jobs.v1.JobsService"),
        ("jobs -d {} jobs.v1.JobsService/ListJobs", "-d {} localhost:50055"),
        ("jobs jobs.v1.JobsService/ListJobs -d {} -v", "-d {} -v localhost:50055"),
        ("identity ListUsers", "localhost:50051 identity.v1.IdentityService/ListUsers"),
        ("identity -max-time=3 ListUsers", "-max-time=3 localhost:50051"),
    ],
)
def test_flags_may_stand_anywhere_and_methods_may_be_short(
    typed: str, made: str, environment: dict[str, str]
) -> None:
    words = " ".join(after_certificates(typed.split(), environment))
    assert words.startswith(made)


def test_the_address_is_the_one_that_the_processes_use(environment: dict[str, str]) -> None:
    moved = environment | {"JOBS_PORT": "6005"}
    assert "localhost:6005" in after_certificates(["jobs", "list"], moved)
    elsewhere = moved | {"JOBS_ADDRESS": "dns:///jobs.example:443"}
    assert "jobs.example:443" in after_certificates(["jobs", "list"], elsewhere)


@pytest.mark.parametrize("words", [[], ["worker", "list"], ["list"]])
def test_a_service_has_to_be_named(words: list[str], environment: dict[str, str]) -> None:
    with pytest.raises(CannotCall, match="identity, profile, conversation, billing, jobs"):
        command(words, environment)


def test_without_an_operator_it_says_how_to_become_one(tmp_path: Path) -> None:
    with pytest.raises(CannotCall, match="grant-admin"):
        command(["jobs", "list"], {"TLS_DIR": str(tmp_path)})
