"""Makefile, locks and CI: that they hang together."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from respite.home import CHECKOUT

MAKEFILE = (CHECKOUT / "Makefile").read_text()
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())


def run(*words: str | Path, cwd: Path = CHECKOUT, **variables: str) -> tuple[int, str]:
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("target", "run test test-fast check lock proto clean dev help".split())
def test_make_has_every_command_that_is_promised(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)
    assert re.search(rf"^\.PHONY:(.*\\\n)*.*\b{target}\b", MAKEFILE, re.MULTILINE)


def test_check_looks_at_everything() -> None:
    (checks,) = re.findall(r"^check: (.*) ##", MAKEFILE, re.MULTILINE)
    assert checks.split() == [
        *("lint", "types", "protos-lint", "protos-fresh", "imports", "deps", "locks"),
        *("migrations", "crisis", "deploy"),
    ]


def test_both_locks_fit_the_project_and_say_where_they_come_from() -> None:
    status, said = run(sys.executable, "-P", ".ci/locks.py")
    assert (status, said) == (0, "")


def test_a_stale_lock_is_found(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(CHECKOUT / name, tmp_path)
    (tmp_path / ".ci").mkdir()
    shutil.copy(CHECKOUT / ".ci" / "locks.py", tmp_path / ".ci")
    project = tmp_path / "pyproject.toml"
    project.write_text(project.read_text().replace('"grpcio>=', '"grpcio>=9'))
    lock = tmp_path / "requirements.lock"
    lock.write_text("--index-url https://packages.example/simple\n" + lock.read_text())
    status, said = run(sys.executable, "-P", ".ci/locks.py", cwd=tmp_path)
    assert status == 1
    assert "requirements.lock: grpcio" in said
    assert "requirements.lock: names an index or a file" in said
    assert "make lock" in said


def test_the_lock_carries_the_installer_with_its_hash() -> None:
    lock = (CHECKOUT / "requirements-dev.lock").read_text()
    entry = lock.partition("\nuv==")[2].partition("# via")[0]
    assert "--hash=sha256:" in entry


def test_a_python_that_is_too_old_or_missing_is_one_line(tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\necho "Python 3.9"\nexit 1\n')
    old.chmod(0o755)
    setup = CHECKOUT / ".ci" / "setup"
    venv = tmp_path / "venv"
    status, said = run(setup, venv, "requirements.lock", PYTHON=str(old))
    assert (status, said) == (1, f"PYTHON={old} is no Python from 3.11\n")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("date", "sh"):
        (tools / name).symlink_to(shutil.which(name) or name)
    status, said = run(setup, venv, "requirements.lock", PATH=str(tools), PYTHON="")
    assert status == 1
    assert said.count("\n") == 1
    assert "Python 3.11 or newer is needed" in said
    assert not venv.exists()


@pytest.mark.parametrize(
    ("outcome", "check", "status"),
    [
        ("=== 3 passed in 1.20s ===", 0, 0),
        ("=== 3 passed, 1 skipped in 61.20s (0:01:01) ===", 0, 0),
        ("=== 1 failed, 2 passed in 1.20s ===", 0, 1),
        ("=== 3 passed in 1.20s ===", 1, 1),
        ("3 passed in 1.20s", 0, 0),
        ("=== 3 passed, 1 error in 1.20s ===", 0, 1),
        ("=== no tests ran in 0.10s ===", 0, 1),
        ("=== 3 skipped in 0.10s ===", 0, 1),
        ("", 0, 1),
    ],
)
def test_ci_passes_only_if_checks_and_tests_pass_and_a_test_ran(
    outcome: str, check: int, status: int, tmp_path: Path
) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(CHECKOUT / ".ci" / "run", tmp_path / ".ci")
    failed = 1 if "failed" in outcome or "error" in outcome else 5 if "no tests" in outcome else 0
    (tmp_path / "Makefile").write_text(
        f"dev:\ncheck:\n\t@exit {check}\ntest:\n\t@echo '{outcome}'; exit {failed}\n"
    )
    # tests may themselves run under make, which tells sub-makes of itself
    got, said = run(tmp_path / ".ci" / "run", cwd=tmp_path, MAKEFLAGS="", MAKELEVEL="")
    assert got == status, said
    assert said.rstrip("\n").endswith(outcome)


def test_the_import_contracts_refuse_what_they_are_for(tmp_path: Path) -> None:
    """A contract that no violation could break would not be noticed."""
    for name in PROJECT["tool"]["importlinter"]["root_packages"]:
        shutil.copytree(
            CHECKOUT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    planted = {
        "services/billing/service.py": "import services.identity.model",
        "services/jobs/service.py": "import protos.profile.v1.profile_pb2",
        "services/profile/service.py": "import sqlalchemy",
        "kit/clock.py": "import protos.jobs.v1.jobs_pb2",
        "gateway/app.py": "import openai, respite.home, twilio, stripe",
    }
    for name, line in planted.items():
        path = tmp_path / name
        path.write_text(path.read_text() + f"\n{line}\n")
    lint = Path(sys.executable).with_name("lint-imports")
    status, said = run(lint, "--no-cache", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert status == 1
    told = " ".join(said.split())
    for name in (
        "The five services and the gateway never import each other BROKEN",
        "kit is mechanism: it knows no service and no proto but the access option BROKEN",
        "Nothing imports the composition roots BROKEN",
        "profile's protos: profile, and the workflows, worker, agent and carrier of jobs BROKEN",
        "stripe: services.billing and gateway.stripe BROKEN",
        "twilio: services.jobs.carrier and gateway.twilio BROKEN",
        "openai: services.jobs.agent BROKEN",
        "SQL: model, tables, sql and kit BROKEN",
    ):
        assert name in told, name
