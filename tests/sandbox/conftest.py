"""One sandbox and one gateway a module; each test begins with both forgotten."""

from collections.abc import Iterator

import pytest

from tests.sandbox.gateway import Gateway
from tests.sandbox.running import RunningSandbox


@pytest.fixture(scope="module")
def listening() -> Iterator[Gateway]:
    gateway = Gateway("token-one", "whsec_two")
    yield gateway
    gateway.close()


@pytest.fixture(scope="module")
def running(listening: Gateway) -> Iterator[RunningSandbox]:
    sandbox = RunningSandbox(listening.url)
    yield sandbox
    sandbox.stop()


@pytest.fixture
def gateway(listening: Gateway) -> Gateway:
    listening.hold.set()
    listening.posts.clear()
    listening.answers.clear()
    return listening


@pytest.fixture
def sandbox(running: RunningSandbox, gateway: Gateway) -> RunningSandbox:
    running.post("/sandbox/reset")
    gateway.posts.clear()
    return running
