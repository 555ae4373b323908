from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.tls import TlsFiles, issue, make_ca
from tests.gateway.door import Door, open_door, settings
from tests.gateway.fake_jobs import FakeJobs


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("certs")
    make_ca(directory)
    for name in ("gateway", "jobs"):
        issue(directory, name, f"respite://service/{name}")
    return directory


@pytest.fixture(scope="module")
def running_jobs(certificates: Path) -> Iterator[FakeJobs]:
    jobs = FakeJobs(TlsFiles.of(certificates, "jobs"))
    jobs.start()
    yield jobs
    jobs.stop()


@pytest.fixture
def jobs(running_jobs: FakeJobs) -> FakeJobs:
    running_jobs.reset()
    return running_jobs


@pytest.fixture(scope="module")
def running_door(running_jobs: FakeJobs, certificates: Path) -> Iterator[Door]:
    with open_door(settings(running_jobs.port, certificates)) as door:
        yield door


@pytest.fixture
def door(running_door: Door, jobs: FakeJobs) -> Door:
    """The gateway of this module, with an empty jobs service behind it."""
    return running_door


@pytest.fixture(scope="module")
def impatient_door(running_jobs: FakeJobs, certificates: Path) -> Iterator[Door]:
    chosen = settings(
        running_jobs.port,
        certificates,
        gateway_headers_seconds=1.0,
        gateway_body_seconds=1.0,
        gateway_idle_seconds=0.3,
    )
    with open_door(chosen) as door:
        yield door
