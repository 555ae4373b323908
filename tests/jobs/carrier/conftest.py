"""A sandbox that speaks like Twilio, and a gateway that takes its status posts."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import listening, running
from tests.sandbox.gateway import PUBLIC_URL, Gateway
from tests.sandbox.running import RunningSandbox

__all__ = ["listening", "running"]

STATUS_URL = f"{PUBLIC_URL}/twilio/status"


@pytest.fixture
def sandbox(running: RunningSandbox, listening: Gateway) -> RunningSandbox:
    running.post("/sandbox/reset")
    listening.posts.clear()
    return running
