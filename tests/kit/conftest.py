"""Fixtures of the kit's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.serving import Certificates


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path / "certs")
