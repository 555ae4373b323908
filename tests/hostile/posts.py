"""Posting to the gateway of a line whatever HTTP can carry."""

from __future__ import annotations

import http.client
from collections.abc import Mapping

from tests.world.world import World


def send(
    world: World, path: str, body: bytes, headers: Mapping[str, str], method: str = "POST"
) -> int:
    """The status of the answer; raises TimeoutError where there is none within 30 s."""
    connection = http.client.HTTPConnection("localhost", world.parts.ports["gateway"], timeout=30)
    try:
        connection.request(method, path, body, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()
