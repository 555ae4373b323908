"""A durable server of the benchmarks' own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.server import server
from bench.stack import HOME_VARIABLE


@pytest.fixture(scope="session")
def bench_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What `make bench` starts, in a home of its own."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("bench")
        home.chmod(0o711)  # as root, the server runs as somebody else, who has to pass through
        patch.setenv(HOME_VARIABLE, str(home))
        with server():
            yield
