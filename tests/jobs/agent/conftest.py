"""A sandbox for the assistant that asks a model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.jobs.agent.asking import Asking
from tests.sandbox.running import RunningSandbox


@pytest.fixture(scope="package")
def model_sandbox() -> Iterator[RunningSandbox]:
    sandbox = RunningSandbox("http://127.0.0.1:9")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def asking(model_sandbox: RunningSandbox) -> Asking:
    """Nothing was ever asked."""
    return Asking(model_sandbox)
