"""A sandbox that speaks like Twilio, and a gateway that takes its status posts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.gateway import PUBLIC_URL, Gateway
from tests.sandbox.running import RunningSandbox

STATUS_URL = f"{PUBLIC_URL}/twilio/status"


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
def sandbox(running: RunningSandbox, listening: Gateway) -> RunningSandbox:
    running.post("/sandbox/reset")
    listening.posts.clear()
    return running
